"""One kept-alive HTTP/1.1 connection to the service under rehearsal.

Small on purpose: a rehearsal needs to send broken bodies, to hold a request half sent while the service is told to stop,
and to ask by the container's own address whatever proxy the environment names.
"""

from __future__ import annotations

import json
import select
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import Any


class NoAnswerError(Exception):
    """The service did not answer: refused, closed the connection, or stayed silent. The text says which."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the service listens, as the prober reaches it."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Answer:
    """One response. `seconds` is the round trip."""

    status: int
    headers: Mapping[str, str]
    """Names in small letters."""
    body: bytes
    seconds: float

    def json(self) -> Any:
        """The body as JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def __str__(self) -> str:
        """Status and the start of the body, as evidence."""
        text = self.body[:300].decode(errors="replace").strip()
        return f"{self.status} {text}{'…' if len(self.body) > 300 else ''}"


class Connection:
    """Ask, ask again; opens itself when first used and anew when the service has closed it. Not thread-safe."""

    def __init__(self, address: Address, timeout: float = 30.0, connecting: float = 10.0) -> None:
        """`timeout`: most seconds without a byte of an answer; `connecting`: most seconds until a connection stands."""
        self._address = address
        self._timeout = timeout
        self._connecting = min(connecting, timeout)
        self._socket: socket.socket | None = None

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close; a later question opens it again. Safe from another thread: a question under way ends in NoAnswerError."""
        if (sock := self._socket) is not None:
            self._socket = None
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            sock.close()

    def get(self, path: str) -> Answer:
        return self.ask("GET", path)

    def post(self, path: str, body: Any) -> Answer:
        """POST `body` as JSON, or as it is where it is bytes."""
        return self.ask("POST", path, body if isinstance(body, bytes) else encode(body))

    def ask(self, method: str, path: str, body: bytes | None = None) -> Answer:
        """One round trip. Raises NoAnswerError."""
        started = time.perf_counter()
        sock, fresh = self._open()
        try:
            return self._round_trip(sock, method, path, body, started)
        except NoAnswerError:
            if fresh:
                raise
        # The service may close an idle connection at any time; the question never reached it, so it is put once more.
        sock, _ = self._open()
        return self._round_trip(sock, method, path, body, started)

    def begin(self, path: str, length: int, patience: float = 2.0) -> bool:
        """Send only the head of a POST whose body of `length` bytes follows with `finish`.

        True where the service said "100 Continue": the request is surely in its hands. Raises NoAnswerError.
        """
        sock, _ = self._open()
        head = _head("POST", path, self._address, length, "Expect: 100-continue\r\n")
        try:
            sock.sendall(head)
            ready, _, _ = select.select([sock], [], [], patience)
            return bool(ready) and sock.recv(64, socket.MSG_PEEK).startswith(b"HTTP/1.1 100")
        except OSError as error:
            self.close()
            raise NoAnswerError(_reason(error)) from None

    def finish(self, body: bytes) -> Answer:
        """Send the body announced with `begin` and read the answer. Raises NoAnswerError."""
        started = time.perf_counter()
        if self._socket is None:
            raise NoAnswerError("the connection was closed")
        return self._read(self._socket, "POST", body, started)

    def _open(self) -> tuple[socket.socket, bool]:
        if self._socket is not None:
            readable, _, _ = select.select([self._socket], [], [], 0)
            if not readable:  # An idle connection has nothing to read: if it has, that is its end.
                return self._socket, False
            self.close()
        try:
            sock = socket.create_connection((self._address.host, self._address.port), self._connecting)
        except OSError as error:
            raise NoAnswerError(_reason(error)) from None
        sock.settimeout(self._timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = sock
        return sock, True

    def _round_trip(self, sock: socket.socket, method: str, path: str, body: bytes | None, started: float) -> Answer:
        head = _head(method, path, self._address, None if body is None else len(body))
        return self._read(sock, method, head + (body or b""), started)

    def _read(self, sock: socket.socket, method: str, data: bytes, started: float) -> Answer:
        broken: OSError | None = None
        try:
            sock.sendall(data)
        except OSError as error:
            # A service may refuse a large body before it has read it all: its answer can still be there.
            broken = error
        response = HTTPResponse(sock, method=method)
        try:
            response.begin()
            content = response.read()
        except (OSError, HTTPException) as error:
            self.close()
            raise NoAnswerError(_reason(broken or error)) from None
        if response.will_close or broken:
            self.close()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, content, time.perf_counter() - started)


def encode(value: Any) -> bytes:
    """JSON as the service reads it. NaN and Infinity are written as Python's json writes them: not valid JSON."""
    return json.dumps(value, separators=(",", ":")).encode()


def request_bytes(path: str, body: bytes, address: Address) -> bytes:
    """A whole kept-alive POST, ready to be sent many times."""
    return _head("POST", path, address, len(body)) + body


def _head(method: str, path: str, address: Address, length: int | None, more: str = "") -> bytes:
    content = "" if length is None else f"Content-Type: application/json\r\nContent-Length: {length}\r\n"
    return f"{method} {path} HTTP/1.1\r\nHost: {address}\r\n{content}{more}\r\n".encode()


def _reason(error: Exception) -> str:
    match error:
        case ConnectionRefusedError():
            return "the connection was refused"
        case TimeoutError():
            return "no answer in time"
        case ConnectionResetError() | BrokenPipeError():
            return "the connection was reset"
        case HTTPException():
            return (
                f"the connection was closed without a proper answer ({error})"
                if str(error)
                else "the connection was closed"
            )
        case _:
            return str(error) or type(error).__name__
