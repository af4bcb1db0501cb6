"""A release is never silent: the first word at once, the next never two seconds away."""

from __future__ import annotations

import itertools
import threading
import time

from tests.targets.cloud_run.releases import Releases, Witness, plan
from wizard.events import LogLine, StageProgress

STEPS = ["revision", "container", "health", "proof", "routing", "access"]


def timed(witness: Witness) -> list[float]:
    """Moments of the events, from here on."""
    moments = [time.monotonic()]
    witness.on_event = lambda event: moments.append(time.monotonic())
    return moments


def test_there_is_a_word_at_once_and_one_a_second_while_cloud_run_says_nothing(up: Releases) -> None:
    up.plant("slow", seconds=1.3)
    witness = Witness()
    moments = timed(witness)
    up(witness=witness)
    gaps = [later - earlier for earlier, later in itertools.pairwise(moments)]
    assert gaps[0] < 1
    assert max(gaps) < 2


def test_a_call_that_takes_its_time_is_no_silence(up: Releases) -> None:
    up.models.before = lambda: time.sleep(2.2)
    witness = Witness()
    moments = timed(witness)
    up(witness=witness, rows=((1.0, 2.0),))
    assert max(later - earlier for earlier, later in itertools.pairwise(moments)) < 2
    assert any(text.endswith((" (1 s)", " (2 s)")) for text in witness.told), "it counts the seconds"


def test_the_steps_come_in_order_and_never_go_back(up: Releases) -> None:
    up("1")
    up.plant("slow", seconds=0.2)
    witness = Witness()
    up("2", of=plan(traffic=(50, 100)), witness=witness)
    progress = [event for event in witness.events if isinstance(event, StageProgress)]
    numbers = [event.done for event in progress]
    assert numbers == sorted(numbers)
    assert {event.total for event in progress} == {len(STEPS)}
    named = list(dict.fromkeys(event.what.partition(":")[0] for event in progress))
    assert [name for name in named if name in STEPS] == STEPS
    assert progress[-1].done == len(STEPS)


def test_each_step_that_is_over_is_logged_with_its_seconds(up: Releases) -> None:
    witness = Witness()
    up(witness=witness)
    done = " ".join(line for line in witness.lines if ": done in " in line)
    assert all(step in done for step in STEPS)


def test_nobody_speaks_after_the_end(up: Releases) -> None:
    up()
    assert "release-progress" not in {thread.name for thread in threading.enumerate()}


def test_the_containers_lines_are_shown_once(up: Releases) -> None:
    up.plant("slow", seconds=0.6)
    witness = Witness()
    up(witness=witness)
    lines = [event.text for event in witness.events if isinstance(event, LogLine) and "Uvicorn running" in event.text]
    assert len(lines) == 1
