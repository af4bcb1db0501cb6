"""A door of the test's own in front of the real engine: what is built behind it takes its time, and it can be shut."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from pathlib import Path

from wizard.images.endpoint import find_endpoint

_STEP = re.compile(rb"Running in ([0-9a-f]{12})")


class EngineDoor:
    """Hands every byte on to the engine of this machine and back. A build is asked for without the engine's cache, so that
    there is something to break off. `shut` ends it as an engine that dies does: in the middle of every answer."""

    def __init__(self, path: Path) -> None:
        self._engine = find_endpoint().socket
        assert self._engine is not None, "the engine of a test listens at a unix socket"
        self.address = f"unix://{path}"
        self.containers: list[str] = []
        """Short ids of the containers that steps of a build ran in, as the engine said."""
        self._open: list[socket.socket] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(64)
        self._path = path
        threading.Thread(target=self._welcome, daemon=True).start()

    def shut(self) -> None:
        self._path.unlink(missing_ok=True)
        for end in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _welcome(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                here, _ = self._listener.accept()
                there = socket.socket(socket.AF_UNIX)
                there.connect(str(self._engine))
                self._open += (here, there)
                threading.Thread(target=self._ask, args=(here, there), daemon=True).start()
                threading.Thread(target=self._answer, args=(there, here), daemon=True).start()

    def _ask(self, here: socket.socket, there: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := here.recv(65536):
                if data.startswith(b"POST ") and b"/build?" in data.partition(b"\r\n")[0]:
                    data = data.replace(b"/build?", b"/build?nocache=1&", 1)
                there.sendall(data)
            there.shutdown(socket.SHUT_RDWR)  # who hangs up ends what is done for them

    def _answer(self, there: socket.socket, here: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := there.recv(65536):
                self.containers += (found.decode() for found in _STEP.findall(data))
                here.sendall(data)
            here.shutdown(socket.SHUT_RDWR)
