"""Carrying what instances write to whoever keeps their logs, for as long as they run."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

from wizard.errors import EngineError
from wizard.runtimes import LogLines


class LogPumps:
    """One thread for each revision that runs. Thread-safe."""

    def __init__(self) -> None:
        self._lines: dict[str, LogLines] = {}
        self._lock = threading.Lock()

    def follow(
        self,
        revision: str,
        lines: LogLines,
        log: Callable[[str], None],
        again: Callable[[], LogLines | None] = lambda: None,
    ) -> threading.Thread:
        """Hand on each line; the thread ends with the instance, or when it is told to stop. `again` is asked at the end
        of the lines whether more come, e.g. of an instance that was started anew."""
        self.stop(revision)
        with self._lock:
            self._lines[revision] = lines

        def pump() -> None:
            more: LogLines | None = lines
            with contextlib.suppress(EngineError):  # the engine went away: whoever asks for the container learns it
                while more is not None:
                    for line in more:
                        log(line)
                    before, more = more, again()
                    with self._lock:
                        if more is None or self._lines.get(revision) is not before:
                            return
                        self._lines[revision] = more

        thread = threading.Thread(target=pump, name="workshop-log", daemon=True)
        thread.start()
        return thread

    def stop(self, revision: str) -> None:
        """Hand on no more of that revision."""
        with self._lock:
            lines = self._lines.pop(revision, None)
        if lines is not None:
            lines.close()

    def stop_all(self) -> None:
        """Hand on no more of any."""
        for revision in list(self._lines):
            self.stop(revision)
