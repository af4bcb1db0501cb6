"""How much a file may cost to read, and the one way a file is found faulty."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on reading one file. No model met in practice comes near them; a hostile file stops at them."""

    steps: int = 40_000_000
    """Opcodes. A vocabulary of a million words takes three million."""
    memory: int = 2 << 30
    """Bytes held for values that are kept, estimated from above."""
    kept: int = 1 << 16
    """Byte strings and arrays longer than this are skipped, not held."""
    text: int = 1 << 20
    """Texts longer than this are skipped, not held."""
    line: int = 1 << 16
    """Longest line of the text opcodes."""
    digits: int = 4_300
    """Longest integer in decimal; Python itself refuses longer ones."""
    inflated: int = 32 << 30
    """Bytes a compressed file may inflate to."""
    ratio: int = 1_000
    """Times its size on disk a compressed file may inflate to, looked at past `ratio_from` bytes."""
    ratio_from: int = 256 << 20
    seconds: float = 60.0
    """Time to read, for a small file."""
    seconds_per_megabyte: float = 0.5
    """Further time for each megabyte on disk; the slowest inflating takes a tenth of it."""


class FaultyFileError(Exception):
    """Something in the file is not as it must be. `at` is the byte (of the inflated stream, if it is compressed)."""

    def __init__(self, reason: str, at: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.at = at


class TruncatedFileError(FaultyFileError):
    """The file ends before the model does."""
