"""A program in a terminal of its own: what it paints, and when."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType

_ESCAPES = re.compile(rb"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[PX^_].*?\x1b\\|[@-Z\\-_])")
_WORD = re.compile(rb"[A-Za-z]{4,}")


class PtyProgram:
    """`read` yields what it has painted with the moment it came."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], rows: int = 40, columns: int = 120) -> None:
        self.master, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        settings = {**env, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        settings.pop("CI", None)
        self.began = time.time()
        self.process = subprocess.Popen(
            command, stdin=inner, stdout=inner, stderr=inner, env=settings, start_new_session=True
        )
        os.close(inner)

    def __enter__(self) -> PtyProgram:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self.master)

    def read(self, timeout: float) -> Iterator[tuple[float, bytes]]:
        """Pieces of output until it ends, or nothing came for so long."""
        while select.select([self.master], [], [], timeout)[0]:
            try:
                data = os.read(self.master, 1 << 16)
            except OSError:  # Linux: the other side is closed
                return
            if not data:
                return
            yield time.time(), data

    def write(self, keys: bytes) -> float:
        """Type; the moment it was done."""
        os.write(self.master, keys)
        return time.time()

    def first_paint(self, timeout: float = 30) -> float:
        """Seconds from its start until a word stood on its own screen."""
        seen = b""
        for at, data in self.read(timeout):
            seen += data
            _, entered, painted = seen.partition(b"\x1b[?1049h")
            if entered and _WORD.search(_ESCAPES.sub(b" ", painted)):
                return at - self.began
        raise RuntimeError(f"{self.process.args!r} has painted nothing: {seen[-2000:]!r}")
