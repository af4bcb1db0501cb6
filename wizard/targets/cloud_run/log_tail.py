"""What the new revision's container writes, shown beside the release's progress."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from wizard.targets.cloud_run.api_errors import CloudError
from wizard.targets.cloud_run.api_trouble import Trouble
from wizard.targets.cloud_run.logs import ServiceLog
from wizard.targets.cloud_run.work import Work

_EVERY = 2.0
"""Seconds between two questions to Google, which allows one a second for a whole project."""
_EVERY_LOCAL = 0.3
_LATE = 6.0
"""Seconds in which Google's log may still bring what a container wrote before it ended."""
_LATE_LOCAL = 0.5
_BACK = timedelta(minutes=15)
"""A revision that is still on its way when we come to it may have written before."""


@dataclass
class LogTail:
    """Reads the container's lines now and then; where that fails, says so once and goes without."""

    work: Work
    revision: str
    from_now: bool = False
    """Leave out what it wrote before: it has been up for a while."""
    lines: list[str] = field(default_factory=list)
    """All that were read, as the container wrote them."""
    _next: float = 0.0
    _failed: bool = False

    def __post_init__(self) -> None:
        since = datetime.now(UTC) - (timedelta() if self.from_now else _BACK)
        self.log = ServiceLog(self.work.cloud, self.work.name, self.revision, since, self.work.reporter, patient=False)

    def read(self) -> None:
        """Pass on what is new, unless it was asked for just now."""
        if not self._failed and time.monotonic() >= self._next:
            self._read()

    def to_the_end(self) -> list[str]:
        """Everything it wrote, with what the log brings late: of a container that has ended."""
        end = time.monotonic() + (_LATE_LOCAL if self.work.cloud.place.is_local else _LATE)
        self._read()
        while not self._failed and not self.lines and time.monotonic() < end:
            self.work.reporter.cancel.wait(0.25)
            self.work.reporter.check()
            self._read()
        return self.lines

    def _read(self) -> None:
        try:
            for line in self.log.new():
                self.lines.append(line.raw)
                self.work.reporter.log(line.text)
        except CloudError as error:
            # No answer is no reason to hold the release up: the next look brings what was missed.
            self._failed = error.kind not in {Trouble.UNAVAILABLE, Trouble.DEADLINE, Trouble.RATE}
            if self._failed:
                self.work.reporter.notice(f"The log of the container cannot be shown here: {error.what} {error.why}")
        self._next = time.monotonic() + (_EVERY_LOCAL if self.work.cloud.place.is_local else _EVERY)
