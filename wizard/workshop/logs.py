"""What containers wrote: the newest lines of each revision, in memory."""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

LINES_KEPT: Final = 1000
CHARACTERS_KEPT: Final = 1 << 20
"""Both for each revision."""
REVISIONS_KEPT: Final = 200
LONGEST_LINE: Final = 16 * 1024
"""Characters; Cloud Logging's own limit for an entry is 256 KiB."""

Stream = Literal["stdout", "system"]


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    """Grows with each line of the whole local Cloud Run."""
    revision: str
    """Full resource name."""
    stream: Stream
    """`system` is Cloud Run's own word about the container."""
    written: datetime
    text: str


class Logs:
    """A bounded ring of lines for each revision. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest = 0
        self._rings: dict[str, deque[Line]] = {}
        self._sizes: dict[str, int] = {}
        """Characters in each ring."""
        self._changed = threading.Condition(self._lock)

    def writer(self, revision: str, stream: Stream = "stdout") -> Callable[[str], None]:
        """A function that takes that revision's lines."""
        return lambda text: self.write(revision, text, stream)

    def write(self, revision: str, text: str, stream: Stream = "stdout") -> None:
        with self._lock:
            ring = self._rings.get(revision)
            if ring is None:
                while len(self._rings) >= REVISIONS_KEPT:
                    self._drop(next(iter(self._rings)))
                ring, self._sizes[revision] = self._rings.setdefault(revision, deque()), 0
            text = text.rstrip("\r\n")[:LONGEST_LINE]
            self._newest += 1
            ring.append(Line(self._newest, revision, stream, datetime.now(UTC), text))
            self._sizes[revision] += len(text)
            while len(ring) > LINES_KEPT or self._sizes[revision] > CHARACTERS_KEPT:
                self._sizes[revision] -= len(ring.popleft().text)
            self._changed.notify_all()

    def lines(self, project: str, after: int = 0) -> list[Line]:
        """Every kept line of a project's services beyond that number, oldest first."""
        with self._lock:
            found = [
                line
                for revision, ring in self._rings.items()
                if revision.startswith(f"projects/{project}/")
                for line in itertools.takewhile(lambda line: line.number > after, reversed(ring))
            ]
        return sorted(found, key=lambda line: line.number)

    def wait(self, after: int, timeout: float) -> None:
        """Until a line beyond that number is written, at most `timeout` seconds."""
        with self._lock:
            self._changed.wait_for(lambda: self._newest > after, timeout)

    def forget(self, service: str) -> None:
        """Drop the lines of a deleted service."""
        with self._lock:
            for revision in [each for each in self._rings if each.startswith(f"{service}/")]:
                self._drop(revision)

    def _drop(self, revision: str) -> None:
        del self._rings[revision], self._sizes[revision]
