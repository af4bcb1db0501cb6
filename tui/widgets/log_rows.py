"""Which row of the screen shows which part of which line, with long lines folded or not."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from rich.cells import cell_len, get_character_cell_size


@dataclass(frozen=True, slots=True)
class Part:
    """What one row shows."""

    index: int
    """Of the line, from the oldest kept one, 0."""
    start: int
    end: int | None
    """The line's characters from `start` up to `end`; None: to its end."""


class LogRows:
    """Rows of the kept lines, from 0. Adding lines and dropping old ones costs nothing for those between."""

    def __init__(self, width: int | None) -> None:
        """`width`: cells a row has, to fold lines at; None: a line is a row."""
        self.width = width
        self.widest = 0
        """Cells of the widest line so far; kept for lines that are not folded only."""
        self._ends = array("q")  # the row after each line's last, counted from the very first line there was
        self._folds: list[tuple[int, ...]] = []
        self._dropped = 0  # rows of lines that have gone

    def __len__(self) -> int:
        return (self._ends[-1] if self._ends else self._dropped) - self._dropped

    @property
    def lines(self) -> int:
        """How many lines there are."""
        return len(self._ends)

    def extend(self, texts: Iterable[str]) -> None:
        end = self._ends[-1] if self._ends else self._dropped
        for text in texts:
            if self.width is None:
                folds: tuple[int, ...] = ()
                self.widest = max(self.widest, len(text) if text.isascii() else cell_len(text))
            else:
                folds = fold(text, self.width)
            end += 1 + len(folds)
            self._ends.append(end)
            self._folds.append(folds)

    def drop(self, lines: int) -> int:
        """Forget the oldest lines; how many rows went with them."""
        if not lines:
            return 0
        before, self._dropped = self._dropped, self._ends[lines - 1]
        del self._ends[:lines]
        del self._folds[:lines]
        return self._dropped - before

    def part(self, row: int) -> Part | None:
        """What the row shows; None below the last line."""
        if not 0 <= row < len(self):
            return None
        index = bisect_right(self._ends, row + self._dropped)
        folds = self._folds[index]
        nth = row + self._dropped - (self._ends[index] - len(folds) - 1)
        return Part(index, folds[nth - 1] if nth else 0, folds[nth] if nth < len(folds) else None)

    def row(self, index: int) -> int:
        """The first row of a line."""
        return self._ends[index] - len(self._folds[index]) - 1 - self._dropped


def fold(text: str, width: int) -> tuple[int, ...]:
    """Where the second, third … row of a text begins: after a space, or within a word that is wider than a row."""
    # `cell_len` keeps the last texts it measured; most lines need no measuring.
    if width < 2 or (len(text) if text.isascii() else cell_len(text)) <= width:
        return ()
    return _fold_ascii(text, width) if text.isascii() else _fold_wide(text, width)


def _fold_ascii(text: str, width: int) -> tuple[int, ...]:
    """Every character takes one cell."""
    folds: list[int] = []
    start = 0
    while len(text) - start > width:
        start = text.rfind(" ", start, start + width) + 1 or start + width
        folds.append(start)
    return tuple(folds)


def _fold_wide(text: str, width: int) -> tuple[int, ...]:
    folds: list[int] = []
    start = column = space = 0
    for position, character in enumerate(text):
        cells = get_character_cell_size(character)
        while column + cells > width:  # twice where the word alone, with this character, is too wide
            start = space if space > start else position
            column = cell_len(text[start:position])
            folds.append(start)
        column += cells
        if character == " ":
            space = position + 1
    return tuple(folds)
