"""One request to a container and its answer back to the caller."""

from __future__ import annotations

import asyncio
import contextlib

from wizard.workshop.gateway_backend import BackendConnection, BackendLostError, Pool, has_no_body
from wizard.workshop.gateway_front import Front
from wizard.workshop.gateway_headers import Headers, for_caller, value
from wizard.workshop.gateway_refusals import ANSWER_TOO_LARGE, BROKEN, RefusedError
from wizard.workshop.gateway_request import Request
from wizard.workshop.runtime import Backend

_SMALL = 1 << 20
"""Bytes of a body up to which it is gathered before it is sent on: a request that is all here can be sent again."""
_LARGEST_ANSWER = 32 << 20
"""Bytes of an answer that says its length; see Cloud Run's quotas."""
_IDEMPOTENT = frozenset({b"GET", b"HEAD", b"PUT", b"DELETE", b"OPTIONS", b"TRACE"})
_CROSSED = 0.5
"""Seconds within which a kept connection that ends unanswered was being given up while the request was on its way: the
container has not begun with it. Later it may have, and only what may be done twice is sent again."""


class Exchange:
    """Hands a request on. `began` tells whether the caller has been sent any of the answer."""

    def __init__(self, front: Front, request: Request, pool: Pool) -> None:
        self.began = False
        self._front = front
        self._request = request
        self._pool = pool

    async def run(self, backend: Backend, headers: Headers, extra: Headers) -> None:
        """Send, and write the answer with the headers `extra` to the caller.

        Raises RefusedError where nothing has been answered yet, and BackendLostError where the answer broke off.
        """
        request = self._request
        if request.refusal is not None:
            raise RefusedError(request.refusal)
        if request.complete or (request.length is not None and request.length <= _SMALL):
            connection = await self._ask_whole(backend, headers)
            pump = None
        else:
            connection = await self._connect(backend, fresh=True)
            pump = asyncio.create_task(self._pump(connection, headers))
        try:
            await self._await_head(connection, pump)
            await self._answer(connection, extra)
        except BaseException:
            connection.close()
            raise
        finally:
            if pump is not None:
                pump.cancel()
                with contextlib.suppress(asyncio.CancelledError, BackendLostError, RefusedError):
                    await pump
        if request.complete:
            self._pool.give(backend, connection)
        else:
            connection.close()  # it was answered before it was all sent

    async def _connect(self, backend: Backend, *, fresh: bool) -> BackendConnection:
        try:
            return await self._pool.take(backend, fresh=fresh)
        except OSError:
            raise RefusedError(BROKEN) from None

    async def _ask_whole(self, backend: Backend, headers: Headers) -> BackendConnection:
        """Send a request that is wholly here; again where a kept connection turns out to have been given up."""
        request = self._request
        body = await request.body()
        framing = (
            [(b"content-length", b"%d" % len(body))] if body or request.method in (b"POST", b"PUT", b"PATCH") else []
        )
        data = _request_head(request, headers + framing) + body
        loop = self._front.loop
        fresh = False
        while True:
            connection = await self._connect(backend, fresh=fresh)
            sent = loop.time()
            try:
                connection.send_head(data, head_only=request.method == b"HEAD")
                await connection.head()
            except BackendLostError as lost:
                connection.close()
                harmless = request.method in _IDEMPOTENT or loop.time() - sent < _CROSSED
                if lost.answered or not connection.used_before or not harmless:
                    raise RefusedError(BROKEN) from None
                fresh = True
                continue
            except BaseException:
                connection.close()
                raise
            return connection

    async def _pump(self, connection: BackendConnection, headers: Headers) -> None:
        """Send a large request, piece by piece, no faster than the container takes it."""
        request = self._request
        chunked = request.length is None
        framing = (b"transfer-encoding", b"chunked") if chunked else (b"content-length", b"%d" % (request.length or 0))
        connection.send_head(_request_head(request, [*headers, framing]), head_only=request.method == b"HEAD")
        while piece := await request.chunk():
            connection.send(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
            await connection.drain()
        if chunked:
            connection.send(b"0\r\n\r\n")

    async def _await_head(self, connection: BackendConnection, pump: asyncio.Task[None] | None) -> None:
        """Until the answer begins. A container may answer before it has taken all of a request."""
        if pump is None:
            return  # it has begun
        head = asyncio.create_task(connection.head())
        try:
            await asyncio.wait((head, pump), return_when=asyncio.FIRST_COMPLETED)
            if not head.done() and isinstance(refused := pump.exception(), RefusedError):
                raise refused
            await head
        except BackendLostError:
            raise RefusedError(BROKEN) from None
        finally:
            head.cancel()

    async def _answer(self, connection: BackendConnection, extra: Headers) -> None:
        front, request = self._front, self._request
        headers = for_caller(connection.headers) + extra
        length = value(connection.headers, b"content-length")
        if length is not None and length.isdigit() and int(length) > _LARGEST_ANSWER and request.method != b"HEAD":
            raise RefusedError(ANSWER_TOO_LARGE)
        empty = has_no_body(connection.status, request.method)
        chunked = False
        if empty and request.method != b"HEAD":
            pass
        elif length is not None:
            headers.append((b"content-length", length))
        elif request.method != b"HEAD":
            if connection.complete:
                headers.append((b"content-length", b"%d" % connection.held))
            elif request.old:
                request.keep_alive = False  # its end is the connection's end
            else:
                chunked = True
                headers.append((b"transfer-encoding", b"chunked"))
        if not request.keep_alive or not request.complete:
            headers.append((b"connection", b"close"))
        elif request.old:
            headers.append((b"connection", b"keep-alive"))
        self.began = True
        head = _answer_head(connection.status, connection.reason, headers)
        if connection.complete and not chunked:
            front.write(head + (b"" if empty else connection.buffered()))
            return
        front.write(head)
        while piece := await connection.chunk():
            front.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
            await front.drain()
        if chunked:
            front.write(b"0\r\n\r\n")


def _request_head(request: Request, headers: Headers) -> bytes:
    lines = [b"%b %b HTTP/1.1" % (request.method, request.target)]
    lines += [b"%b: %b" % header for header in headers]
    return b"\r\n".join([*lines, b"", b""])


def _answer_head(status: int, reason: bytes, headers: Headers) -> bytes:
    lines = [b"HTTP/1.1 %d %b" % (status, reason)]
    lines += [b"%b: %b" % header for header in headers]
    return b"\r\n".join([*lines, b"", b""])
