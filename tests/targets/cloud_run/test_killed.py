"""A release that is killed at any point goes on when it is run again: one revision, the right traffic, the right callers."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from google.api_core.exceptions import NotFound

from tests.targets.cloud_run.releases import SERVICE, Releases, plan

PROGRAM = Path(__file__).with_name("one_release.py")
TARGET = {"traffic": (10, 100), "access": "public"}


@contextmanager
def another_program(up: Releases, version: str, **target: object) -> Iterator[subprocess.Popen[bytes]]:
    """Releases in a program of its own; killed without mercy at the end of the block."""
    arguments = [up.local.address, str(up.folder / "cloud"), str(up.folder), version, json.dumps({**TARGET, **target})]
    process = subprocess.Popen([sys.executable, str(PROGRAM), *arguments], stderr=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=30)


def wait_for(process: subprocess.Popen[bytes], holds: Callable[[], bool], seconds: float = 60.0) -> None:
    """Until the cloud's state is that, while the program still runs."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert process.poll() is None, process.communicate()[1].decode()[-2000:]
        try:
            if holds():
                return
        except NotFound:
            pass
        time.sleep(0.02)
    raise AssertionError("that state was not reached")


def finish(up: Releases, revisions: int) -> None:
    """Run the same release again, and see that it ends as if nothing had happened."""
    assert up.local.plane.settle(30)
    done = up("2", of=plan(**TARGET))
    assert len(up.revisions()) == revisions
    assert up.traffic() == {done.revision: 100}
    assert up.tags() == {}
    policy = up.cloud.services.get_iam_policy(request={"resource": up.cloud.place.service(SERVICE)})
    assert [list(binding.members) for binding in policy.bindings] == [["allUsers"]]
    assert not up("2", of=plan(**TARGET)).changed


@pytest.fixture
def held(up: Releases) -> Iterator[threading.Event]:
    """Predictions wait until it is set."""
    go_on = threading.Event()
    up.models.before = lambda: go_on.wait(60)
    yield go_on
    go_on.set()


@pytest.mark.parametrize("first", [True, False], ids=["first release", "update"])
def test_killed_while_the_revision_starts(up: Releases, first: bool) -> None:
    if not first:
        up("1", of=plan(**TARGET))
    before = 0 if first else 1
    up.plant("slow", seconds=0.5)
    with another_program(up, "2") as process:
        wait_for(process, lambda: len(up.revisions()) == before + 1)
    finish(up, before + 1)


@pytest.mark.parametrize("first", [True, False], ids=["first release", "update"])
def test_killed_while_the_answers_are_asked_for(up: Releases, held: threading.Event, first: bool) -> None:
    if not first:
        held.set()
        up("1", of=plan(**TARGET))
        held.clear()
    before, asked = (0 if first else 1), len(up.models.asked)
    with another_program(up, "2") as process:
        wait_for(process, lambda: len(up.models.asked) > asked)
    held.set()
    finish(up, before + 1)


def test_killed_between_two_steps_of_the_traffic(up: Releases) -> None:
    first = up("1", of=plan(**TARGET))
    with another_program(up, "2", traffic_wait=600) as process:
        wait_for(process, lambda: up.traffic().get(first.revision) == 90)
    finish(up, 2)
    assert up.service().annotations["dev.sendoff.previous"] == f"{first.revision}=100"


def test_killed_between_the_traffic_and_the_callers(up: Releases) -> None:
    up.plant("unavailable", 1000, method="SetIamPolicy")
    with another_program(up, "2") as process:
        wait_for(process, lambda: bool(up.traffic()) and not up.tags())
    up.local.faults.clear()
    finish(up, 1)
