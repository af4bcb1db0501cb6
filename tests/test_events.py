"""The feed: readers pull at their own pace, and never slow the work."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.errors import CancelledError
from wizard.events import (
    Cancel,
    Feed,
    LogLine,
    Notice,
    Reporter,
    RunFinished,
    StageFinished,
    StageProgress,
    StageStarted,
    Status,
)


def test_a_stage_is_folded_into_one_small_state() -> None:
    feed = Feed()
    feed.put(StageStarted("build", "Build the image"))
    feed.put(StageProgress("build", 3, 12, "steps", "RUN pip install"))
    running = feed.snapshot()
    assert [(s.stage, s.status, s.done, s.total) for s in running.stages] == [("build", Status.RUNNING, 3, 12)]
    feed.put(StageFinished("build", True, 1.5, "housing:1"))
    done = feed.snapshot()
    assert (done.stages[0].status, done.stages[0].seconds, done.stages[0].note) == (Status.DONE, 1.5, "housing:1")
    assert running.stages[0].status is Status.RUNNING, "a snapshot never changes under its reader"
    assert done.version > running.version


@given(st.lists(st.integers(min_value=0, max_value=40), max_size=20), st.integers(min_value=1, max_value=50))
def test_a_reader_gets_every_line_once_or_is_told_how_many_it_missed(bursts: list[int], keep: int) -> None:
    feed = Feed(keep=keep)
    cursor, written, seen, missed = 0, 0, 0, 0
    for burst in bursts:
        for _ in range(burst):
            feed.put(LogLine("build", str(written)))
            written += 1
        cursor, lines, gap = feed.read(cursor)
        assert [line.text for line in lines] == [str(n) for n in range(written - len(lines), written)]
        seen += len(lines)
        missed += gap
    assert seen + missed == written


def test_a_limit_gives_the_newest_lines() -> None:
    feed = Feed()
    for number in range(10):
        feed.put(LogLine("build", str(number)))
    cursor, lines, missed = feed.read(0, limit=3)
    assert ([line.text for line in lines], missed, cursor) == (["7", "8", "9"], 7, 10)


def test_waiting_ends_with_the_run() -> None:
    feed = Feed()
    assert feed.wait(0) is None
    threading.Thread(target=feed.put, args=(RunFinished(ok=True),)).start()
    finished = feed.wait(10)
    assert finished is not None
    assert finished.ok


def test_notices_are_kept_whole() -> None:
    feed = Feed()
    feed.put(Notice("plan", "read me"))
    assert [notice.text for notice in feed.snapshot().notices] == ["read me"]


def test_a_reporter_speaks_for_its_stage_one_event_a_line() -> None:
    events: list[object] = []
    Reporter("lock", events.append).log("one\ntwo  \n")
    assert [(e.stage, e.text) for e in events if isinstance(e, LogLine)] == [("lock", "one"), ("lock", "two")]


def test_asking_to_stop_interrupts_what_blocks_and_is_seen_by_what_polls() -> None:
    cancel = Cancel()
    reporter = Reporter("build", lambda event: None, cancel)
    interrupted: list[str] = []
    with cancel.interrupting(lambda: interrupted.append("closed")):
        reporter.check()
        cancel.set()
    cancel.set()
    assert interrupted == ["closed"]
    with pytest.raises(CancelledError):
        reporter.check()


def test_what_begins_to_block_after_the_request_to_stop_is_interrupted_at_once() -> None:
    cancel = Cancel()
    cancel.set()
    interrupted: list[str] = []
    with cancel.interrupting(lambda: interrupted.append("closed")):
        assert interrupted == ["closed"]
