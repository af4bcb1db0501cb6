"""A bundle's server as a process of its own, as the image would run it, and what it says while it runs."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from wizard.runtimes.ports import free_port


class Running:
    """One server process. `log` grows with each line it writes; each must be one JSON object."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.client = httpx.Client(base_url=self.url, timeout=30)
        self.log: list[dict[str, Any]] = []
        self._said = threading.Condition()
        self._ended = False
        self.process = subprocess.Popen(
            [sys.executable, "server.py"],
            cwd=folder,
            env={**os.environ, "PORT": str(self.port), "PYTHONDONTWRITEBYTECODE": "1", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._said:
                try:
                    self.log.append(json.loads(line))
                except ValueError:
                    self.log.append({"not JSON": line})
                self._said.notify_all()
        with self._said:
            self._ended = True
            self._said.notify_all()

    def wait_for(self, what: Callable[[dict[str, Any]], bool], timeout: float = 60) -> dict[str, Any]:
        """The first log line of which `what` is true; fails when the process ends without one."""
        found: list[dict[str, Any]] = []

        def seen() -> bool:
            found[:] = [line for line in self.log if what(line)][:1]
            return bool(found) or self._ended

        with self._said:
            self._said.wait_for(seen, timeout)
        assert found, self.log
        return found[0]

    def said(self) -> list[dict[str, Any]]:
        """All lines up to now, also those still on their way: a request it refuses is asked, whose line comes after them."""
        now = datetime.now(UTC).isoformat()
        self.post(b"not JSON")
        last = self.wait_for(lambda line: line.get("message") == "refused" and line["time"] >= now)
        with self._said:
            return self.log[: self.log.index(last)]

    def ready(self) -> Running:
        """Wait until the port is open."""
        self.wait_for(lambda line: "is ready" in line.get("message", ""))
        while not listens(self.port):
            assert self.process.poll() is None, self.log
        return self

    def post(self, data: Any, path: str = "/predict") -> httpx.Response:
        """Send JSON, or bytes as they are."""
        content = data if isinstance(data, bytes) else json.dumps(data).encode()
        return self.client.post(path, content=content, headers={"Content-Type": "application/json"})

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path)

    def told_to_stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def ended(self, timeout: float = 30) -> int:
        """Wait for the end; its exit status."""
        status = self.process.wait(timeout)
        self._reader.join(timeout)
        return status

    def close(self) -> None:
        self.client.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join()
        if self.process.stdout is not None:
            self.process.stdout.close()


def listens(port: int) -> bool:
    with closing(socket.socket()) as client:
        client.settimeout(1)
        return client.connect_ex(("127.0.0.1", port)) == 0


def sent(port: int, data: Any) -> socket.socket:
    """A connection on which a prediction was asked for and nothing has been read yet."""
    body = json.dumps(data).encode()
    client = socket.create_connection(("127.0.0.1", port), timeout=30)
    client.sendall(b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    return client


def received(client: socket.socket) -> tuple[int, bytes]:
    """Status and body of one response."""
    with client.makefile("rb") as stream:
        status = int(stream.readline().split()[1])
        length = 0
        while (line := stream.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return status, stream.read(length)


@contextmanager
def running(folder: Path | str, **environment: str) -> Iterator[Running]:
    """The server of a bundle, from its start; call `ready()` to wait for its port."""
    server = Running(Path(folder), environment)
    try:
        yield server
    finally:
        server.close()
