"""Room for large requests: what all of them together may hold in memory. Small ones are not counted."""

from __future__ import annotations

import threading

from serving.refusal import Refused

LARGE = 256 * 1024
"""Bodies of more bytes are counted; smaller ones come and go too quickly to add up."""


class Room:
    """So many bytes of large bodies at a time, from their first part to their answer. Threads may share it."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.held = 0
        self.lock = threading.Lock()

    def take(self, size: int) -> None:
        """Raises Refused where too much is held already."""
        with self.lock:
            if self.held + size > self.size:
                raise Refused(
                    503,
                    "too many large requests are under way",
                    None,
                    "Try again after the seconds in Retry-After, or send fewer rows in a request.",
                    note="no room for a large request",
                )
            self.held += size

    def give(self, size: int) -> None:
        """Give back what was taken."""
        with self.lock:
            self.held -= size
