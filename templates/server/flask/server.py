"""The service: loads the model, opens the port, answers. Flask has the routes, gunicorn the threads."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from werkzeug.exceptions import HTTPException

from serving import answers, logs, startup
from serving.batching import Batcher
from serving.contract import Row
from serving.pages import PATHS
from serving.queueing import Answers, Gone
from serving.refusal import (
    DISCARDED,
    Refused,
    broken,
    compressed,
    no_probabilities,
    not_found,
    too_large,
    unpredictable,
    wrong_method,
)
from serving.room import LARGE, Room


def create(service: startup.Service) -> Flask:
    """The Flask application."""
    import routes

    app = Flask(__name__, static_folder=None)
    app.register_blueprint(routes.pages)
    room = service.room()
    predictions = Batcher(service.predict, service.queue())
    probabilities = service.predict_proba and Batcher(service.predict_proba, service.queue())

    def ask(batcher: Batcher | None) -> tuple[Answers, bool]:
        """What the model answers to the request at hand, and whether that had many rows. Raises Refused or Gone."""
        body = read(service.settings.max_body, room)
        try:
            rows, many = service.contract.read(body)
            if batcher is None:
                raise no_probabilities()
            return predicted(batcher, rows), many
        finally:
            if len(body) > LARGE:
                room.give(len(body))

    def respond(answer: Callable[[], bytes]) -> Response:
        """Send an answer, and log what went wrong or took long."""
        began = time.perf_counter()
        status, note = 200, ""
        try:
            body = answer()
        except Refused as refused:
            status, body, note = refused.status, refused.body, refused.note
        except Gone:
            status, body = 499, b""
        seconds = time.perf_counter() - began
        if note or seconds > service.settings.slow_seconds:
            logs.answered(request.method, request.path, status, seconds, request.headers.get, note)
        return Response(body, status, EXTRA.get(status), mimetype="application/json")

    @app.post("/predict")
    def predict() -> Response:
        return respond(lambda: answers.prediction(*ask(predictions)))

    @app.post("/predict_proba")
    def predict_proba() -> Response:
        return respond(lambda: answers.probabilities(*ask(probabilities), service.classes))

    @app.get("/health")
    def health() -> Response:  # the port is open: the model is loaded and has answered
        return Response(b'{"status":"ok"}', mimetype="application/json")

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        """Errors of Flask in the form all of the service's errors have."""
        status = error.code or 500
        if status == 404:
            answer = not_found(request.path, PATHS)
        elif status == 405 and request.path.startswith("/predict"):
            answer = wrong_method(request.method, request.path)
        else:
            answer = Refused(status, error.description or error.name)
        return Response(answer.body, status, EXTRA.get(status), mimetype="application/json")

    @app.errorhandler(Exception)
    def failed(error: Exception) -> Response:
        """An error in a route of routes.py: the log says where, the client learns nothing of it."""
        logs.write("ERROR", f"{request.path} failed", where=logs.place(error))
        return Response(broken().body, 500, mimetype="application/json")

    return app


EXTRA = {405: {"Allow": "POST"}, 413: {"Connection": "close"}, 503: {"Retry-After": "1"}}


def read(limit: int, room: Room) -> bytes:
    """The body of the request at hand, held to the limit whether or not its length is announced.

    More than LARGE bytes are taken from `room`: whoever gets them gives them back. Raises Refused, with nothing taken.
    """
    stream = request.environ["wsgi.input"]
    if (encoding := request.headers.get("Content-Encoding", "identity")) != "identity":
        discard(stream)
        raise compressed(encoding)
    body: bytes = stream.read(min(limit, LARGE) + 1)
    if len(body) > limit:
        discard(stream)
        raise too_large(limit)
    return body if len(body) <= LARGE else read_on(body, stream, limit, room)


def read_on(body: bytes, stream: Any, limit: int, room: Room) -> bytes:
    """A large body, from its beginning."""
    parts, size, taken = [body], len(body), 0
    try:
        while taken < size:
            room.take(size - taken)
            taken = size
            parts.append(stream.read(min(LARGE, limit + 1 - size)))
            size += len(parts[-1])
            if size > limit:
                raise too_large(limit)
        return b"".join(parts)
    except BaseException as error:
        room.give(taken)
        if isinstance(error, Refused):
            discard(stream)
        raise


def discard(stream: Any) -> None:
    """Read on for nothing, so that the sender gets to read the answer."""
    left = DISCARDED
    while left > 0 and (dropped := stream.read(64 * 1024)):
        left -= len(dropped)


def predicted(batcher: Batcher, rows: list[Row]) -> Answers:
    """The model's answers. Raises Refused with what the model says against the rows."""
    client: socket.socket | None = request.environ.get("gunicorn.socket")
    try:
        return batcher.submit(rows, lambda: client is not None and has_left(client))
    except (Refused, Gone):
        raise
    except Exception as error:
        raise unpredictable(error, logs.place(error)) from error


def has_left(client: socket.socket) -> bool:
    """Whether the other side has closed the connection."""
    try:
        return client.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


class JsonLogger(Logger):  # type: ignore[misc]
    """gunicorn's log, through serving/logs.py."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


class Gunicorn(BaseApplication):  # type: ignore[misc]
    """gunicorn, set up from here instead of from a command line."""

    def __init__(self, app: Flask, options: dict[str, Any]) -> None:
        self.app = app
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            if name in self.cfg.settings:  # some are newer than some gunicorns
                self.cfg.set(name, value)

    def load(self) -> Flask:
        return self.app


def main() -> None:
    """Load the model, then serve until told to stop."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(0))  # nothing to finish yet; gunicorn sets its own
    # gunicorn serves from a forked process, where OpenMP's threads of this one would be missing: none are started here.
    threads = os.environ.get("OMP_NUM_THREADS", "1")
    os.environ["OMP_NUM_THREADS"] = "1"
    service = startup.start()

    def in_the_worker(_: Any) -> None:
        from threadpoolctl import threadpool_limits

        threadpool_limits(int(threads), "openmp")

    options = {
        "bind": f"{os.environ.get('HOST', '0.0.0.0')}:{os.environ.get('PORT', '8080')}",
        "worker_class": "gthread",
        "workers": 1,
        "threads": service.settings.threads,
        "keepalive": 620,  # longer than the proxies in front keep a connection, so that they close it
        "graceful_timeout": 8,  # Cloud Run kills after 10
        "logger_class": JsonLogger,
        "loglevel": "warning",
        "control_socket_disable": True,
        "worker_tmp_dir": "/dev/shm" if Path("/dev/shm").is_dir() else None,
        "post_worker_init": in_the_worker if threads != "1" else lambda _: None,
    }
    Gunicorn(create(service), options).run()


if __name__ == "__main__":
    main()
