"""How many requests are under way to a revision: no more than its concurrency at a time, and when there are none left."""

from __future__ import annotations

import asyncio
from collections import deque


class Load:
    """Belongs to one event loop. Counts from the moment a revision was chosen for a request."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._running = 0
        self._queue: deque[asyncio.Future[None]] = deque()
        self._ends: list[asyncio.Future[None]] = []

    @property
    def under_way(self) -> int:
        """Requests running or waiting for their turn."""
        return self._running + len(self._queue)

    async def enter(self, limit: int) -> None:
        """Wait for a turn: at most `limit` run at a time (0: any number). Cancelled, it has taken none."""
        if limit <= 0 or self._running < limit:
            self._running += 1
            return
        turn = self._loop.create_future()
        self._queue.append(turn)
        try:
            await turn  # whoever leaves hands its place on
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave()
            else:
                self._queue.remove(turn)
                self._tell()
            raise

    def leave(self) -> None:
        """The request is done."""
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._running -= 1
        self._tell()

    async def end(self) -> None:
        """Wait until nothing is under way."""
        while self.under_way:
            ended = self._loop.create_future()
            self._ends.append(ended)
            await ended

    def _tell(self) -> None:
        if not self.under_way:
            for ended in self._ends:
                if not ended.done():
                    ended.set_result(None)
            self._ends.clear()
