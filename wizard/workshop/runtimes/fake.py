"""Revisions without containers, for unit tests: up in no time, and answered by this process."""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, TypeVar

from wizard.workshop.container_faults import COURSES, IMAGE_FAULTS, take_course
from wizard.workshop.runtime import Backend, Failure, Instance, StartError

Predict = Callable[[str, bytes], bytes]
"""(revision's full name, body of the request) → JSON."""

T = TypeVar("T")

START: Final = 0.02
"""Seconds a start takes."""


@dataclass(frozen=True, slots=True)
class _Served:
    backend: Backend
    server: asyncio.Server
    connections: set[asyncio.StreamWriter]


class FakeRuntime:
    """Stands behind the same interface as the others and says so by its name.

    Each revision has a port of its own, all served by one thread: GET answers 200 with the revision's name, POST what
    `predict` makes of the body. An image named like a fault inside a container, e.g. `…/not-listening:1`, fails that way.
    """

    name = "fake"

    def __init__(self, predict: Predict | None = None, *, start: float = START) -> None:
        self._predict = predict
        self._start = start
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._running: dict[str, _Served] = {}
        self.happened: list[tuple[str, str]] = []
        """("start" or "stop", revision's full name), in order."""
        self.environments: dict[str, Mapping[str, str]] = {}
        """What each revision was started with."""

    def resolve(self, image: str) -> str:
        for fault, failure in IMAGE_FAULTS.items():
            if _name(image) == fault:
                raise StartError(failure)
        if "@sha256:" in image:
            return image
        return f"{_without_tag(image)}@sha256:{hashlib.sha256(image.encode()).hexdigest()}"

    def start(self, instance: Instance, log: Callable[[str], None], cancelled: Callable[[], bool]) -> Backend:
        with self._lock:
            if instance.revision in self._running:
                return self._running[instance.revision].backend
        deadline = time.monotonic() + self._start
        while (left := deadline - time.monotonic()) > 0:
            if cancelled():
                raise StartError(Failure.NOT_LISTENING, "CANCELLED")
            time.sleep(min(left, 0.05))
        for fault, course in COURSES.items():
            if _name(instance.image) == fault:
                take_course(course, instance, log)
        log(f"INFO:     Uvicorn running on http://0.0.0.0:{instance.port} (Press CTRL+C to quit)")
        served = self._call(self._serve(instance.revision))
        with self._lock:
            self._running[instance.revision] = served
            self.happened.append(("start", instance.revision))
            self.environments[instance.revision] = dict(instance.env)
        return served.backend

    def stop(self, revision: str, grace: float) -> None:  # noqa: ARG002  (nothing here takes time to end)
        with self._lock:
            served = self._running.pop(revision, None)
            if served is not None:
                self.happened.append(("stop", revision))
        if served is not None:
            self._call(_end(served))

    def close(self, *, stop_all: bool) -> None:  # noqa: ARG002  (see below)
        """There is nothing that could go on running without this process, so `stop_all` makes no difference."""
        for revision in list(self._running):
            self.stop(revision, 0)
        if self._loop is not None:
            self._call(_end_tasks())
        with self._lock:
            loop, self._loop = self._loop, None
            thread = self._thread
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(5)
            loop.close()

    def running(self) -> frozenset[str]:
        """Full names of the revisions that run."""
        with self._lock:
            return frozenset(self._running)

    async def _serve(self, revision: str) -> _Served:
        connections: set[asyncio.StreamWriter] = set()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connections.add(writer)
            try:
                with suppress(
                    asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, asyncio.CancelledError
                ):
                    while True:
                        await self._answer(revision, reader, writer)
            finally:
                connections.discard(writer)
                writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        return _Served(Backend("127.0.0.1", server.sockets[0].getsockname()[1], revision), server, connections)

    async def _answer(self, revision: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request of a connection that is kept open."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ", 2)
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        body = await _body(headers, reader)
        short = revision.rpartition("/")[2]
        if method == "POST" and self._predict is not None:
            answer = await asyncio.to_thread(self._predict, revision, body)
        else:
            answer = json.dumps({"status": "ok", "revision": short, "path": path}).encode()
        writer.write(
            f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(answer)}\r\n"
            f"x-revision: {short}\r\n\r\n".encode()
            + (b"" if method == "HEAD" else answer)
        )
        await writer.drain()

    def _call(self, coroutine: Coroutine[None, None, T]) -> T:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="workshop-fake", daemon=True)
                self._thread.start()
            loop = self._loop
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(timeout=30)


async def _body(headers: Mapping[str, str], reader: asyncio.StreamReader) -> bytes:
    if headers.get("transfer-encoding", "").lower() != "chunked":
        return await reader.readexactly(int(headers.get("content-length", "0")))
    body = b""
    while size := int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readuntil(b"\r\n")
    return body


async def _end(served: _Served) -> None:
    """Close its port and its connections, as a container that ends does."""
    served.server.close()
    for connection in list(served.connections):
        connection.close()
    with suppress(TimeoutError):
        async with asyncio.timeout(1):
            while served.connections:
                await asyncio.sleep(0.001)


async def _end_tasks() -> None:
    """End what still answers: a connection that was just taken, a `predict` that takes its time."""
    await asyncio.sleep(0)  # each has begun, and so sees that it is ended
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)


def _without_tag(image: str) -> str:
    path, _, name = image.partition("@")[0].rpartition("/")
    return f"{path}/{name.partition(':')[0]}" if path else name.partition(":")[0]


def _name(image: str) -> str:
    return _without_tag(image).rpartition("/")[2]
