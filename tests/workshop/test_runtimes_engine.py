"""Revisions as containers: limits, probes, and every way not to come up, with the real engine."""

from __future__ import annotations

import ast
import hashlib
import io
import json
import tarfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import docker
import httpx
import pytest

from wizard.workshop.registry_process import RegistryProcess
from wizard.workshop.runtime import Backend, Failure, Instance, StartError, StartupProbe
from wizard.workshop.runtimes.engine import REVISION, WORKSHOP, EngineRuntime

pytestmark = pytest.mark.engine
SERVER = Path(__file__).parent / "moody_server.py"
SHORT = StartupProbe(period=1, timeout=1, failures=3)
PATIENT = StartupProbe(period=1, timeout=1, failures=60)
"""For what ends by itself, or comes up and takes what it takes."""


@pytest.fixture(scope="module")
def image(engine: docker.DockerClient, base_image: str) -> Iterator[str]:
    name = f"sendoff-test-moody:{uuid.uuid4().hex[:8]}"
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as tar:
        for file, text in (
            ("Dockerfile", f"FROM {base_image}\nCOPY server.py /server.py\nUSER 1000\nCMD [\"python\", \"/server.py\"]\n".encode()),
            ("server.py", SERVER.read_bytes()),
        ):  # fmt: skip
            entry = tarfile.TarInfo(file)
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text))
    context.seek(0)
    engine.images.build(fileobj=context, custom_context=True, tag=name, rm=True)
    yield name
    engine.images.remove(name, force=True)


class Stage:
    """A runtime of the test's own, with what its containers wrote."""

    def __init__(self, image: str) -> None:
        self.workshop = uuid.uuid4().hex
        self.image = image
        self.runtime = EngineRuntime(self.workshop)
        self.lines: list[str] = []

    def instance(self, name: str = "one", mood: str = "", **changes: Any) -> Instance:
        settings: dict[str, Any] = {
            "revision": f"projects/p/locations/r/services/s/revisions/{name}",
            "image": self.image,
            "port": 8080,
            "cpu": 0.5,
            "memory": 128 << 20,
            "env": {"MOOD": mood, "K_REVISION": name},
        }
        return Instance(**{**settings, **changes})

    def start(self, name: str = "one", mood: str = "", **changes: Any) -> Backend:
        return self.runtime.start(self.instance(name, mood, **changes), self.lines.append, lambda: False)

    def again(self) -> None:
        """As after a restart of the workshop."""
        self.runtime.close(stop_all=False)
        self.runtime = EngineRuntime(self.workshop)

    def containers(self, engine: docker.DockerClient) -> list[Any]:
        return list(engine.containers.list(all=True, filters={"label": f"{WORKSHOP}={self.workshop}"}))


@pytest.fixture
def stage(image: str) -> Iterator[Stage]:
    stage = Stage(image)
    yield stage
    stage.runtime.close(stop_all=True)


def said(backend: Backend, path: str = "/") -> dict[str, str]:
    answer: dict[str, str] = ast.literal_eval(httpx.get(f"http://{backend.host}:{backend.port}{path}").text)
    return answer


def wait(condition: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def test_a_revision_runs_within_its_limits_and_is_reached_on_loopback_alone(
    stage: Stage, engine: docker.DockerClient
) -> None:
    backend = stage.start()
    assert said(backend) == {"MOOD": "", "K_REVISION": "one", "PORT": "8080"}
    (container,) = stage.containers(engine)
    host = container.attrs["HostConfig"]
    assert (host["Memory"], host["MemorySwap"], host["NanoCpus"]) == (128 << 20, 128 << 20, 500_000_000)
    assert (host["CapDrop"], host["SecurityOpt"], host["Privileged"]) == (["ALL"], ["no-new-privileges"], False)
    assert [binding["HostIp"] for binding in host["PortBindings"]["8080/tcp"]] == ["127.0.0.1"]
    assert container.labels[REVISION].endswith("/revisions/one")
    assert backend.handle == container.id
    assert wait(lambda: stage.lines == ["mood good, port 8080"])


@pytest.mark.parametrize(
    ("mood", "probe", "failure", "exit_code"),
    [
        ("loopback", SHORT, Failure.NOT_LISTENING, None),
        ("idle", SHORT, Failure.NOT_LISTENING, None),
        ("exit", PATIENT, Failure.EXITED, 3),
        ("greedy", PATIENT, Failure.OUT_OF_MEMORY, 137),
    ],
)
def test_what_does_not_come_up_is_told_apart_and_leaves_nothing(
    stage: Stage, engine: docker.DockerClient, mood: str, probe: StartupProbe, failure: Failure, exit_code: int | None
) -> None:
    with pytest.raises(StartError) as raised:
        stage.start(mood=mood, probe=probe)
    assert (raised.value.failure, raised.value.exit_code) == (failure, exit_code)
    assert f"mood {mood}, port 8080" in stage.lines
    assert stage.containers(engine) == []
    if mood == "exit":
        assert "I will not serve" in raised.value.said


def test_an_http_probe_wants_a_good_answer(stage: Stage) -> None:
    probe = StartupProbe("http", "/health", period=1, timeout=1, failures=60)
    assert stage.start("well", probe=probe)
    with pytest.raises(StartError) as raised:
        stage.start("unwell", "unwell", probe=replace(probe, failures=2))
    assert raised.value.failure is Failure.NOT_LISTENING


def test_behind_a_forwarder_a_server_on_the_containers_loopback_is_seen_too(stage: Stage) -> None:
    stage.runtime._direct = False  # as with Docker Desktop
    assert said(stage.start("good"))["K_REVISION"] == "good"
    with pytest.raises(StartError) as raised:
        stage.start("bad", "loopback", probe=SHORT)
    assert raised.value.failure is Failure.NOT_LISTENING


def test_a_command_that_is_not_in_the_image_is_said_so(stage: Stage, engine: docker.DockerClient) -> None:
    with pytest.raises(StartError) as raised:
        stage.start(command=("no-such-program",))
    assert raised.value.failure is Failure.NO_COMMAND
    assert "no-such-program" in raised.value.said
    assert stage.containers(engine) == []


def test_command_and_arguments_stand_in_for_the_images_own(stage: Stage) -> None:
    stage.start(command=("python",), args=("-c", "print('hello'); exec(open('/server.py').read())"))
    assert wait(lambda: stage.lines == ["hello", "mood good, port 8080"])


def test_a_start_that_is_called_off_ends_soon(stage: Stage, engine: docker.DockerClient) -> None:
    began = time.monotonic()
    with pytest.raises(StartError):
        stage.runtime.start(stage.instance(mood="idle"), stage.lines.append, lambda: bool(stage.lines))
    assert time.monotonic() - began < 20
    assert stage.containers(engine) == []


def test_an_image_that_is_nowhere_is_missing(stage: Stage) -> None:
    with pytest.raises(StartError) as raised:
        stage.runtime.resolve("us-central1-docker.pkg.dev/p/models/nothing:1")
    assert raised.value.failure is Failure.IMAGE_MISSING
    with pytest.raises(StartError) as raised:
        stage.start(image="sendoff-test-nothing:1")
    assert raised.value.failure is Failure.IMAGE_MISSING


def foreign_image(name: str) -> bytes:
    """What `docker save` writes of an image for another processor."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("nothing"))
    config = {
        "architecture": "arm64",
        "os": "linux",
        "config": {"Cmd": ["/nothing"]},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer.getvalue()).hexdigest()}"]},
    }
    manifest = [{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]
    files = {"config.json": config, "manifest.json": manifest}
    image = io.BytesIO()
    with tarfile.open(fileobj=image, mode="w") as tar:
        for file, data in {
            "layer.tar": layer.getvalue(),
            **{file: json.dumps(told).encode() for file, told in files.items()},
        }.items():
            entry = tarfile.TarInfo(file)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return image.getvalue()


def test_an_image_for_another_processor_is_refused(stage: Stage, engine: docker.DockerClient) -> None:
    name = f"sendoff-test-foreign:{stage.workshop[:8]}"
    engine.images.load(foreign_image(name))
    try:
        with pytest.raises(StartError) as raised:
            stage.runtime.resolve(name)
        assert raised.value.failure is Failure.WRONG_ARCHITECTURE
        assert "linux/arm64" in raised.value.said
    finally:
        engine.images.remove(name, force=True)


def test_an_image_in_the_engine_is_found_under_any_name(stage: Stage, engine: docker.DockerClient) -> None:
    name = f"us-central1-docker.pkg.dev/demo/models/moody:{stage.workshop[:8]}"
    engine.images.get(stage.image).tag(name)
    try:
        assert stage.runtime.resolve(name) == name
    finally:
        engine.images.remove(name)


@pytest.mark.registry
def test_an_image_in_the_workshops_registry_is_found_by_digest_and_pulled_where_it_is_gone(
    stage: Stage, engine: docker.DockerClient, tmp_path: Path
) -> None:
    registry = RegistryProcess(tmp_path)
    address = f"127.0.0.1:{registry.start()}"
    stage.runtime.registry = address
    name = f"{address}/demo/models/moody"
    try:
        engine.images.get(stage.image).tag(name, "1")
        engine.images.push(name, tag="1")
        pinned = stage.runtime.resolve(f"{name}:1")
        assert pinned.startswith(f"{name}@sha256:")
        engine.images.remove(f"{name}:1")
        with pytest.raises(docker.errors.ImageNotFound):
            engine.images.get(pinned)
        assert stage.runtime.resolve(pinned) == pinned
        assert said(stage.start(image=pinned))["K_REVISION"] == "one"
        stage.runtime.stop(stage.instance().revision, 0)
        engine.images.remove(pinned)  # as an engine does whose images are tidied up; a rollback comes later
        assert said(stage.start(image=pinned))["K_REVISION"] == "one"
        with pytest.raises(StartError) as raised:
            stage.runtime.resolve(f"{name}:2")
        assert raised.value.failure is Failure.IMAGE_MISSING
        with pytest.raises(StartError) as raised:
            stage.runtime.resolve(f"{name}@sha256:{'0' * 64}")
        assert raised.value.failure is Failure.IMAGE_MISSING
    finally:
        stage.runtime.stop(stage.instance().revision, 0)
        registry.stop()
        for left in engine.images.list(name):
            for reference in left.tags + left.attrs["RepoDigests"]:
                if reference.startswith(name):
                    engine.images.remove(reference, force=True)


def test_an_instance_is_found_again_after_a_restart_and_its_log_goes_on(
    stage: Stage, engine: docker.DockerClient
) -> None:
    before = stage.start()
    stage.again()
    stage.lines.clear()
    assert stage.start() == before
    assert len(stage.containers(engine)) == 1
    stage.runtime.stop(stage.instance().revision, 5)
    assert wait(lambda: stage.lines == ["asked to end"])


def test_one_that_had_not_come_up_when_the_workshop_was_killed_is_not_taken_for_one_that_has(
    stage: Stage, engine: docker.DockerClient
) -> None:
    half_started = stage.runtime._make(stage.instance(mood="idle"))
    assert half_started.running()
    stage.again()
    with pytest.raises(StartError) as raised:
        stage.start(mood="idle", probe=SHORT)
    assert raised.value.failure is Failure.NOT_LISTENING
    assert stage.containers(engine) == []


def test_one_that_ended_meanwhile_is_started_anew(stage: Stage, engine: docker.DockerClient) -> None:
    before = stage.start()
    stage.again()
    engine.containers.get(before.handle).stop(timeout=0)
    after = stage.start()
    assert after.handle != before.handle
    assert said(after)["K_REVISION"] == "one"


def test_one_that_crashes_comes_back_at_its_address(stage: Stage, engine: docker.DockerClient) -> None:
    backend = stage.start()
    with pytest.raises(httpx.TransportError):
        said(backend, "/crash")

    def answers() -> bool:
        try:
            return said(backend)["K_REVISION"] == "one"
        except httpx.TransportError:
            return False

    assert wait(answers)
    assert engine.containers.get(backend.handle).attrs["RestartCount"] == 1
    assert wait(lambda: stage.lines == ["mood good, port 8080"] * 2), "its log goes on"


def test_a_server_is_asked_to_end_and_then_ended(stage: Stage, engine: docker.DockerClient) -> None:
    stage.start(mood="stubborn")
    began = time.monotonic()
    stage.runtime.stop(stage.instance().revision, 1)
    assert 1 <= time.monotonic() - began < 10
    assert wait(lambda: "asked to end" in stage.lines)
    assert stage.containers(engine) == []
    stage.runtime.stop(stage.instance().revision, 1)  # does nothing


def test_containers_of_another_workshop_are_left_alone(stage: Stage, image: str, engine: docker.DockerClient) -> None:
    other = Stage(image)
    try:
        mine, theirs = stage.start(), other.start()
        assert mine.handle != theirs.handle
        stage.runtime.close(stop_all=True)
        assert stage.containers(engine) == []
        assert said(theirs)["K_REVISION"] == "one"
    finally:
        other.runtime.close(stop_all=True)
        stage.runtime = EngineRuntime(stage.workshop)
