"""Amounts of memory as people and Kubernetes write them: "512Mi", "1.5Gi", "2G"."""

from __future__ import annotations

import re
from fractions import Fraction

_UNITS = {
    "": 1,
    "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12,
    "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40,
}  # fmt: skip
_AMOUNT = re.compile(r"(\d{1,18}(?:\.\d{1,9})?)\s*([kmgt]?i?)b?", re.IGNORECASE)


def parse_bytes(text: str | int) -> int:
    """Bytes of "512Mi", "1.5 GiB", "2G" (10^9) or a plain number of bytes. Raises ValueError for anything else."""
    if isinstance(text, bool):
        raise ValueError("an amount of memory, not yes or no")
    if isinstance(text, int):
        return text
    match = _AMOUNT.fullmatch(text.strip())
    if match is None or match[2].lower() not in _UNITS:
        raise ValueError(f"an amount of memory, and {text[:60]!r} is none")
    return int(Fraction(match[1]) * _UNITS[match[2].lower()])


def format_bytes(amount: int) -> str:
    """The shortest exact spelling that `parse_bytes` reads back: 536870912 → "512Mi"."""
    for unit in ("Gi", "Mi", "Ki"):
        size = _UNITS[unit.lower()]
        if amount and amount % size == 0:
            return f"{amount // size}{unit}"
    return str(amount)


def approximate_bytes(amount: float) -> str:
    """A size for people to read, three figures at most: 34290000 → "34.3 MB"."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if amount >= size:
            value = amount / size
            return f"{value:.0f} {unit}" if value >= 100 else f"{value:.1f} {unit}"
    return f"{amount:.0f} bytes"
