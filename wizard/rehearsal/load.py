"""Latency and throughput of single-row requests, without the client being the bottleneck.

One thread, one selector, requests encoded beforehand, answers only skimmed: some ten microseconds of client time a
request, where an asyncio HTTP client takes a millisecond.
"""

from __future__ import annotations

import re
import selectors
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from wizard.rehearsal.connection import Address, NoAnswerError, request_bytes
from wizard.rehearsal.report import Latency

_LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.I)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:\s*chunked", re.I)


@dataclass(slots=True, eq=False)
class _Caller:
    """One connection with one request under way."""

    socket: socket.socket
    received: bytearray = field(default_factory=bytearray)
    sent: float = 0.0


def measure(
    address: Address,
    path: str,
    bodies: Sequence[bytes],
    concurrency: int,
    *,
    requests: int = 20_000,
    seconds: float = 3.0,
    check: Callable[[], None] = lambda: None,
) -> Latency:
    """Keep `concurrency` requests under way, each on its own connection, until `requests` or `seconds` are used up.

    `check` is called about ten times a second and may raise to stop. Raises NoAnswerError where not one connection can be had.
    """
    prepared = [request_bytes(path, body, address) for body in bodies]
    times: list[float] = []
    failed = 0
    sent = 0
    clock = time.perf_counter
    selector = selectors.DefaultSelector()
    callers: set[_Caller] = set()

    def send(caller: _Caller) -> None:
        nonlocal sent
        caller.received.clear()
        caller.sent = clock()
        caller.socket.sendall(prepared[sent % len(prepared)])
        sent += 1

    def drop(caller: _Caller) -> None:
        nonlocal failed
        failed += 1
        selector.unregister(caller.socket)
        caller.socket.close()
        callers.discard(caller)

    try:
        for _ in range(concurrency):
            caller = _Caller(_connect(address))
            callers.add(caller)
            selector.register(caller.socket, selectors.EVENT_READ, caller)
        started = clock()
        end = started + seconds
        next_check = started
        for caller in tuple(callers):
            send(caller)
        while callers:
            now = clock()
            if now >= next_check:
                check()
                next_check = now + 0.1
            if now > end + 10:  # What is still missing by then is as good as lost.
                failed += len(callers)
                break
            for key, _ in selector.select(0.1):
                caller = key.data
                try:
                    data = caller.socket.recv(65536)
                except OSError:
                    data = b""
                if not data:
                    drop(caller)
                    continue
                caller.received += data
                if not _whole(caller.received):
                    continue
                now = clock()
                times.append(now - caller.sent)
                failed += not caller.received.startswith(b"HTTP/1.1 200")
                if now < end and sent < requests:
                    try:
                        send(caller)
                    except OSError:
                        drop(caller)
                else:
                    selector.unregister(caller.socket)
                    caller.socket.close()
                    callers.discard(caller)
        elapsed = clock() - started
    finally:
        for caller in callers:
            caller.socket.close()
        selector.close()
    times.sort()
    return Latency(
        concurrency=concurrency,
        requests=len(times),
        p50=_percentile(times, 0.50) * 1000,
        p95=_percentile(times, 0.95) * 1000,
        p99=_percentile(times, 0.99) * 1000,
        per_second=len(times) / elapsed if elapsed else 0.0,
        failed=failed,
    )


def _connect(address: Address) -> socket.socket:
    try:
        sock = socket.create_connection((address.host, address.port), 10)
    except OSError as error:
        raise NoAnswerError(str(error)) from None
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def _whole(data: bytearray) -> bool:
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return False
    head = bytes(data[: end + 2])
    if match := _LENGTH.search(head):
        return len(data) >= end + 4 + int(match[1])
    return not _CHUNKED.search(head) or data.endswith(b"0\r\n\r\n")


def _percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all do not exceed; 0 where there is none."""
    if not ordered:
        return 0.0
    return ordered[min(len(ordered) - 1, max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1))]
