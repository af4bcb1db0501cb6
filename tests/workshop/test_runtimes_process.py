"""Revisions as plain processes: the same behaviour behind the same interface, where there is no engine."""

from __future__ import annotations

import ast
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from wizard.workshop.faults import WorkshopError
from wizard.workshop.runtime import Backend, Failure, Instance, StartError, StartupProbe
from wizard.workshop.runtimes.process import BundleRuntime

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a service cannot be a process on Windows")
SERVER = Path(__file__).parent / "moody_server.py"
SHORT = StartupProbe(period=1, timeout=1, failures=3)
PATIENT = StartupProbe(period=1, timeout=1, failures=60)
"""For what ends by itself, or comes up and takes what it takes."""
IMAGE = "us-central1-docker.pkg.dev/demo-project/sendoff/moody:1"


class Stage:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bundle = folder / "bundle"
        self.bundle.mkdir()
        (self.bundle / "server.py").write_bytes(SERVER.read_bytes())
        self.runtime = BundleRuntime(folder / "workshop")
        self.register()
        self.lines: list[str] = []

    def register(self, **changes: str) -> None:
        told = {"image": IMAGE, "bundle": str(self.bundle), "python": sys.executable}
        self.runtime.catalogue.register({**told, **changes})

    def start(self, name: str = "one", mood: str = "", **changes: Any) -> Backend:
        settings: dict[str, Any] = {
            "revision": f"projects/p/locations/r/services/s/revisions/{name}",
            "image": IMAGE,
            "port": 8080,
            "cpu": 1,
            "memory": 128 << 20,
            "env": {"MOOD": mood, "K_REVISION": name, "PORT": "8080"},
        }
        return self.runtime.start(Instance(**{**settings, **changes}), self.lines.append, lambda: False)

    def stop(self, name: str = "one", grace: float = 5) -> None:
        self.runtime.stop(f"projects/p/locations/r/services/s/revisions/{name}", grace)

    def left(self) -> list[Path]:
        return list((self.folder / "workshop" / "processes").glob("*"))


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.runtime.close(stop_all=True)


def said(backend: Backend) -> dict[str, str]:
    answer: dict[str, str] = ast.literal_eval(httpx.get(f"http://{backend.host}:{backend.port}").text)
    return answer


def wait(condition: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def test_two_revisions_that_want_the_same_port_run_side_by_side(stage: Stage) -> None:
    one, two = stage.start("one"), stage.start("two")
    assert one.host == two.host == "127.0.0.1"
    assert (said(one)["K_REVISION"], said(two)["K_REVISION"]) == ("one", "two")
    assert said(one)["PORT"] == str(one.port)


def test_an_image_does_not_change_with_the_folder_it_was_made_from(stage: Stage) -> None:
    (stage.bundle / "server.py").write_text("raise SystemExit('changed')")
    assert said(stage.start())["K_REVISION"] == "one"


def test_an_image_nobody_registered_is_missing(stage: Stage) -> None:
    assert stage.runtime.resolve(IMAGE) == IMAGE
    with pytest.raises(StartError) as raised:
        stage.runtime.resolve("other:1")
    assert raised.value.failure is Failure.IMAGE_MISSING


@pytest.mark.parametrize("changes", [{"image": ""}, {"bundle": "/nonexistent"}, {"python": "/nonexistent"}])
def test_an_image_that_could_not_run_is_not_registered(stage: Stage, changes: dict[str, str]) -> None:
    with pytest.raises(WorkshopError):
        stage.register(**changes)


@pytest.mark.parametrize(
    ("mood", "probe", "failure", "exit_code"),
    [("idle", SHORT, Failure.NOT_LISTENING, None), ("exit", PATIENT, Failure.EXITED, 3)],
)
def test_what_does_not_come_up_is_told_apart_and_leaves_nothing(
    stage: Stage, mood: str, probe: StartupProbe, failure: Failure, exit_code: int | None
) -> None:
    with pytest.raises(StartError) as raised:
        stage.start(mood=mood, probe=probe)
    assert (raised.value.failure, raised.value.exit_code) == (failure, exit_code)
    assert stage.lines[0].startswith(f"mood {mood}, port ")
    assert stage.left() == []


def test_an_instance_is_found_again_after_a_restart_and_its_log_goes_on(stage: Stage) -> None:
    before = stage.start()
    stage.runtime.close(stop_all=False)
    stage.runtime = BundleRuntime(stage.folder / "workshop")
    stage.lines.clear()
    assert stage.start() == before
    stage.stop()
    assert wait(lambda: stage.lines == ["asked to end"])
    assert stage.left() == []


def test_closing_for_good_leaves_nothing(stage: Stage) -> None:
    backends = [stage.start("one"), stage.start("two", "stubborn")]
    stage.runtime.stop("projects/p/locations/r/services/s/revisions/two", 0.2)
    stage.runtime.close(stop_all=True)
    for backend in backends:
        with pytest.raises(httpx.ConnectError):
            said(backend)
    assert stage.left() == []
