"""A stand-in for engines that cannot be had here: too old, of another kind, or dying at a chosen moment.

It speaks just enough of the Docker API over a unix socket; what it says is given by the test.
"""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

VERSION = {"Version": "24.0.7", "ApiVersion": "1.43", "MinAPIVersion": "1.12", "Os": "linux", "Arch": "amd64"}
INFO = {"OperatingSystem": "Fake", "NCPU": 2, "MemTotal": 2**30, "Driver": "overlay2", "CgroupVersion": "2"}

Handler = Callable[[BaseHTTPRequestHandler], None]


def answer(body: object, status: int = 200) -> Handler:
    """A handler that gives that JSON."""

    def give(request: BaseHTTPRequestHandler) -> None:
        data = json.dumps(body).encode()
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data)

    return give


def read_context(request: BaseHTTPRequestHandler) -> None:
    """Take the whole chunked body of a build."""
    while size := int(request.rfile.readline(), 16):
        request.rfile.read(size + 2)
    request.rfile.readline()


def build_messages(*messages: dict[str, Any], finish: bool = True) -> Handler:
    """A build that says those messages; without `finish` the connection breaks after them."""

    def give(request: BaseHTTPRequestHandler) -> None:
        read_context(request)
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        for message in messages:
            data = json.dumps(message).encode() + b"\r\n"
            request.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        if finish:
            request.wfile.write(b"0\r\n\r\n")
        request.close_connection = True

    return give


@contextmanager
def fake_engine(socket: Path, **handlers: Handler) -> Iterator[dict[str, str]]:
    """The environment that leads to the engine. A handler is named for the last part of the path it serves."""
    known: dict[str, Handler] = {"version": answer(VERSION), "info": answer(INFO), "json": answer([]), **handlers}

    class Request(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            name = self.path.partition("?")[0].rpartition("/")[2]
            known.get(name, answer({"message": "page not found"}, 404))(self)

        do_POST = do_GET

        def address_string(self) -> str:
            return "unix"

        def log_message(self, *_: Any) -> None: ...

    class Server(socketserver.ThreadingUnixStreamServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None: ...  # a client that hangs up is the point of some tests

    server = Server(str(socket), Request)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield {"DOCKER_HOST": f"unix://{socket}"}
    finally:
        server.shutdown()
        server.server_close()
