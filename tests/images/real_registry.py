"""A registry of the tests' own: Debian's docker-registry in a process, on a free port, with its storage in a folder."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import requests

from wizard.runtimes.ports import free_port

BINARY = "docker-registry"
USER, PASSWORD = "ada", "right"
_PASSWORD_HASH = "$2b$04$JGQ.03WBJI.LfdI7gADhYOuLGHADhOC009Az.ZAxk/ECGxbtGf1YC"
_UP_WITHIN = 30.0


@dataclass(frozen=True)
class RealRegistry:
    host: str
    """Where the engine of this machine finds it: "127.0.0.1:PORT"."""
    login: tuple[str, str] | None = None

    def digest(self, path: str, tag: str) -> str | None:
        """What a tag stands for there; None where there is no such tag."""
        answer = requests.head(
            f"http://{self.host}/v2/{path}/manifests/{tag}",
            headers={"Accept": "application/vnd.docker.distribution.manifest.v2+json"},
            auth=self.login,
            timeout=10,
        )
        return None if answer.status_code == 404 else answer.headers["Docker-Content-Digest"]


@contextmanager
def real_registry(folder: Path, *, password: bool = False) -> Iterator[RealRegistry]:
    """Runs it with its files in `folder`. With `password` it lets in only `USER` with `PASSWORD`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "passwords").write_text(f"{USER}:{_PASSWORD_HASH}\n")
    access = f"auth: {{htpasswd: {{realm: tests, path: {folder / 'passwords'}}}}}\n" if password else ""
    # A port found free may be taken before the program binds it: then it ends at once, and another one is tried.
    for _ in range(5):
        port = free_port()
        config = folder / "config.yml"
        config.write_text(
            "version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n"
            f"storage: {{filesystem: {{rootdirectory: {folder / 'storage'}}}}}\n"
            f"http: {{addr: 127.0.0.1:{port}}}\n{access}"
        )
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen([BINARY, "serve", str(config)], stdout=log, stderr=subprocess.STDOUT)
        try:
            if _came_up(process, port):
                yield RealRegistry(f"127.0.0.1:{port}", (USER, PASSWORD) if password else None)
                return
        finally:
            process.terminate()
            process.wait(10)
    raise AssertionError((folder / "log").read_text())


def _came_up(process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + _UP_WITHIN
    while process.poll() is None:
        with suppress(requests.RequestException):
            requests.get(f"http://127.0.0.1:{port}/v2/", timeout=2)
            return process.poll() is None
        if time.monotonic() > deadline:
            raise AssertionError("the registry does not answer")
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.02)
    return False


@dataclass
class Gate:
    """Stands before a registry and lets only so many bytes through to it: a push stays in its middle for as long as a test
    needs it there."""

    host: str
    closed: threading.Event = field(default_factory=threading.Event)
    """Set once the gate holds something back."""
    emptied: threading.Event = field(default_factory=threading.Event)
    """To be set: what is held back is then taken, and thrown away. Who sends into a full connection sees nothing else, not
    even that it is to stop."""
    deserted: threading.Event = field(default_factory=threading.Event)
    """Set once whoever was held back has hung up, after `emptied`."""


@contextmanager
def gate(registry: RealRegistry, allowed: int) -> Iterator[Gate]:
    """A gate before a registry that lets `allowed` bytes through."""
    listener = socket.create_server(("127.0.0.1", 0))
    found = Gate(f"127.0.0.1:{listener.getsockname()[1]}")
    target = ("127.0.0.1", int(registry.host.rpartition(":")[2]))
    lock = threading.Lock()
    left = allowed
    open_sockets: list[socket.socket] = [listener]

    def inwards(client: socket.socket, server: socket.socket) -> None:
        nonlocal left
        with suppress(OSError):
            while data := client.recv(65536):
                with lock:
                    left -= len(data)
                    shut = left < 0
                if not shut:
                    server.sendall(data)
                    continue
                found.closed.set()
                found.emptied.wait()
                with suppress(ConnectionError):
                    while client.recv(65536):
                        pass
                found.deserted.set()
                return

    def outwards(client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                client.sendall(data)
            client.shutdown(socket.SHUT_WR)

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection(target)
                open_sockets.extend((client, server))
                for pump in (inwards, outwards):
                    threading.Thread(target=pump, args=(client, server), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield found
    finally:
        found.emptied.set()
        for one in open_sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
