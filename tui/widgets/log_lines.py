"""The lines of a log as a viewer holds them: numbered from 0, safe to draw, the newest so many of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rich.cells import cell_len

from wizard.printable import one_line

LONGEST = 8_192
"""Characters of a line that are kept. A line without an end (a data URL, minified code) would be drawn for seconds."""

_TAB = 8


class LogLines:
    """The newest `keep` lines. Numbers stay what they were when older lines go."""

    def __init__(self, keep: int = 10_000) -> None:
        self.keep = keep
        self.first = 0
        """Number of the oldest line kept."""
        self._texts: list[str] = []

    @property
    def end(self) -> int:
        """Number of the line that comes next: so many there were in all."""
        return self.first + len(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def __getitem__(self, number: int) -> str:
        """The line of that number, which must be kept."""
        return self._texts[number - self.first]

    def append(self, texts: Iterable[str], missed: int = 0) -> int:
        """Add lines; how many old ones went. Tabs become spaces, control characters are spelled out. `missed`: so many
        before them were not caught, which a line says."""
        if missed:
            self._texts.append(f"… {missed:,} lines came faster than they could be shown …")
        texts = tuple(texts)
        passed = max(0, len(texts) - self.keep)  # these would go at once
        self._texts.extend(map(drawable, texts[passed:]))
        gone = max(0, len(self._texts) - self.keep)
        del self._texts[:gone]
        self.first += gone + passed
        return gone

    def since(self, number: int) -> Sequence[str]:
        """The kept lines from that number on."""
        return self._texts[max(0, number - self.first) :]

    def all(self) -> Sequence[str]:
        return tuple(self._texts)

    def holding(self, query: re.Pattern[str], since: int = 0) -> list[int]:
        """Numbers of the lines from `since` on that hold the query."""
        start = max(since, self.first)
        return [start + n for n, text in enumerate(self.since(start)) if query.search(text)]


def query_of(typed: str) -> re.Pattern[str]:
    """What the person looks for, word for word. Capitals count where they took the trouble to type one."""
    return re.compile(re.escape(typed), 0 if typed != typed.lower() else re.IGNORECASE)


def drawable(text: str) -> str:
    """One line that is safe to draw: tabs as spaces to the next stop, control characters seen, not obeyed."""
    text = text.rstrip("\r\n")
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]} … and {len(text) - LONGEST:,} more characters"
    if "\t" in text:
        text = _without_tabs(text)
    return one_line(text)


def _without_tabs(text: str) -> str:
    """`str.expandtabs` counts characters; a terminal counts cells, of which some characters take two."""
    if text.isascii():
        return text.expandtabs(_TAB)
    first, *rest = text.split("\t")
    parts, column = [first], cell_len(first)
    for part in rest:
        gap = _TAB - column % _TAB
        parts += (" " * gap, part)
        column += gap + cell_len(part)
    return "".join(parts)
