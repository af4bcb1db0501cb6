"""What a symbolic reading brought to light."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.inspection.symbols import Array, Call, Global

_MOST_ODDITIES = 1_000


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something no pickler writes, at a byte of the stream."""

    what: str
    at: int


class Transcript:
    """Everything read from one file, nested pickles included, reachable from its root or not."""

    def __init__(self) -> None:
        self.globals: dict[tuple[str, str], Global] = {}
        """By what Python makes of the name and the file's own spelling of it."""
        self.calls: list[Call] = []
        """Every object made, in order."""
        self.oddities: list[Oddity] = []
        self.arrays: list[Array] = []
        """Every array joblib laid between the opcodes."""
        self.blob_bytes = 0
        self.protocol = 0
        self.steps = 0

    def name(self, spelled: str, module: str, name: str, at: int) -> Global:
        """The record of a global, made at its first use."""
        key = (f"{module}.{name}", spelled)
        found = self.globals.get(key)
        if found is None:
            found = self.globals[key] = Global(spelled, module, name, at)
        return found

    def odd(self, what: str, at: int) -> None:
        """Record an oddity."""
        if len(self.oddities) < _MOST_ODDITIES:
            self.oddities.append(Oddity(what, at))
