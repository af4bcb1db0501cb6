"""The image a build stands on: pulled, pinned by its digest, of the right processor, or an error that says what is wrong."""

from __future__ import annotations

import json
import os
import random
import sys
from pathlib import Path

import docker
import pytest

from tests.images.building import failing
from tests.images.small_registry import small_registry
from tests.images.watching import MakeBundle, Watcher
from wizard.errors import BuildError
from wizard.events import silent
from wizard.images import DockerBuilder, base_reference
from wizard.images.engine import Engine


@pytest.mark.engine
def test_a_program_for_another_processor_is_explained(
    connected: Engine, base_image: str, make_bundle: MakeBundle, tag: str
) -> None:
    program = bytearray(Path(sys.executable).resolve().read_bytes()[:4096])
    program[18:20] = (243).to_bytes(2, "little")  # the ELF header's machine: RISC-V
    files = {"Dockerfile": f'FROM {base_image}\nCOPY program /\nRUN ["/program"]\n', "program": bytes(program)}
    bundle = make_bundle(files)
    (Path(bundle.folder) / "program").chmod(0o755)
    with pytest.raises(BuildError) as caught:
        DockerBuilder(connected).build(bundle, tag=tag, labels={}, reporter=silent())
    assert "another processor" in caught.value.why


@pytest.mark.engine
def test_a_base_image_for_another_processor_is_refused(
    engine: docker.DockerClient, connected: Engine, make_bundle: MakeBundle, tag: str
) -> None:
    with small_registry(seed=2, architecture="arm64") as registry:
        base = f"{registry.host}/small:1"
        engine.api.pull(base, platform="linux/arm64")
        try:
            error = failing(connected, {"Dockerfile": f"FROM {base}\nCOPY Dockerfile /\n"}, make_bundle, tag)
        finally:
            engine.api.remove_image(base, force=True)
    assert "docker pull --platform linux/amd64" in error.fix


@pytest.mark.engine
def test_a_base_image_is_pulled_with_its_bytes_counted_and_pinned_by_its_digest(
    engine: docker.DockerClient, connected: Engine, make_bundle: MakeBundle, tag: str, watcher: Watcher
) -> None:
    with small_registry(seed=random.randrange(2**32)) as registry:
        base = f"{registry.host}/small:1"
        pinned = f"{base}@{registry.digest}"
        bundle = make_bundle({"Dockerfile": f"FROM {base}\nCOPY Dockerfile /\n"})
        assert base_reference(base, connected) == pinned  # asked of the registry
        image = DockerBuilder(connected).build(bundle, tag=tag, labels={}, reporter=watcher.reporter)
        try:
            assert base_reference(base, connected) == pinned  # read from the engine
            assert base_reference(pinned, connected) == pinned
            again = make_bundle({"Dockerfile": f"FROM {pinned}\nCOPY Dockerfile /\n"}, "again")
            assert DockerBuilder(connected).build(again, tag=tag, labels={}, reporter=silent()).base == pinned
        finally:
            engine.api.remove_image(tag, force=True)
            engine.api.remove_image(base, force=True)
    assert image.base == pinned
    assert image.base_size == 4_000_000
    pulled = [event for event in watcher.progress("bytes") if event.what.startswith("pulling")]
    assert (pulled[-1].done, pulled[-1].total) == (registry.compressed, registry.compressed)


@pytest.mark.engine
def test_a_tag_the_registry_does_not_have_is_explained(connected: Engine, make_bundle: MakeBundle, tag: str) -> None:
    with small_registry(seed=1) as registry:
        error = failing(connected, {"Dockerfile": f"FROM {registry.host}/small:9\n"}, make_bundle, tag)
        assert base_reference(f"{registry.host}/small:9", connected) is None
    assert error.why == "The registry has no such image or tag."
    assert "image.base" in error.fix


@pytest.mark.engine
def test_a_registry_that_cannot_be_reached_is_explained(connected: Engine, make_bundle: MakeBundle, tag: str) -> None:
    with small_registry(seed=1) as registry:
        host = registry.host
    error = failing(connected, {"Dockerfile": f"FROM {host}/small:1\n"}, make_bundle, tag)
    assert error.why == "The engine cannot reach the registry of the base image."


@pytest.mark.engine
@pytest.mark.skipif(os.name != "posix", reason="the helper is a shell script")
def test_a_credential_helper_that_fails_does_not_stop_a_public_pull(
    connected: Engine, base_image: str, make_bundle: MakeBundle, tag: str, watcher: Watcher, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    helper = tmp_path / "docker-credential-broken"
    helper.write_text("#!/bin/sh\necho broken; exit 1\n")
    helper.chmod(0o755)
    (tmp_path / "config.json").write_text(json.dumps({"credHelpers": {"registry.example": "broken"}}))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    bundle = make_bundle({"Dockerfile": f"FROM {base_image}\nCOPY Dockerfile /\n"})
    DockerBuilder(connected).build(bundle, tag=tag, labels={}, reporter=watcher.reporter)
    assert any("credential helper" in notice for notice in watcher.notices)


@pytest.mark.engine
def test_an_image_imported_here_has_no_digest_to_pin(
    engine: docker.DockerClient, connected: Engine, base_image: str
) -> None:
    digests = engine.api.inspect_image(base_image)["RepoDigests"]
    assert (base_reference(base_image, connected) is None) == (not digests)
