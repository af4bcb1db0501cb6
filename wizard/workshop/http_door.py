"""The workshop's HTTP door: what it is and where, tokens in the metadata server's protocol, faults, images.

It answers this account's programs on this machine only: web pages in its browser are refused by their Host and Origin
headers, other accounts by the system's table of connections.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from wizard.errors import SendoffError
from wizard.workshop import metadata
from wizard.workshop.faults import Fault, Faults
from wizard.workshop.loopback_only import is_loopback_host, is_own_origin
from wizard.workshop.same_account import is_same_account
from wizard.workshop.tokens import Authority

_LARGEST_BODY = 1 << 20
_SILENCE = 30.0
"""Seconds a connection may say nothing."""


@dataclass(frozen=True, slots=True)
class Description:
    """What `GET /` answers: how the product finds the rest."""

    grpc: str
    """Address of the Admin API, "127.0.0.1:PORT"."""
    registry: str
    """Address of the registry behind the repositories; "" where there is none."""
    project: str
    region: str
    runtime: str
    project_number: str
    sendoff_workshop: int = 1
    """Version of this answer."""


class HttpDoor:
    """Serves from a thread of its own between `start` and `close`."""

    def __init__(
        self, authority: Authority, faults: Faults, register: Callable[[Mapping[str, Any]], None] | None = None
    ) -> None:
        """`register` takes what `POST /images` is sent; None where the runtime needs no such thing."""
        self.authority = authority
        self.faults = faults
        self.register = register
        self.description: Description | None = None
        self._server: _Server | None = None

    def bind(self, port: int) -> int:
        """Take the port (0: a free one); returns it. Raises OSError where it is not free."""
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.door = self
        return int(self._server.server_address[1])

    def start(self, description: Description) -> None:
        """Answer from now on."""
        assert self._server is not None, "bind first"
        self.description = description
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="workshop-http", daemon=True).start()

    def close(self) -> None:
        """Answer no more, and give the port back. A second call does nothing."""
        if self._server is not None:
            if self.description is not None:
                self._server.shutdown()
            self._server.server_close()
            self._server = None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a client that keeps its connection open must not hold up the end
    request_queue_size = 128
    door: HttpDoor


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Sendoff-Workshop"
    sys_version = ""
    timeout = _SILENCE
    server: _Server

    def do_GET(self) -> None:
        if not self._from_this_machine():
            return
        door, path = self.server.door, self.path.partition("?")[0]
        if path == "/" and door.description is not None:
            self._json(200, asdict(door.description))
        elif path == "/health":
            self._json(200, {"ok": True})
        elif path == "/faults":
            known = {fault.value: fault.about for fault in Fault}
            self._json(200, {"known": known, "planted": [asdict(fault) for fault in door.faults.planted()]})
        elif path.startswith("/computeMetadata/") and door.description is not None:
            answer = metadata.answer(self.path, self.headers, door.description, door.authority)
            self._send(answer.status, answer.body.encode(), answer.content_type)
        else:
            self._refuse(404, f"There is nothing at {path}.")

    def do_POST(self) -> None:
        body = self._body()
        if body is None:
            return
        door = self.server.door
        try:
            if self.path == "/faults":
                count = body.pop("count", 1)
                if not isinstance(count, int) or count < 1:
                    raise SendoffError("count is a whole number from 1 on.")
                door.faults.plant(str(body.pop("fault", "")), count, **body)
            elif self.path == "/images" and door.register is not None:
                door.register(body)
            else:
                self._refuse(404, f"There is nothing at {self.path}.")
                return
        except SendoffError as error:
            self._json(400, {"ok": False, "error": error.as_dict()})
            return
        self._json(200, {"ok": True})

    def do_DELETE(self) -> None:
        if not self._from_this_machine():
            return
        if self.path != "/faults":
            self._refuse(404, f"There is nothing at {self.path}.")
            return
        self.server.door.faults.clear()
        self._json(200, {"ok": True})

    def _from_this_machine(self) -> bool:
        host = self.headers.get("Host", "")
        origin = self.headers.get("Origin")
        if not is_same_account(self.client_address[1], self.server.server_port):
            self._refuse(403, "This local Cloud Run belongs to another account of this machine.")
            return False
        if not is_loopback_host(host):
            self._refuse(403, "The local Cloud Run answers to 127.0.0.1 and localhost only.")
            return False
        foreign = self.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin")
        if foreign or (origin is not None and not is_own_origin(origin, host)):
            self._refuse(403, "The local Cloud Run answers programs, not web pages.")
            return False
        return True

    def _body(self) -> dict[str, Any] | None:
        """The JSON object of a POST; None where the request was answered with a refusal already."""
        if not self._from_this_machine():
            return None
        # A page cannot send this type to another origin without asking first, and the question is refused.
        if self.headers.get("Content-Type", "").partition(";")[0].strip() != "application/json":
            self._refuse(415, "Send JSON, with the header Content-Type: application/json.")
            return None
        length = self.headers.get("Content-Length", "")
        unclear = "Transfer-Encoding" in self.headers or re.fullmatch(r"[0-9]{1,9}", length) is None
        if unclear or int(length) > _LARGEST_BODY:
            self._refuse(413, f"Send up to {_LARGEST_BODY} bytes, with their number in Content-Length.")
            return None
        try:
            body = json.loads(self.rfile.read(int(length)))
        except ValueError:
            body = None
        if not isinstance(body, dict):
            self._refuse(400, "What was sent is no JSON object.")
            return None
        return body

    def _refuse(self, status: int, why: str) -> None:
        self.close_connection = True  # what the client still sends is not read
        self._json(status, {"ok": False, "error": {"what": why}})

    def _json(self, status: int, answer: Mapping[str, Any]) -> None:
        self._send(status, json.dumps(answer).encode() + b"\n", "application/json")

    def _send(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Metadata-Flavor", "Google")
        self.send_header("Cache-Control", "no-store")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the library's name)
        """Nothing: addresses asked for can hold what nobody else should read."""
