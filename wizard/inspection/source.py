"""The bytes of a pickle, in order: read, line by line or skipped, within limits.

A file on disk is skipped by seeking; an inflated stream by inflating and dropping. The machine's inner loop reads the
`buffer` itself: while `at <= safe` at least `RESERVE` bytes lie ahead, so no opcode with its short argument runs out of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from wizard.inspection.limits import FaultyFileError, TruncatedFileError

RESERVE = 512
_CHUNK = 1 << 16
_PIECE = 1 << 22
"""What is inflated at a time to be passed over. With less than 2 MiB the allocator gives every piece back to the system and
takes it anew, which costs as much as inflating lz4 does (measured)."""


class ByteStream(Protocol):
    """Where the bytes come from."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; empty only at the end."""
        ...


class SeekableStream(ByteStream, Protocol):
    """A stream of known size that can jump."""

    def seek(self, offset: int, /) -> int: ...


class Source:
    """A pickle's bytes. `size` is given where the stream can seek; `tick` is called between pieces of work and may raise."""

    def __init__(
        self,
        stream: ByteStream,
        *,
        seekable: SeekableStream | None = None,
        size: int | None = None,
        tick: Callable[[], None] | None = None,
    ) -> None:
        self._stream = stream
        self._seekable = seekable if size is not None else None
        self._size = size if size is not None else 0
        self._tick = tick or (lambda: None)
        self._ended = False
        self._base = 0
        self.buffer = bytes(RESERVE)
        self.at = 0
        """Index into `buffer` of the next byte."""
        self.end = 0
        """How much of `buffer` is real; the rest is padding."""
        self.safe = -1
        self.skipped = 0
        """Bytes passed over without being held."""

    def tell(self) -> int:
        """Position in the stream."""
        return self._base + self.at

    def refill(self) -> None:
        """Bring `RESERVE` bytes into reach, or all that is left; fault at the end of the stream."""
        self._tick()
        if self.at >= self.end or self.end - self.at < RESERVE:
            self._more(RESERVE)
        if self.at >= self.end:
            raise TruncatedFileError("the file ends in the middle of the model", self._base + self.end)

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        if size > self.end - self.at:
            self._more(size)
            if size > self.end - self.at:
                raise TruncatedFileError(f"{size:,} bytes should follow and do not", self._base + self.end)
        start = self.at
        self.at = start + size
        return self.buffer[start : self.at]

    def skip(self, size: int) -> None:
        """Pass over `size` bytes."""
        ahead = self.end - self.at
        self.skipped += size
        if size <= ahead:
            self.at += size
            return
        self._tick()
        target = self.tell() + size
        if self._seekable is not None:
            if target > self._size:
                raise TruncatedFileError(f"{size:,} bytes should follow and do not", self._size)
            self._seekable.seek(target)
        else:
            missing = size - ahead
            while missing:
                piece = self._stream.read(min(missing, _PIECE))
                if not piece:
                    raise TruncatedFileError(f"{size:,} bytes should follow and do not", target - missing)
                missing -= len(piece)
                self._tick()
        self._base = target
        self.at = self.end = 0
        self.safe = -1

    def line(self, limit: int) -> bytes:
        """The bytes up to the next newline, which is passed."""
        looked = self.at
        while True:
            found = self.buffer.find(b"\n", looked, self.end)
            length = (found if found >= 0 else self.end) - self.at
            if length > limit:
                raise FaultyFileError(f"a line is longer than {limit:,} bytes", self.tell())
            if found >= 0:
                line = self.buffer[self.at : found]
                self.at = found + 1
                return line
            self._more(length + _CHUNK)
            if self.end - self.at == length:
                raise TruncatedFileError("the file ends in the middle of a line", self._base + self.end)
            looked = self.at + length

    def at_end(self) -> bool:
        """Nothing follows."""
        if self.at >= self.end:
            self._more(1)
        return self.at >= self.end

    def peek(self, size: int) -> bytes:
        """Up to `size` coming bytes, without passing them."""
        if self.end - self.at < size:
            self._more(size)
        return self.buffer[self.at : min(self.end, self.at + size)]

    def _more(self, size: int) -> None:
        """Make `size` bytes lie ahead if the stream still has them."""
        parts = [self.buffer[self.at : self.end]]
        have = len(parts[0])
        self._base += self.at
        while not self._ended and have < size:
            piece = self._stream.read(max(_CHUNK, min(size - have, _PIECE)))
            self._ended = not piece
            parts.append(piece)
            have += len(piece)
            if have > _PIECE:
                self._tick()
        self.end = have
        self.at = 0
        self.safe = have - RESERVE
        parts.append(bytes(RESERVE))
        self.buffer = b"".join(parts)
