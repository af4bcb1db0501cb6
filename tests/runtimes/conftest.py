"""One small service under each way of starting it. What is true of both is tested once, for both."""

from __future__ import annotations

import contextlib
import io
import sys
import tarfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docker
import httpx
import pytest

from tests.runtimes.small_service import DOCKERFILE, SERVER
from wizard.images.engine import Engine, connect
from wizard.runtimes import ContainerRuntime, Instance, Limits, ProcessRuntime, Runtime, Spec

MIB = 1024**2
Start = Callable[..., Instance]


@pytest.fixture(scope="session")
def connected(engine: docker.DockerClient) -> Iterator[Engine]:
    """The real engine, as the product speaks to it."""
    found = connect()
    yield found
    found.close()


@pytest.fixture(scope="session")
def image(engine: docker.DockerClient, base_image: str) -> Iterator[str]:
    """Id of the service's image."""
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as archive:
        for name, text in (("Dockerfile", DOCKERFILE.format(base=base_image)), ("server.py", SERVER)):
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    context.seek(0)
    tag = f"sendoff-test-{uuid.uuid4().hex[:12]}:1"
    built, _ = engine.images.build(fileobj=context, custom_context=True, tag=tag, rm=True, forcerm=True)
    yield built.id
    with contextlib.suppress(docker.errors.APIError):
        engine.api.remove_image(tag, force=True)


@pytest.fixture
def container_runtime(connected: Engine, image: str) -> ContainerRuntime:
    return ContainerRuntime(connected, image)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """The service's folder."""
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "server.py").write_text(SERVER)
    return folder


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Where processes are written down."""
    return tmp_path / "state"


@pytest.fixture
def process_runtime(bundle: Path, state: Path) -> ProcessRuntime:
    return ProcessRuntime(bundle, sys.executable, state)


@pytest.fixture(params=[pytest.param("container", marks=pytest.mark.engine), "process"])
def runtime(request: pytest.FixtureRequest) -> Runtime:
    """Each runtime in turn."""
    found: Runtime = request.getfixturevalue(f"{request.param}_runtime")
    return found


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts the service, waits until it listens, and removes it in the end."""
    started: list[Instance] = []

    def begin(runtime: Runtime, *, wait: bool = True, **wishes: Any) -> Instance:
        wishes = {"publish": 0, "limits": Limits(memory=256 * MIB, cpu=1), **wishes}
        instance = runtime.start(Spec(**{"name": new_name(), "port": 8123, **wishes}))
        started.append(instance)
        if wait:
            wait_for(instance, "ready")
        return instance

    yield begin
    for instance in started:
        instance.remove()


def new_name() -> str:
    """A name nobody else uses."""
    return f"sendoff-test-{uuid.uuid4().hex[:12]}"


def wait_for(instance: Instance, line: str) -> None:
    """Read the instance's log up to that line."""
    lines = []
    for found in instance.logs(follow=True):
        lines.append(found)
        if found == line:
            return
    raise AssertionError(f"{line!r} never came: {lines}")


def ask(instance: Instance, action: str, value: object = "") -> Any:
    """What the service answers."""
    answer = httpx.get(f"{instance.url}/{action}?{value}", timeout=30)
    return answer.json()
