"""What a program in a terminal shows, as a person at it would see it."""

from __future__ import annotations

import time
from typing import Any

import pyte

from tests.bench.pty_program import PtyProgram


class WatchedScreen:
    """Fed by whoever waits for something on it."""

    def __init__(self, program: PtyProgram, rows: int = 40, columns: int = 120) -> None:
        self._program = program
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)

    def wait_for(self, text: str, timeout: float = 30) -> None:
        """Read until the text is to be seen."""
        deadline = time.time() + timeout
        while not any(text in row for row in self._screen.display):
            if time.time() > deadline:
                raise RuntimeError(f"{text!r} does not come:\n" + "\n".join(self._screen.display))
            self._take(0.1)

    def settle(self, quiet: float = 0.3, longest: float = 5.0) -> None:
        """Read until nothing has been painted for a while; what never rests is left after `longest` seconds."""
        deadline = time.time() + longest
        while self._take(quiet) and time.time() < deadline:
            pass

    def painted_after(self, key: bytes) -> float:
        """Seconds from a key to what it changes on the screen: a letter and the cursor, or what has the focus. The colour
        of a single cell is a cursor that blinks. Waits for a moment of quiet first, so that it is of the key."""
        self.settle(0.06, 1.0)
        before = self._cells()
        pressed = self._program.write(key)
        for at, data in self._program.read(5):
            if at - pressed > 5:  # a cursor blinks on
                break
            self._stream.feed(data)
            changed = [pair for pair in zip(before, self._cells(), strict=True) if pair[0] != pair[1]]
            if len(changed) > 1 or any(one.data != other.data for one, other in changed):
                return at - pressed
        raise RuntimeError(f"nothing was painted after {key!r}:\n" + "\n".join(self._screen.display))

    def _cells(self) -> list[Any]:
        """Every cell with its colours."""
        buffer = self._screen.buffer
        return [buffer[row][column] for row in range(self._screen.lines) for column in range(self._screen.columns)]

    def _take(self, timeout: float) -> bool:
        for _, data in self._program.read(timeout):
            self._stream.feed(data)
            return True
        return False
