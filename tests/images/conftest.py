"""What the tests of this package share: a bundle made of given files, a feed that remembers, names of images."""

from __future__ import annotations

import contextlib
import hashlib
import uuid
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from tests.images.watching import MakeBundle, Watcher
from wizard.bundle.bundle import Bundle, BundleFile
from wizard.images.engine import Engine, connect


@pytest.fixture
def watcher() -> Watcher:
    return Watcher()


@pytest.fixture
def make_bundle(tmp_path: Path) -> MakeBundle:
    """Writes files (path=content) into a folder of their own and gives the bundle of them."""

    def make(files: dict[str, bytes | str], name: str = "bundle") -> Bundle:
        folder = tmp_path / name
        described = []
        for path, content in sorted(files.items()):
            data = content.encode() if isinstance(content, str) else content
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
            described.append(BundleFile(path, hashlib.sha256(data).hexdigest(), len(data)))
        return Bundle(str(folder), tuple(described))

    return make


@pytest.fixture(scope="session")
def connected(engine: docker.DockerClient) -> Iterator[Engine]:
    """The real engine, as the product speaks to it."""
    found = connect()
    yield found
    found.close()


@pytest.fixture
def tag(engine: docker.DockerClient) -> Iterator[str]:
    """A name for an image nobody else uses; what bears it is removed afterwards."""
    name = f"sendoff-test-{uuid.uuid4().hex[:12]}:1"
    yield name
    with contextlib.suppress(docker.errors.ImageNotFound):
        engine.api.remove_image(name, force=True)
