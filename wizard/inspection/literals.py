"""The opcodes that push one value written out in the file: texts, bytes and numbers in all their spellings.

Long texts and byte strings are skipped and stand as a `Blob`.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable

from wizard.inspection.joblib_arrays import HEAD
from wizard.inspection.limits import FaultyFileError, Limits
from wizard.inspection.source import Source
from wizard.inspection.symbols import Blob, Value

_TEXT_HEAD = 1 << 16
_LONGEST_INTEGER = 1 << 10
"""Bytes of a binary integer that is kept."""
_LONGEST_FLOAT = 64

Literal = Callable[[Source, Limits], Value]


def _unicode(size: int) -> Literal:
    """BINUNICODE and BINUNICODE8: a length of `size` bytes, then UTF-8."""

    def read(source: Source, limits: Limits) -> Value:
        length = _unsigned(source, size)
        if length > limits.text:
            return _blob(source, str, length, _TEXT_HEAD)
        return source.take(length).decode("utf-8", "surrogatepass")

    return read


def _unicode_line(source: Source, limits: Limits) -> Value:
    """UNICODE: a line with Python escapes."""
    return source.line(limits.line).decode("raw-unicode-escape")


def _bytes(size: int) -> Literal:
    """BINBYTES, BINBYTES8 and BYTEARRAY8: a length of `size` bytes, then the bytes."""

    def read(source: Source, limits: Limits) -> Value:
        return _counted(source, limits, _unsigned(source, size))

    return read


def _string(source: Source, limits: Limits) -> Value:
    """BINSTRING: a Python 2 string with a signed length."""
    raw = _counted(source, limits, int.from_bytes(source.take(4), "little", signed=True))
    return _python2_text(raw) if isinstance(raw, bytes) else raw


def _short_string(source: Source, _limits: Limits) -> Value:
    """SHORT_BINSTRING"""
    return _python2_text(source.take(_unsigned(source, 1)))


def _string_line(source: Source, limits: Limits) -> Value:
    """STRING: a line in quotes with Python escapes."""
    line = source.line(limits.line).strip()
    if len(line) < 2 or line[:1] != line[-1:] or line[:1] not in (b'"', b"'"):
        raise FaultyFileError("a text without its quotes", source.tell())
    return _python2_text(codecs.escape_decode(line[1:-1])[0])


def _integer_line(source: Source, limits: Limits) -> Value:
    """INT, which also spells True and False."""
    line = source.line(limits.digits)
    return line == b"01" if line in (b"00", b"01") else int(line, 0)


def _long_line(source: Source, limits: Limits) -> Value:
    """LONG"""
    return int(source.line(limits.digits).rstrip(b"L"), 0)


def _short_long(source: Source, _limits: Limits) -> Value:
    """LONG1"""
    return int.from_bytes(source.take(_unsigned(source, 1)), "little", signed=True)


def _long(source: Source, _limits: Limits) -> Value:
    """LONG4"""
    size = int.from_bytes(source.take(4), "little", signed=True)
    if not 0 <= size <= _LONGEST_INTEGER:
        raise FaultyFileError(f"an integer of {size:,} bytes", source.tell())
    return int.from_bytes(source.take(size), "little", signed=True)


def _float_line(source: Source, _limits: Limits) -> Value:
    """FLOAT"""
    return float(source.line(_LONGEST_FLOAT))


def _counted(source: Source, limits: Limits, size: int) -> bytes | Blob:
    if size < 0:
        raise FaultyFileError("a byte string of negative length", source.tell())
    return source.take(size) if size <= limits.kept else _blob(source, bytes, size, HEAD)


def _blob(source: Source, kind: type[bytes] | type[str], size: int, head: int) -> Blob:
    at = source.tell()
    start = source.take(head)
    source.skip(size - head)
    return Blob(kind, size, at, start)


def _unsigned(source: Source, size: int) -> int:
    return int.from_bytes(source.take(size), "little")


def _python2_text(raw: bytes) -> str | bytes:
    """What `pickle.load` makes of a Python 2 string: text, if it is ASCII."""
    return raw.decode("ascii") if raw.isascii() else raw


LITERALS: dict[int, Literal] = {
    0x58: _unicode(4),
    0x8D: _unicode(8),
    0x56: _unicode_line,
    0x42: _bytes(4),
    0x8E: _bytes(8),
    0x96: _bytes(8),
    0x54: _string,
    0x55: _short_string,
    0x53: _string_line,
    0x49: _integer_line,
    0x4C: _long_line,
    0x8A: _short_long,
    0x8B: _long,
    0x46: _float_line,
}
"""By opcode, but for the short ones the machine's loop reads itself."""
