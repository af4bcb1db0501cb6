"""Carrying what instances write to whoever keeps their logs, for as long as they run."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from wizard.errors import EngineError
from wizard.runtimes import LogLines

_LAST_LINES_WITHIN: Final = 2.0
"""Seconds that the last lines of an instance may take which has ended."""


@dataclass
class _Pump:
    lines: LogLines
    thread: threading.Thread


class LogPumps:
    """One thread for each revision that runs. Thread-safe."""

    def __init__(self) -> None:
        self._pumps: dict[str, _Pump] = {}
        self._lock = threading.Lock()

    def follow(
        self,
        revision: str,
        lines: LogLines,
        log: Callable[[str], None],
        again: Callable[[], LogLines | None] = lambda: None,
    ) -> None:
        """Hand on each line, until the instance ends or it is told to stop. `again` is asked at the end of the lines
        whether more come, e.g. of an instance that was started anew."""
        self.stop(revision)

        def work() -> None:
            more: LogLines | None = lines
            with contextlib.suppress(EngineError):  # the engine went away: whoever asks for the container learns it
                while more is not None:
                    for line in more:
                        log(line)
                    more = again()
                    with self._lock:
                        if more is None or self._pumps.get(revision) is not pump:
                            return
                        pump.lines = more

        pump = _Pump(lines, threading.Thread(target=work, name="workshop-log", daemon=True))
        with self._lock:
            self._pumps[revision] = pump
        pump.thread.start()

    def finish(self, revision: str) -> None:
        """Hand on the last lines of that revision, whose instance has ended: they may still be on their way."""
        with self._lock:
            pump = self._pumps.get(revision)
        if pump is not None:
            pump.thread.join(_LAST_LINES_WITHIN)
        self.stop(revision)

    def stop(self, revision: str) -> None:
        """Hand on no more of that revision."""
        with self._lock:
            pump = self._pumps.pop(revision, None)
        if pump is not None:
            pump.lines.close()

    def stop_all(self) -> None:
        """Hand on no more of any."""
        for revision in list(self._pumps):
            self.stop(revision)
