"""A past run brought back from its journal, so that it is drawn by what draws a run at work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wizard.errors import SendoffError
from wizard.events import Event, Feed, LogLine, Notice, RunFinished, StageFinished, StageProgress, StageStarted, Status
from wizard.run.journal import read_lines
from wizard.run.run_summary import Ended, RunSummary, summary_of

_KINDS: dict[str, type[Event]] = {
    kind.__name__: kind for kind in (StageStarted, StageProgress, LogLine, Notice, StageFinished, RunFinished)
}
_TEXTS = frozenset({"stage", "title", "text", "unit", "what", "note"})
_NUMBERS = frozenset({"at", "done", "total", "seconds"})


def replay(journal: Path) -> Feed:
    """The feed of a run as it stood when its journal ended, with all of its log lines.

    A run without an end, cut off or still at work in another process, gets one that says so: a feed that is replayed never
    changes. Raises SendoffError where the file is no journal of a run.
    """
    summary = summary_of(journal)
    if summary is None:
        raise SendoffError(
            f"{journal.name} is no journal of a run.",
            "There is no such file any more: the journals of the last 20 runs are kept."
            if not journal.exists()
            else "Its first line is not the beginning of a run.",
            "Start the run again: sendoff up.",
        )
    with journal.open("rb") as file:
        feed = Feed(keep=sum(1 for _ in file))
    for event in events(journal):
        feed.put(event)
    for event in _missing_end(feed, summary):
        feed.put(event)
    return feed


def events(journal: Path) -> Iterator[Event]:
    """The events of a journal in order; records that are no events, or of another layout, are left out."""
    for record in read_lines(journal):
        if (event := _event(record)) is not None:
            yield event


def _event(record: dict[str, Any]) -> Event | None:
    kind = _KINDS.get(str(record.pop("type", "")))
    if kind is None:
        return None
    if not all(isinstance(record.get(name, ""), str) for name in _TEXTS):
        return None
    if not all(
        isinstance(record.get(name, 0), int | float) or (name == "total" and record[name] is None) for name in _NUMBERS
    ):
        return None
    try:
        return kind(**record)
    except TypeError:
        return None


def _missing_end(feed: Feed, summary: RunSummary) -> Iterator[Event]:
    state = feed.snapshot()
    if state.result is not None:
        return
    at_work = summary.ended is Ended.AT_WORK
    end = summary.began + summary.seconds
    for stage in state.stages:
        if stage.status is Status.RUNNING:
            took = max(0.0, end - stage.started)
            yield StageFinished(stage.stage, False, took, "at work" if at_work else "cut off", at=end)
    if at_work:
        error = SendoffError(
            "This run is at work in another process.", summary.what, "Wait for it to end, or stop it there."
        )
    else:
        error = SendoffError(
            "This run was cut off.",
            f"{summary.what} Its process was ended, or the machine went down.",
            "Run it again, with sendoff resume or here: it goes on from there, and what was done is kept.",
        )
    error.stage = summary.stage
    yield RunFinished(ok=False, error=error.as_dict(), at=end)
