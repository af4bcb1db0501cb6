"""A service's log, followed in a thread into a feed that the screen reads from at its own pace."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from wizard.errors import SendoffError, own_fault
from wizard.events import Cancel, Feed, LogLine, Reporter

if TYPE_CHECKING:
    from wizard.targets import ReleasedService

TAIL = 500
"""Lines from before that are shown."""


class LogFollower:
    """Follows until `stop`, or until the log ends. `error` says why it ended early."""

    def __init__(self, service: ReleasedService, tail: int = TAIL) -> None:
        self.feed = Feed()
        self.error: SendoffError | None = None
        self._cancel = Cancel()
        self._service = _hearing(service, self._cancel)
        self._tail = tail
        self._thread = threading.Thread(target=self._work, name="log", daemon=True)
        self._thread.start()

    @property
    def ended(self) -> bool:
        return not self._thread.is_alive()

    def stop(self) -> None:
        """Ask it to end; it does not wait for that."""
        self._cancel.set()

    def _work(self) -> None:
        with contextlib.closing(self._service):
            try:
                lines = self._service.logs(follow=True, tail=self._tail)
                close = getattr(lines, "close", None) if not _is_generator(lines) else None
                with self._cancel.interrupting(close or (lambda: None)):
                    for line in lines:
                        if self._cancel.is_set():
                            return
                        self.feed.put(LogLine("log", line))
            except SendoffError as error:
                self.error = None if self._cancel.is_set() else error
            except Exception as error:
                self.error = None if self._cancel.is_set() else own_fault(error)


def _is_generator(lines: object) -> bool:
    """A generator that is at work cannot be closed from another thread."""
    from types import GeneratorType

    return isinstance(lines, GeneratorType)


def _hearing(service: ReleasedService, cancel: Cancel) -> ReleasedService:
    """The service with a connection of its own that a request to stop reaches, where it has one."""
    from wizard.targets.cloud_run.service import CloudService

    if isinstance(service, CloudService):
        return replace(service, reporter=Reporter("logs", lambda event: None, cancel))
    return service
