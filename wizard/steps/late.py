"""Values that come late: what a fact or a probe has found out, and what it read for that."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from wizard.steps.answers import Pending

if TYPE_CHECKING:
    from wizard.errors import SendoffError

Key = tuple[str, str]
"""What can be read: ("field", name), ("fact", name), ("given", "")."""
Reads = dict[Key, Any]
"""What was read, and what stood there. A late value holds as long as all of it still stands there."""


class Absent(Enum):
    """What stands where there is no value."""

    HIDDEN = "hidden"
    PENDING = "pending"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Found:
    """The end of a job."""

    reads: Reads
    value: Any = None
    error: SendoffError | None = None
    pending: Pending | None = None
    """It read something that was itself still being found out, and is tried again once that is known."""


@dataclass(slots=True, eq=False)
class Job:
    """One go at finding out a late value."""

    reads: Reads = field(default_factory=dict)
    """Grows while the job reads."""
    overtaken: bool = False
    future: Future[Any] | None = None


@dataclass(slots=True, eq=False)
class Late:
    """A late value: what is known of it, and the job that is finding it out."""

    found: Found | None = None
    serial: int = 0
    """Which finding this is; tells two findings apart without comparing them."""
    job: Job | None = None

    def end(self, job: Job, found: Found, serial: int) -> bool:
        """Take over what the job found, unless a newer one has been started."""
        if self.job is not job:
            return False
        self.found, self.serial, self.job = found, serial, None
        return True


def stands(reads: Reads, now: Callable[[Key], Any]) -> bool:
    """Whether everything that was read is still as it was."""
    return all(_same(now(key), value) for key, value in list(reads.items()))


def _same(one: Any, other: Any) -> bool:
    return one is other or (type(one) is type(other) and bool(one == other))
