"""The gateway's connections to containers: kept open between requests, given up before the container gives them up."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque

import httptools

from wizard.workshop.gateway_headers import Headers, value
from wizard.workshop.runtime import Backend

IDLE = 1.0
"""Seconds a connection is kept without a request: less than any usual server keeps it (uvicorn: 5, gunicorn: 2)."""
_CONNECT = 5.0
"""Seconds a connection may take to be made; on one machine it takes none, or is refused."""
_BUFFER = 1 << 18
"""Bytes of an answer held here while its reader is slower than the container."""
_NO_BODY = frozenset({204, 304})


class BackendLostError(Exception):
    """The connection ended, or what came was no HTTP. `answered`: some of an answer had come before."""

    def __init__(self, answered: bool) -> None:
        super().__init__("the instance ended the connection")
        self.answered = answered


class BackendConnection(asyncio.Protocol):
    """One connection; one request at a time."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.used_before = False
        self.idle_since = 0.0
        self.status = 0
        self.reason = b""
        self.headers: Headers = []
        self.complete = False
        """All of the answer is here (perhaps not yet read)."""
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._waiter: asyncio.Future[None] | None = None
        self._writable: asyncio.Future[None] | None = None
        self._chunks: deque[bytes] = deque()
        self._held = 0
        self._paused = False
        self._busy = False
        self._head_only = False
        self._began = False
        self._has_head = False
        self._keep_alive = False
        self._lost = False

    # What a request does

    def send_head(self, head: bytes, *, head_only: bool) -> None:
        """Begin a request. `head_only`: it is a HEAD, whose answer has no body whatever its headers say."""
        self.status, self.reason, self.headers = 0, b"", []
        self.complete = self._began = self._has_head = False
        self._busy, self._head_only = True, head_only
        self.send(head)

    def send(self, data: bytes) -> None:
        """More of the request."""
        if self._transport is None or self._lost:
            raise BackendLostError(self._began)
        self._transport.write(data)

    async def drain(self) -> None:
        """Wait until the container has taken most of what was sent."""
        if self._writable is not None:
            await self._writable

    async def head(self) -> None:
        """Wait for the answer's status and headers. Raises BackendLostError."""
        while not self._has_head:
            if self._lost:
                raise BackendLostError(self._began)
            await self._wait()

    async def chunk(self) -> bytes:
        """More of the answer's body; b"" at its end. Raises BackendLostError where it ends too early."""
        while not self._chunks:
            if self.complete:
                return b""
            if self._lost:
                raise BackendLostError(answered=True)
            await self._wait()
        data = b"".join(self._chunks)
        self._chunks.clear()
        self._held = 0
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        return data

    @property
    def held(self) -> int:
        """Bytes of the body that have come and were not read."""
        return self._held

    def buffered(self) -> bytes:
        """What has come of the body so far, without waiting."""
        data = b"".join(self._chunks)
        self._chunks.clear()
        self._held = 0
        return data

    @property
    def reusable(self) -> bool:
        """The answer is complete and the container goes on listening."""
        return (
            self.complete
            and not self._lost
            and not self._head_only
            and not self._paused
            and self._transport is not None
            and not self._transport.is_closing()
            and self._keep_alive
        )

    @property
    def alive(self) -> bool:
        """Nothing is known against sending another request."""
        return not self._lost and self._transport is not None and not self._transport.is_closing()

    def rest(self) -> None:
        """Between two requests: what comes now is no answer."""
        self._busy = False
        self.used_before = True
        self.idle_since = self._loop.time()

    def close(self) -> None:
        """End it, whatever is under way."""
        if self._transport is not None:
            self._transport.abort()

    async def _wait(self) -> None:
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # What the event loop says

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if not self._busy:
            self.close()  # e.g. a 408 to a request that was never sent
            return
        self._began = True
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            if not self.complete:
                self._lost = True
            self.close()
        self._wake()

    def eof_received(self) -> None:
        self._ended()

    def connection_lost(self, error: Exception | None) -> None:
        if error is not None and self._busy and not self.complete:
            self._read_the_rest()
        self._ended()
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)

    def _ended(self) -> None:
        framed = (
            value(self.headers, b"content-length") is not None or value(self.headers, b"transfer-encoding") is not None
        )
        if self._busy and self._has_head and not framed:
            self.complete = True  # such an answer lasts until the connection's end
        self._lost = True
        self._wake()

    def _read_the_rest(self) -> None:
        """A container may refuse a large request before it has read it all, and close: then the next write fails, and the
        event loop gives the connection up with the answer still unread in its socket."""
        assert self._transport is not None
        with contextlib.suppress(OSError), self._transport.get_extra_info("socket").dup() as socket:
            while data := socket.recv(1 << 16):
                self.data_received(data)

    def pause_writing(self) -> None:
        self._writable = self._loop.create_future()

    def resume_writing(self) -> None:
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    # What the parser says

    def on_status(self, status: bytes) -> None:
        self.reason = status

    def on_header(self, name: bytes, text: bytes) -> None:
        if not self._has_head:  # trailers are left out
            self.headers.append((name.lower(), text))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200:  # 100 Continue, 103 Early Hints: the answer is still to come
            self.headers, self.reason = [], b""
            return
        self.status = status
        self._has_head = True
        self._keep_alive = self._parser.should_keep_alive()  # forgotten by the parser once the message is complete
        if self._head_only:
            self.complete = True

    def on_body(self, data: bytes) -> None:
        if self._head_only:
            return
        self._chunks.append(data)
        self._held += len(data)
        if self._held > _BUFFER and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()

    def on_message_complete(self) -> None:
        if self._has_head:
            self.complete = True


def has_no_body(status: int, method: bytes) -> bool:
    """An answer of that status to that method has no body, whatever its headers say."""
    return method == b"HEAD" or status in _NO_BODY


class Pool:
    """Connections to every container, kept open. Belongs to one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._idle: dict[Backend, deque[BackendConnection]] = {}

    async def take(self, backend: Backend, *, fresh: bool) -> BackendConnection:
        """A connection with nothing under way; a new one where none is idle, or where it has to be `fresh`.

        Raises OSError (also TimeoutError) where the container does not take connections.
        """
        if not fresh and (idle := self._idle.get(backend)):
            now = self._loop.time()
            while idle:
                connection = idle.pop()  # the one used last: the others come to rest, and are given up
                if connection.alive and now - connection.idle_since < IDLE:
                    return connection
                connection.close()
        connecting = self._loop.create_connection(lambda: BackendConnection(self._loop), backend.host, backend.port)
        try:
            _, connection = await asyncio.wait_for(connecting, _CONNECT)
        except TimeoutError:
            raise ConnectionError("the instance does not take the connection") from None
        return connection

    def give(self, backend: Backend, connection: BackendConnection) -> None:
        """Give it back after a request."""
        if connection.reusable:
            connection.rest()
            self._idle.setdefault(backend, deque()).append(connection)
        else:
            connection.close()

    def sweep(self, everything: bool = False) -> None:
        """End what has been idle for long, or all that is idle."""
        now = self._loop.time()
        for backend, idle in list(self._idle.items()):
            while idle and (everything or now - idle[0].idle_since >= IDLE or not idle[0].alive):
                idle.popleft().close()
            if not idle:
                with contextlib.suppress(KeyError):
                    del self._idle[backend]
