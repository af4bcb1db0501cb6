"""The service: loads the model, opens the port, answers.

Predictions take the short way: plain ASGI, answered here. All other paths go to the FastAPI app in routes.py, which is
imported when the first of them is asked for: it takes half a second and 17 MB that no prediction should wait for.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import signal
import time
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import uvicorn

from serving import answers, logs, startup
from serving.batching import Batcher
from serving.contract import Row
from serving.queueing import Answers, Gone
from serving.refusal import (
    DISCARDED,
    Refused,
    broken,
    compressed,
    no_probabilities,
    too_large,
    unpredictable,
    wrong_method,
)
from serving.room import LARGE, Room

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

JSON = (b"content-type", b"application/json")
EXTRA = {405: [(b"allow", b"POST")], 413: [(b"connection", b"close")], 503: [(b"retry-after", b"1")]}


class Server:
    """The ASGI application."""

    def __init__(self, service: startup.Service) -> None:
        self.settings = service.settings
        self.contract = service.contract
        self.classes = service.classes
        self.room = service.room()
        thread = ThreadPoolExecutor(1)
        self.predictions = Batcher(service.predict, service.queue(), service.inline_rows, thread)
        self.probabilities = service.predict_proba and Batcher(
            service.predict_proba, service.queue(), service.inline_rows, thread
        )
        self.routes: Any = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path")
        if path == "/predict" or path == "/predict_proba":
            await self.predict(scope, receive, send)
        elif path == "/health":  # the port is open: the model is loaded and has answered
            await respond(send, 200, b'{"status":"ok"}')
        else:
            await self.others(scope, receive, send)

    async def others(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request to routes.py."""
        try:
            if self.routes is None:
                self.routes = await asyncio.to_thread(importlib.import_module, "routes")
        except Exception as error:
            logs.write(
                "ERROR", f"routes.py cannot be imported: {type(error).__name__}: {error}", where=logs.place(error)
            )
            await respond(send, 500, broken().body)
            return
        try:
            await self.routes.app(scope, receive, send)
        except Exception as error:  # FastAPI has answered, and raises it once more
            logs.write("ERROR", f"{scope['path']} failed", where=logs.place(error))

    async def predict(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and log what went wrong or took long."""
        began = time.perf_counter()
        status, note = 200, ""
        try:
            body = await self.answer(scope, receive)
        except Gone:
            return
        except Refused as refused:
            status, body, note = refused.status, refused.body, refused.note
        except Exception as error:
            failed = broken(logs.place(error))
            status, body, note = failed.status, failed.body, failed.note
        await respond(send, status, body)
        seconds = time.perf_counter() - began
        if note or seconds > self.settings.slow_seconds:
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
            logs.answered(scope["method"], scope["path"], status, seconds, headers.get, note)

    async def answer(self, scope: Scope, receive: Receive) -> bytes:
        """The body of the answer. Raises Refused or Gone."""
        if scope["method"] != "POST":
            raise wrong_method(scope["method"], scope["path"])
        body = await read(scope["headers"], receive, self.settings.max_body, self.room)
        try:
            if len(body) > LARGE:  # parsing takes long enough for others to notice
                rows, many = await asyncio.to_thread(self.contract.read, body)
            else:
                rows, many = self.contract.read(body)
            if scope["path"] == "/predict":
                return answers.prediction(await self.ask(self.predictions, rows, receive), many)
            if self.probabilities is None:
                raise no_probabilities()
            return answers.probabilities(await self.ask(self.probabilities, rows, receive), many, self.classes)
        finally:
            if len(body) > LARGE:
                self.room.give(len(body))

    async def ask(self, batcher: Batcher, rows: list[Row], receive: Receive) -> Answers:
        """What the model answers. Raises Refused with what it says against the rows."""
        try:
            if batcher.is_free_for(rows):
                return batcher.predict_now(rows)
            pending = batcher.submit(rows)
            return await (pending if batcher.inline_rows else unless_gone(pending, receive))
        except (Refused, Gone):
            raise
        except Exception as error:
            raise unpredictable(error, logs.place(error)) from error


async def unless_gone(future: asyncio.Future[Answers], receive: Receive) -> Answers:
    """The answers of a model slow enough for clients to give up meanwhile: their rows then leave the queue."""
    leaving = asyncio.ensure_future(receive())  # after the body, all there is to receive is the end
    await asyncio.wait((future, leaving), return_when=asyncio.FIRST_COMPLETED)
    leaving.cancel()
    if not future.done():
        future.cancel()
        raise Gone
    return future.result()


async def read(headers: list[tuple[bytes, bytes]], receive: Receive, limit: int, room: Room) -> bytes:
    """The body of a request, held to the limit whether or not its length is announced.

    More than LARGE bytes are taken from `room`: whoever gets them gives them back. Raises Refused or Gone, with nothing
    taken.
    """
    named = dict(headers)
    if named.get(b"expect") and int(named.get(b"content-length", 0)) > limit:
        raise too_large(limit)  # before the client sends it
    message = await receive()
    body: bytes = message.get("body", b"")
    if named.get(b"content-encoding", b"identity") != b"identity":
        raise compressed(named[b"content-encoding"].decode("latin-1"))
    if message.get("more_body") or len(body) > LARGE:
        return await read_on(message, receive, limit, room)
    if message["type"] == "http.disconnect":
        raise Gone
    if len(body) > limit:
        raise too_large(limit)
    return body


async def read_on(message: MutableMapping[str, Any], receive: Receive, limit: int, room: Room) -> bytes:
    """A body in several parts, from its first."""
    parts: list[bytes] = []
    size = taken = 0
    try:
        while True:
            size += len(message.get("body", b""))
            if size <= limit:
                parts.append(message.get("body", b""))
                if size > LARGE:
                    room.take(size - taken)
                    taken = size
            if not message.get("more_body") or size >= limit + DISCARDED:
                break
            message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        if size > limit:
            raise too_large(limit)
        return b"".join(parts)
    except BaseException:
        room.give(taken)
        raise


async def respond(send: Send, status: int, body: bytes) -> None:
    """Send a JSON answer."""
    headers = [JSON, (b"content-length", b"%d" % len(body)), *EXTRA.get(status, ())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def main() -> None:
    """Load the model, then serve until told to stop."""
    # uvicorn repeats the signal that stopped it, when all requests are answered; before, there is nothing to finish.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(0))
    uvicorn.run(
        Server(startup.start()),
        host=os.environ.get("HOST", "0.0.0.0"),
        port=int(os.environ.get("PORT", "8080")),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=620,  # longer than the proxies in front keep a connection, so that they close it
        timeout_graceful_shutdown=8,  # Cloud Run kills after 10
    )


if __name__ == "__main__":
    main()
