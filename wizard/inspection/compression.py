"""Compressed model files: recognised by their first bytes, inflated piece by piece within limits.

joblib writes zlib, gzip, bz2, lzma, xz and lz4. Like joblib's own readers, a stream that follows the first one is read on.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from wizard.errors import InspectionError
from wizard.inspection.limits import FaultyFileError, Limits, TruncatedFileError
from wizard.inspection.source import ByteStream

_CHUNK = 1 << 17
_XZ_MEMORY = 1 << 30
"""The largest dictionary an xz file may ask for; `xz -9` takes 65 MB."""


class Compression(StrEnum):
    """How the bytes on disk are wrapped."""

    NONE = "none"
    ZLIB = "zlib"
    GZIP = "gzip"
    BZ2 = "bz2"
    XZ = "xz"
    LZMA = "lzma"
    LZ4 = "lz4"


def compression_of(head: bytes) -> Compression:
    """Tell the wrapping from a file's first bytes."""
    for magic, compression in _MAGIC.items():
        if head.startswith(magic):
            return compression
    if head[:1] == b"\x78" and len(head) > 1 and int.from_bytes(head[:2], "big") % 31 == 0:
        return Compression.ZLIB
    return Compression.NONE


_MAGIC = {
    b"\x1f\x8b": Compression.GZIP,
    b"BZh": Compression.BZ2,
    b"\xfd7zXZ\x00": Compression.XZ,
    b"\x5d\x00\x00": Compression.LZMA,
    b"\x04\x22\x4d\x18": Compression.LZ4,
}


class InflatedStream:
    """The inflated bytes of a compressed stream."""

    def __init__(self, packed: ByteStream, compression: Compression, limits: Limits) -> None:
        self._packed = packed
        self._limits = limits
        self._name = str(compression)
        self._open = _decoders()[compression]
        self._decoder: _Decoder | None = self._open()
        self._pending = b""
        self._taken = 0
        self._given = 0

    def read(self, size: int, /) -> bytes:
        """Up to `size` inflated bytes; empty at the end of the stream."""
        while self._decoder is not None:
            if self._decoder.eof:
                self._next_stream(self._decoder.unused_data or b"")
                continue
            wanting = self._decoder.needs_input
            packed = self._fetch() if wanting else b""
            inflated = self._feed(self._decoder, packed, size)
            if inflated:
                self._count(len(inflated))
                return inflated
            if wanting and not packed and not self._decoder.eof:
                raise TruncatedFileError(f"the {self._name} stream ends too early", self._given)
        return b""

    def _fetch(self) -> bytes:
        packed, self._pending = self._pending, b""
        packed = packed or self._packed.read(_CHUNK)
        self._taken += len(packed)
        return packed

    def _feed(self, decoder: _Decoder, packed: bytes, size: int) -> bytes:
        try:
            return decoder.decompress(packed, size)
        except (zlib.error, lzma.LZMAError, OSError, EOFError, RuntimeError, ValueError, MemoryError) as error:
            raise FaultyFileError(f"the {self._name} stream is damaged ({error})", self._given) from None

    def _next_stream(self, rest: bytes) -> None:
        """Go on with the stream that follows, if one does."""
        self._taken -= len(rest)
        self._pending = rest or self._packed.read(_CHUNK)
        if not self._pending:
            self._decoder = None
        elif compression_of(self._pending[:16]) != self._name:
            raise FaultyFileError(f"other bytes follow the {self._name} stream", self._given)
        else:
            self._decoder = self._open()

    def _count(self, inflated: int) -> None:
        self._given += inflated
        limits = self._limits
        if self._given > limits.inflated:
            raise FaultyFileError(f"it inflates to more than {limits.inflated >> 30} GiB", self._given)
        if self._given > limits.ratio_from and self._given > limits.ratio * max(self._taken, 1):
            raise FaultyFileError(f"it inflates to more than {limits.ratio:,} times its size on disk", self._given)


class _Decoder(Protocol):
    """What the decompressors of bz2, lzma and lz4 offer."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes | None: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _ZlibDecoder:
    """zlib's decompressor in the manner of the others."""

    def __init__(self, window: int) -> None:
        self._inner = zlib.decompressobj(window)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


def _decoders() -> dict[Compression, Callable[[], _Decoder]]:
    return {
        Compression.ZLIB: lambda: _ZlibDecoder(zlib.MAX_WBITS),
        Compression.GZIP: lambda: _ZlibDecoder(zlib.MAX_WBITS | 16),
        Compression.BZ2: bz2.BZ2Decompressor,
        Compression.XZ: lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY),
        Compression.LZMA: lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=_XZ_MEMORY),
        Compression.LZ4: _lz4_decoder,
    }


def _lz4_decoder() -> _Decoder:
    try:
        import lz4.frame  # the one wrapping the standard library cannot open
    except ImportError:
        raise InspectionError(
            "This model is compressed with lz4, and the lz4 package is not installed.",
            "joblib.dump(..., compress='lz4') writes such files; reading and serving them takes the same package.",
            "pip install lz4",
        ) from None
    decoder: _Decoder = lz4.frame.LZ4FrameDecompressor()
    return decoder
