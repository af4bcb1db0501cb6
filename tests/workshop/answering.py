"""Containers for the gateway's tests: real HTTP servers in a thread, whose misbehaviour a test chooses."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from wizard.workshop.runtime import Backend


@dataclass
class Asked:
    """A request as the container got it."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


Answer = Callable[["Container", Asked, asyncio.StreamWriter], Awaitable[None]]


def plain(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


async def say_name(container: Container, asked: Asked, writer: asyncio.StreamWriter) -> None:
    writer.write(plain(container.name.encode()))


@dataclass
class Container:
    """One server. `answer` writes what a request gets; `keep` is how many requests a connection serves."""

    name: str
    answer: Answer = say_name
    keep: int = 1 << 30
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    gate: threading.Event = field(default_factory=threading.Event)
    """For answers that wait until the test lets them go on."""
    begun: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        self.port: int = self._server.sockets[0].getsockname()[1]

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=1 << 26, backlog=1024)

    @property
    def backend(self) -> Backend:
        return Backend("127.0.0.1", self.port, self.name)

    async def passed_gate(self) -> None:
        self.begun.set()
        while not self.gate.is_set():
            await asyncio.sleep(0.005)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            for _ in range(self.keep):
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                headers = dict(line.lower().split(": ", 1)[:1] + line.split(": ", 1)[1:] for line in head[1:] if line)
                body = await self._body(reader, headers)
                method, target, _ = head[0].split(" ")
                asked = Asked(method, target, headers, body)
                self.asked.append(asked)
                await self.answer(self, asked, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _body(self, reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding") == "chunked":
            body = b""
            while size := int(await reader.readline(), 16):
                body += await reader.readexactly(size)
                await reader.readline()
            await reader.readline()
            return body
        return await reader.readexactly(int(headers.get("content-length", "0")))

    def close(self) -> None:
        """Listen no more, and end every connection."""

        async def end() -> None:
            self._server.close()
            for task in asyncio.all_tasks():
                if task is not asyncio.current_task():
                    task.cancel()
            await asyncio.sleep(0)

        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(end(), self._loop).result(10)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
