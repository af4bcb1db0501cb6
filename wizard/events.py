"""What a run tells the world: frozen events, folded into a feed that readers pull from at their own pace.

Log lines live in a bounded ring under a running number; everything else folds into one small `RunState`. A reader asks
`read(after, limit)` for lines, `snapshot()` for the state and `wait(timeout)` for the end. A slow reader never slows the
work and never builds a queue: it only misses old lines, and is told how many.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import islice
from typing import Any

from wizard.errors import CancelledError
from wizard.printable import printable


@dataclass(frozen=True, slots=True)
class StageStarted:
    """A stage of the road began. `title` is what it does, in the person's words."""

    stage: str
    title: str
    at: float = field(default_factory=time.time)


@dataclass(frozen=True, slots=True)
class StageProgress:
    """`done` of `total` (None: unknown) in `unit` ("bytes", "steps", …); `what` names the part under way."""

    stage: str
    done: float
    total: float | None = None
    unit: str = "steps"
    what: str = ""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of output of the stage's work, without its line end."""

    stage: str
    text: str
    at: float = field(default_factory=time.time)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the person should read: it matters, and stops nothing."""

    stage: str
    text: str
    at: float = field(default_factory=time.time)


@dataclass(frozen=True, slots=True)
class StageFinished:
    """A stage ended. `skipped`: its inputs' hash was done before and the result is still there."""

    stage: str
    ok: bool
    seconds: float
    note: str = ""
    skipped: bool = False
    at: float = field(default_factory=time.time)


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The run ended. `error` is `SendoffError.as_dict()` where it failed; `result` the last value as plain data."""

    ok: bool
    error: dict[str, Any] | None = None
    result: dict[str, Any] | None = None
    at: float = field(default_factory=time.time)


Event = StageStarted | StageProgress | LogLine | Notice | StageFinished | RunFinished


class Status(StrEnum):
    """Where a stage stands."""

    RUNNING = "running"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class StageState:
    """One stage as a face draws it. Times are seconds since the epoch, `seconds` the time it took once it has ended."""

    stage: str
    title: str
    status: Status
    started: float
    seconds: float | None = None
    done: float = 0.0
    total: float | None = None
    unit: str = "steps"
    what: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class RunState:
    """All of a run but its log lines: small, whole, immutable. `version` grows with every change."""

    version: int
    stages: tuple[StageState, ...]
    notices: tuple[Notice, ...]
    result: RunFinished | None


class Feed:
    """The one place where events go and readers look. Thread-safe."""

    def __init__(self, keep: int = 10_000) -> None:
        self._lines: deque[LogLine] = deque(maxlen=keep)
        self._count = 0
        self._version = 0
        self._stages: dict[str, StageState] = {}
        self._notices: list[Notice] = []
        self._result: RunFinished | None = None
        self._changed = threading.Condition()

    def put(self, event: Event) -> None:
        """Fold one event in. Any thread; takes microseconds."""
        with self._changed:
            match event:
                case LogLine():
                    self._lines.append(event)
                    self._count += 1
                    return
                case StageStarted():
                    self._stages[event.stage] = StageState(event.stage, event.title, Status.RUNNING, event.at)
                case StageProgress():
                    if (state := self._stages.get(event.stage)) is not None:
                        self._stages[event.stage] = replace(
                            state, done=event.done, total=event.total, unit=event.unit, what=event.what
                        )
                case StageFinished():
                    status = Status.SKIPPED if event.skipped else Status.DONE if event.ok else Status.FAILED
                    state = self._stages.get(event.stage) or StageState(event.stage, event.stage, status, event.at)
                    self._stages[event.stage] = replace(state, status=status, seconds=event.seconds, note=event.note)
                case Notice():
                    self._notices.append(event)
                case RunFinished():
                    self._result = event
            self._version += 1
            self._changed.notify_all()

    def read(self, after: int, limit: int = 2_000) -> tuple[int, tuple[LogLine, ...], int]:
        """Lines numbered from `after` on, the newest `limit` of them: (number of the next line, lines, how many missed).

        Pass the returned number as the next `after`.
        """
        with self._changed:
            first = max(after, self._count - len(self._lines), self._count - limit)
            lines = tuple(islice(self._lines, len(self._lines) - (self._count - first), None))
            return self._count, lines, max(0, first - after)

    def snapshot(self) -> RunState:
        """The state as it is now."""
        with self._changed:
            return RunState(self._version, tuple(self._stages.values()), tuple(self._notices), self._result)

    def wait(self, timeout: float | None = None) -> RunFinished | None:
        """Block until the run has ended, at most `timeout` seconds; None if it has not."""
        with self._changed:
            self._changed.wait_for(lambda: self._result is not None, timeout)
            return self._result


class Cancel:
    """A request to stop that reaches both loops (which poll) and blocking calls (which register how to be interrupted)."""

    def __init__(self) -> None:
        self._flag = threading.Event()
        self._interrupts: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    def set(self) -> None:
        """Ask to stop. Interrupts run in the calling thread, once."""
        with self._lock:
            self._flag.set()
            interrupts, self._interrupts = self._interrupts, []
        for interrupt in interrupts:
            interrupt()

    def is_set(self) -> bool:
        return self._flag.is_set()

    def wait(self, timeout: float) -> bool:
        """Sleep up to `timeout` seconds, waking at once when asked to stop; True if so."""
        return self._flag.wait(timeout)

    @contextmanager
    def interrupting(self, interrupt: Callable[[], None]) -> Iterator[None]:
        """While inside, a request to stop calls `interrupt` (close a socket, kill a child). It must not raise."""
        with self._lock:
            asked = self._flag.is_set()
            if not asked:
                self._interrupts.append(interrupt)
        if asked:
            interrupt()
        try:
            yield
        finally:
            with self._lock:
                if interrupt in self._interrupts:
                    self._interrupts.remove(interrupt)


class Reporter:
    """What a stage speaks through: it names itself once, and knows neither the feed's readers nor the journal."""

    def __init__(self, stage: str, sink: Callable[[Event], None], cancel: Cancel | None = None) -> None:
        self.stage = stage
        self.cancel = cancel or Cancel()
        self._sink = sink

    def log(self, text: str) -> None:
        """Pass on output, one event a line; control characters in it are spelled out."""
        for line in text.splitlines():
            self._sink(LogLine(self.stage, printable(line.rstrip())))

    def progress(self, done: float, total: float | None = None, *, unit: str = "steps", what: str = "") -> None:
        """Say how far the work is."""
        self._sink(StageProgress(self.stage, done, total, unit, what))

    def notice(self, text: str) -> None:
        """Say something the person should read."""
        self._sink(Notice(self.stage, printable(text)))

    def check(self) -> None:
        """Raise `CancelledError` if the person asked to stop. Call it between pieces of work."""
        if self.cancel.is_set():
            raise CancelledError("Stopped, as you asked.", fix="Run the same command again to go on from here.")


def silent(stage: str = "") -> Reporter:
    """A reporter nobody listens to, for calls outside a run."""
    return Reporter(stage, lambda event: None)
