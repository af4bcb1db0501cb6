"""An image of the real engine goes to a real registry: counted, once, under a digest, and out of the engine's names again."""

from __future__ import annotations

import io
import json
import os
import random
import socket
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import docker
import pytest

from tests.images.real_registry import PASSWORD, USER, RealRegistry, gate, real_registry
from tests.images.watching import Watcher
from wizard.errors import CancelledError, PushError
from wizard.events import Event, LogLine, StageProgress, silent
from wizard.images import Image, exists
from wizard.images.engine import Engine
from wizard.images.push import push
from wizard.images.registry_login import Login, find_login
from wizard.images.store import describe

pytestmark = [pytest.mark.engine, pytest.mark.registry]

FIRST, SECOND = 30_000_000, 200_000
PATH = "project/repository/housing"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealRegistry]:
    with real_registry(tmp_path_factory.mktemp("registry")) as found:
        yield found


@pytest.fixture(scope="module")
def guarded_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealRegistry]:
    with real_registry(tmp_path_factory.mktemp("guarded"), password=True) as found:
        yield found


@pytest.fixture
def image(engine: docker.DockerClient, connected: Engine, tag: str) -> Image:
    """An image of two layers of noise that no registry has seen."""
    noise = random.Random(tag)
    files = {
        "Dockerfile": b'FROM scratch\nCOPY first /\nCOPY second /\nCMD ["/first"]\n',
        "first": noise.randbytes(FIRST),
        "second": noise.randbytes(SECOND),
    }
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    context.seek(0)
    for _ in engine.api.build(fileobj=context, custom_context=True, decode=True, tag=tag, rm=True):
        pass
    return describe(connected, tag, tag, "")


def names(engine: docker.DockerClient, image: Image) -> list[str]:
    description = engine.api.inspect_image(image.id)
    return [*description["RepoTags"], *description["RepoDigests"]]


def test_an_image_is_pushed_with_its_bytes_counted_and_known_by_its_digest(
    engine: docker.DockerClient, connected: Engine, registry: RealRegistry, image: Image, watcher: Watcher
) -> None:
    name = f"{registry.host}/{PATH}"
    pushed = push(connected, image, name, ("v1.2.2", "3f2a9c41d0b7"), None, watcher.reporter)

    assert pushed.reference == f"{name}@{pushed.digest}"
    assert registry.digest(PATH, "v1.2.2") == registry.digest(PATH, "3f2a9c41d0b7") == pushed.digest
    assert pushed.tags == ("v1.2.2", "3f2a9c41d0b7")
    assert pushed.size == pushed.sent == FIRST + SECOND

    counts = watcher.progress("bytes")
    assert {one.total for one in counts} == {FIRST + SECOND}
    assert [one.done for one in counts] == sorted(one.done for one in counts)
    assert any(0 < one.done < FIRST for one in counts)
    assert counts[-1].done == FIRST + SECOND
    assert sum("pushed: COPY file:" in line for line in watcher.lines) == 2
    assert any("(30.0 MB)" in line for line in watcher.lines)


def test_what_the_registry_has_is_said_and_not_sent_again(
    connected: Engine, registry: RealRegistry, image: Image, watcher: Watcher
) -> None:
    first = push(connected, image, f"{registry.host}/{PATH}", ("1",), None, silent())
    again = push(connected, image, f"{registry.host}/{PATH}", ("1", "2"), None, watcher.reporter)
    elsewhere = push(connected, image, f"{registry.host}/other/place/housing", ("1",), None, silent())
    assert first.sent == FIRST + SECOND
    assert again.sent == 0 and elsewhere.sent == 0
    assert first.digest == again.digest == elsewhere.digest
    assert sum("is there already" in line for line in watcher.lines) == 2
    assert watcher.progress("bytes")[-1].total == 0


def test_the_engine_keeps_no_name_of_the_registry(
    engine: docker.DockerClient, connected: Engine, registry: RealRegistry, image: Image
) -> None:
    push(connected, image, f"{registry.host}/{PATH}", ("1", "2"), None, silent())
    assert names(engine, image) == [image.reference]


def test_a_name_the_engine_gave_to_another_image_is_given_back(
    engine: docker.DockerClient, connected: Engine, registry: RealRegistry, image: Image, base_image: str
) -> None:
    name = f"{registry.host}/{PATH}"
    engine.api.tag(base_image, name, "mine")
    try:
        push(connected, image, name, ("mine",), None, silent())
        assert engine.api.inspect_image(f"{name}:mine")["Id"] == engine.api.inspect_image(base_image)["Id"]
        assert names(engine, image) == [image.reference]
    finally:
        engine.api.remove_image(f"{name}:mine")


def test_an_image_without_a_name_of_its_own_survives_its_push(
    engine: docker.DockerClient, connected: Engine, registry: RealRegistry, image: Image, base_image: str
) -> None:
    engine.api.tag(base_image, *image.reference.split(":"))  # a later build has taken its name
    pushed = push(connected, image, f"{registry.host}/{PATH}", ("1",), None, silent())
    assert exists(connected, image.id)
    engine.api.remove_image(image.id, force=True)
    assert registry.digest(PATH, "1") == pushed.digest


def test_stopping_in_the_middle_ends_the_engines_push_and_leaves_no_harm(
    engine: docker.DockerClient, connected: Engine, registry: RealRegistry, image: Image
) -> None:
    path = f"stopped/{image.reference.partition(':')[0]}"
    watcher = Watcher()
    with gate(registry, allowed=5_000_000) as held:
        name = f"{held.host}/{path}"

        def stop_in_the_middle() -> None:
            held.closed.wait(60)
            watcher.cancel.set()  # the stage waits for the engine's next word, in another thread

        threading.Thread(target=stop_in_the_middle).start()
        with pytest.raises(CancelledError):
            push(connected, image, name, ("1",), None, watcher.reporter)
        assert held.closed.is_set()
        held.emptied.set()
        assert held.deserted.wait(30), "the engine goes on pushing"
    assert names(engine, image) == [image.reference]
    assert registry.digest(path, "1") is None
    assert 0 < watcher.progress("bytes")[-1].done < FIRST + SECOND
    assert push(connected, image, f"{registry.host}/{path}", ("1",), None, silent()).digest


def test_a_stop_asked_for_before_is_kept(connected: Engine, registry: RealRegistry, image: Image) -> None:
    watcher = Watcher()
    watcher.cancel.set()
    with pytest.raises(CancelledError):
        push(connected, image, f"{registry.host}/{PATH}", ("early",), None, watcher.reporter)
    assert registry.digest(PATH, "early") is None


def test_a_registry_that_asks_for_a_password_takes_the_right_one(
    connected: Engine, guarded_registry: RealRegistry, image: Image
) -> None:
    pushed = push(connected, image, f"{guarded_registry.host}/{PATH}", ("1",), Login(USER, PASSWORD), silent())
    assert guarded_registry.digest(PATH, "1") == pushed.digest


@pytest.mark.parametrize("login", [Login(USER, "a wrong one"), None])
def test_a_wrong_password_and_none_are_told_apart_from_everything_else(
    engine: docker.DockerClient, connected: Engine, guarded_registry: RealRegistry, image: Image, login: Login | None
) -> None:
    with pytest.raises(PushError) as caught:
        push(connected, image, f"{guarded_registry.host}/{PATH}", ("no",), login, silent())
    assert caught.value.kind == "unauthenticated"
    assert f"docker login {guarded_registry.host}" in caught.value.fix
    assert "a wrong one" not in str(caught.value)
    assert names(engine, image) == [image.reference]
    assert guarded_registry.digest(PATH, "no") is None


def test_what_docker_login_has_written_is_used(
    connected: Engine,
    guarded_registry: RealRegistry,
    image: Image,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    helper = tmp_path / "docker-credential-sendofftest"
    answer = {"ServerURL": guarded_registry.host, "Username": USER, "Secret": PASSWORD}
    helper.write_text(f"#!/bin/sh\ncat > /dev/null\necho '{json.dumps(answer)}'\n")
    helper.chmod(0o755)
    (tmp_path / "config.json").write_text(json.dumps({"credHelpers": {guarded_registry.host: "sendofftest"}}))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    login = find_login(guarded_registry.host)
    assert push(connected, image, f"{guarded_registry.host}/{PATH}", ("2",), login, silent()).digest


def test_a_registry_that_is_down_is_named(engine: docker.DockerClient, connected: Engine, image: Image) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # and nobody listens
        host = f"127.0.0.1:{held.getsockname()[1]}"
        with pytest.raises(PushError) as caught:
            push(connected, image, f"{host}/{PATH}", ("1",), None, silent())
    assert caught.value.kind == "unreachable"
    assert host in caught.value.why
    assert "connection refused" in caught.value.evidence[0]
    assert names(engine, image) == [image.reference]


def test_an_image_that_is_gone_is_said_to_be(connected: Engine, image: Image) -> None:
    gone = replace(image, id=f"sha256:{'0' * 64}")
    with pytest.raises(PushError, match="could not be pushed") as caught:
        push(connected, gone, f"127.0.0.1:5000/{PATH}", ("1",), None, silent())
    assert caught.value.kind == "image-missing" and image.reference in caught.value.why


@pytest.mark.parametrize(
    ("name", "mark", "fix"),
    [
        ("127.0.0.1:5000/Project/Housing", "1", "nearest legal name is 127.0.0.1:5000/project/housing"),
        ("housing", "1", "target.repository"),
        ("127.0.0.1:5000/p/r/i", "1.2.2+cpu", "Write it as 1.2.2-cpu"),
    ],
)
def test_a_name_no_registry_takes_is_refused_before_anything_is_done(
    connected: Engine, image: Image, name: str, mark: str, fix: str
) -> None:
    with pytest.raises(PushError) as caught:
        push(connected, image, name, (mark,), None, silent())
    assert caught.value.kind == "name" and fix in caught.value.fix


def test_progress_is_live(connected: Engine, registry: RealRegistry, image: Image) -> None:
    """Bytes are told while they go, not once they have gone: the first count comes before the layer's last line."""
    seen: list[Event] = []
    watcher = Watcher(on=seen.append)
    push(connected, image, f"{registry.host}/live/housing", ("1",), None, watcher.reporter)
    first_count = next(at for at, event in enumerate(seen) if isinstance(event, StageProgress) and event.done > 0)
    big_done = next(at for at, e in enumerate(seen) if isinstance(e, LogLine) and "(30.0 MB) pushed" in e.text)
    assert first_count < big_done
