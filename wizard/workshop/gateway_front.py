"""One caller's connection to the gateway: its requests, one after the other, handed to whoever answers them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

import httptools

from wizard.workshop.gateway_headers import value
from wizard.workshop.gateway_refusals import BAD_REQUEST, HEADERS_TOO_LARGE, TOO_LARGE, TOO_SLOW, Refusal
from wizard.workshop.gateway_request import LARGEST_BODY, Request

LARGEST_HEAD = 64 << 10
"""Bytes of a request line and headers together."""
HEAD_WITHIN = 10.0
"""Seconds the headers of a request may take once it has begun."""
IDLE = 600.0
"""Seconds a connection may wait for its next request: long, so that no caller sends into its end."""
_LINGER = 2.0
"""Seconds a refused caller may go on sending, so that it gets to read why it was refused."""


class Front(asyncio.Protocol):
    """A caller's connection. `serve` answers a request by `write`, and is cancelled where the caller goes away."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        serve: Callable[[Front, Request], Awaitable[None]],
        fronts: set[Front],
    ) -> None:
        self.loop = loop
        self.caller = b"127.0.0.1"
        self.closing = False
        """The connection ends with the answer that is under way."""
        self.busy = False
        """A request is being answered."""
        self._serve = serve
        self._fronts = fronts
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._receiving: Request | None = None
        self._waiting: deque[Request] = deque()
        self._more: asyncio.Future[None] | None = None
        self._writable: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._head_size = 0
        self._head_bytes = 0
        """Read since the head began, without the first piece: part of that is the request before."""
        self._in_head = False
        self._deadline = 0.0
        self._paused = False
        self._deaf = False
        """What still comes is not looked at: the caller was refused."""

    # What an answer does

    def write(self, data: bytes) -> None:
        """More of the answer."""
        if self._transport is not None:
            self._transport.write(data)

    async def drain(self) -> None:
        """Wait until the caller has taken most of what was written."""
        if self._writable is not None:
            await self._writable

    def abort(self) -> None:
        """End it in the middle of an answer: the caller has to see that something is missing."""
        self.closing = True
        if self._transport is not None:
            self._transport.abort()

    def pause_reading(self) -> None:
        if not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        if self._paused and self._transport is not None and len(self._waiting) < 2:
            self._paused = False
            self._transport.resume_reading()

    def refuse(self, refusal: Refusal, request: Request | None) -> None:
        """Answer with a refusal. Where the request is not wholly here, the connection ends after it."""
        if request is None or not request.complete or not request.keep_alive:
            self.closing = True
        page = refusal.page()
        head = [
            f"HTTP/1.1 {refusal.status} {refusal.heading}",
            "content-type: text/html; charset=UTF-8",
            f"content-length: {len(page)}",
            "server: Google Frontend",
        ]
        if refusal.challenge:
            head.append(f"www-authenticate: {refusal.challenge}")
        if refusal.hint:
            head.append(f"x-workshop-hint: {refusal.hint}")
        if self.closing:
            head.append("connection: close")
        body = b"" if request is not None and request.method == b"HEAD" else page
        self.write("\r\n".join([*head, "", ""]).encode() + body)

    # What the gateway asks of it

    def end_when_idle(self) -> None:
        """Take no further request; end at once where none is under way."""
        self.closing = True
        if self._receiving is None and not self._waiting and self._transport is not None:
            self._transport.close()

    def check_time(self, now: float) -> None:
        """End it where it has been silent for too long, or slow with its headers."""
        if not self._deadline or now < self._deadline or self._transport is None:
            return
        if self._in_head and not self.busy:
            self._reject(TOO_SLOW)
        elif not self.busy:
            self._transport.close()

    # What the event loop says

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        peer = transport.get_extra_info("peername")
        if peer:
            self.caller = str(peer[0]).encode()
        self._fronts.add(self)
        self._task = self.loop.create_task(self._answer())

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            return
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > LARGEST_HEAD:
                self._reject(HEADERS_TOO_LARGE)
                return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # Another protocol is not spoken: the request is answered as plain HTTP, unless the parser left out its body.
            self._deaf = True
            request = self._waiting[-1]
            request.keep_alive = False
            if request.length != 0:
                request.refusal = BAD_REQUEST
        except httptools.HttpParserCallbackError:
            self._reject(HEADERS_TOO_LARGE)
        except httptools.HttpParserError:
            self._reject(BAD_REQUEST)

    def eof_received(self) -> bool:
        # A caller may close its side once it has asked; whoever closes before has gone.
        return self._receiving is None and (bool(self._waiting) or self.busy)

    def connection_lost(self, _: Exception | None) -> None:
        self._fronts.discard(self)
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        if self._task is not None:
            self._task.cancel()

    def pause_writing(self) -> None:
        self._writable = self.loop.create_future()

    def resume_writing(self) -> None:
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    # What the parser says

    def on_message_begin(self) -> None:
        self._receiving = Request(self)
        self._in_head = True
        self._head_size = self._head_bytes = 0
        self._deadline = self.loop.time() + HEAD_WITHIN

    def on_url(self, url: bytes) -> None:
        assert self._receiving is not None
        self._receiving.target += url
        self._count(url)

    def _count(self, text: bytes) -> None:
        self._head_size += len(text) + 4
        if self._head_size > LARGEST_HEAD:
            raise ValueError("larger than LARGEST_HEAD")  # the parser stops

    def on_header(self, name: bytes, text: bytes) -> None:
        request = self._receiving
        assert request is not None
        if not self._in_head:
            return  # trailers are left out
        self._count(name + text)
        request.headers.append((name.lower(), text))

    def on_headers_complete(self) -> None:
        request = self._receiving
        assert request is not None
        self._in_head = False
        request.method = self._parser.get_method()
        request.old = self._parser.get_http_version() == "1.0"
        request.keep_alive = self._parser.should_keep_alive()
        if value(request.headers, b"transfer-encoding") is not None:
            request.length = None
        else:
            request.length = int(value(request.headers, b"content-length") or 0)
            if request.length > LARGEST_BODY:
                request.refusal = TOO_LARGE
        self._waiting.append(request)
        if self._more is not None and not self._more.done():
            self._more.set_result(None)

    def on_body(self, data: bytes) -> None:
        if self._receiving is not None:
            self._receiving.take(data)

    def on_message_complete(self) -> None:
        if self._receiving is not None:
            self._receiving.complete = True
            self._receiving.wake()
            self._receiving = None
        if len(self._waiting) > 1:
            self.pause_reading()  # a caller that does not wait for its answers

    # One request after the other

    async def _answer(self) -> None:
        try:
            while not self.closing:
                if not self._waiting:
                    self._deadline = self._deadline if self._in_head else self.loop.time() + IDLE
                    self._more = self.loop.create_future()
                    await self._more
                    self._more = None
                    continue
                request = self._waiting[0]
                self.busy = True
                await self._serve(self, request)
                self.busy = False
                self._waiting.popleft()
                self.resume_reading()
                if not request.complete:
                    self.closing = True
                if not request.keep_alive:
                    self.closing = True
        finally:
            self._end()

    def _end(self) -> None:
        """After the last answer. Closing on a caller that still sends would take the answer away from it again."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if self._receiving is None and not self._paused:
            transport.close()
            return
        self._deaf = True
        if self._paused:
            self._paused = False
            transport.resume_reading()
        if transport.can_write_eof():
            transport.write_eof()
        self.loop.call_later(_LINGER, transport.close)

    def _reject(self, refusal: Refusal) -> None:
        """The request under way cannot be understood or will not be taken; no other one follows."""
        self._deaf = True
        self._in_head = False
        request, self._receiving = self._receiving, None
        if request is not None and request in self._waiting:
            request.refusal = refusal  # its body: whoever reads it answers
            request.wake()
            return
        if self.busy:
            self.closing = True  # an answer to the one before is on its way
            return
        self.closing = True
        self.refuse(refusal, None)
        if self._more is not None and not self._more.done():
            self._more.set_result(None)
