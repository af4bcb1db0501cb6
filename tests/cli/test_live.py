"""The rows drawn on a terminal while a run is under way."""

from __future__ import annotations

import pytest
from rich.console import Console

from wizard.cli.live import _draw, _newest
from wizard.cli.outcome import STOPPING
from wizard.events import Feed, LogLine, StageFinished, StageProgress, StageStarted


def at_work(*lines: LogLine) -> Feed:
    feed = Feed()
    feed.put(StageStarted("build", "Build the image"))
    feed.put(LogLine("build", "Step 25/25"))
    feed.put(StageFinished("build", True, 2.0, "housing:1"))
    feed.put(StageStarted("release", "Release"))
    feed.put(
        StageProgress("release", 1, 6, "steps", "container: fetching the image and starting it for the first time")
    )
    for line in lines:
        feed.put(line)
    return feed


def drawn(feed: Feed, width: int, last: str = "") -> str:
    console = Console(width=width, color_system=None)
    state = feed.snapshot()
    with console.capture() as shown:
        console.print(_draw(state, _newest(feed, state), width, last))
    return shown.get()


def test_lines_of_a_stage_that_is_over_are_not_shown_under_the_next_one() -> None:
    assert "Step 25/25" not in drawn(at_work(), 100)
    assert "loaded in 0.8 s" in drawn(at_work(LogLine("release", "loaded in 0.8 s")), 100)


@pytest.mark.parametrize("width", [80, 100])
def test_how_far_a_stage_is_stays_whole_on_a_narrow_terminal(width: int) -> None:
    shown = drawn(at_work(), width)
    assert "1 of 6 steps container: f" in shown
    assert max(map(len, shown.splitlines())) <= width


def test_a_run_that_is_being_stopped_says_so_below_its_rows() -> None:
    assert drawn(at_work(), 100, STOPPING).splitlines()[-1] == STOPPING
