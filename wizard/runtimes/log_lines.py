"""A stream of log lines that can be closed from another thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator


class LogLines(Iterator[str]):
    """Text lines out of pieces of bytes. Any thread may call `close`, also while another one waits for a line."""

    def __init__(self, pieces: Iterable[bytes], close: Callable[[], None] = lambda: None) -> None:
        self._pieces = iter(pieces)
        self._ready: deque[bytes] = deque()
        self._rest = b""
        self._close = close
        self._closed = False

    def __next__(self) -> str:
        while not self._ready:
            piece = None if self._closed else next(self._pieces, None)
            if piece is None:
                if not self._rest or self._closed:
                    raise StopIteration
                self._ready.append(self._rest)
                self._rest = b""
                break
            *whole, self._rest = (self._rest + piece).split(b"\n")
            self._ready.extend(whole)
        return self._ready.popleft().decode(errors="replace").rstrip("\r")

    def close(self) -> None:
        """End it: a reader that waits gets the end at once. A second call does nothing."""
        if not self._closed:
            self._closed = True
            self._close()
