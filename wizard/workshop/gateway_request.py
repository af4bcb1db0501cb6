"""A request at the gateway, its body still coming."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from wizard.workshop.gateway_headers import Headers, value
from wizard.workshop.gateway_refusals import TOO_LARGE, Refusal, RefusedError

if TYPE_CHECKING:
    from wizard.workshop.gateway_front import Front

LARGEST_BODY = 32 << 20
"""Bytes a request may have over HTTP/1: Cloud Run's limit."""
_BUFFER = 1 << 18
"""Bytes of a body held here while the container is slower than the caller."""


class Request:
    """What a caller asks, its body still coming."""

    def __init__(self, front: Front) -> None:
        self.method = b""
        self.target = b""
        self.headers: Headers = []
        self.keep_alive = False
        self.old = False
        """It is HTTP/1.0: the answer can be neither chunked nor preceded by 100 Continue."""
        self.length: int | None = 0
        """Bytes of its body; None where it comes in chunks and nobody knows."""
        self.complete = False
        self.refusal: Refusal | None = None
        """Why the rest of it is not taken."""
        self._front = front
        self._chunks: deque[bytes] = deque()
        self._held = 0
        self._received = 0
        self._waiter: asyncio.Future[None] | None = None
        self._continued = False

    async def chunk(self) -> bytes:
        """More of the body; b"" at its end. Raises RefusedError where it gets too large."""
        while not self._chunks:
            if self.refusal is not None:
                raise RefusedError(self.refusal)
            if self.complete:
                return b""
            await self._more()
        data = b"".join(self._chunks)
        self._chunks.clear()
        self._held = 0
        self._front.resume_reading()
        return data

    async def body(self) -> bytes:
        """All of the body."""
        if self.complete and len(self._chunks) < 2:
            return self._chunks.popleft() if self._chunks else b""
        pieces = []
        while piece := await self.chunk():
            pieces.append(piece)
        return b"".join(pieces)

    async def _more(self) -> None:
        if not self._continued:
            self._continued = True
            if not self.old and (value(self.headers, b"expect") or b"").lower() == b"100-continue":
                self._front.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._waiter = self._front.loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def take(self, data: bytes) -> None:
        """From the parser: more of the body."""
        self._received += len(data)
        if self._received > LARGEST_BODY:
            self.refusal = TOO_LARGE
        if self.refusal is None:
            self._chunks.append(data)
            self._held += len(data)
            if self._held > _BUFFER:
                self._front.pause_reading()
        self.wake()

    def wake(self) -> None:
        """Something about it has changed."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
