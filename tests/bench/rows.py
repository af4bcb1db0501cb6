"""A measured figure beside the bar it is held against."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table in docs/performance.md."""

    bar: str
    measured: str
    target: str
    ok: bool

    def markdown(self) -> str:
        return f"| {self.bar} | {self.measured} | {self.target} | {'yes' if self.ok else '**no**'} |"
