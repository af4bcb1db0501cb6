"""Drawing a log: only the rows in sight, with numbers, marks, finds and the person's selection."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Offset, Region
from textual.reactive import var
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from tui.widgets.log_lines import LogLines
from tui.widgets.log_rows import LogRows, Part

_NUMBERS_FROM = 60
"""Columns from which on lines are numbered; narrower, their text needs the room."""
_FEWEST_DIGITS = 5

Span = tuple[int, int, Style]


class LogView(ScrollView, can_focus=True):
    """Draws the rows that `_rows` lays out of the log's lines. Which are in sight, others decide."""

    ALLOW_SELECT = True

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "log--number",
        "log--hit",
        "log--hit-here",
        "log--evidence",
        "log--here",
    }

    DEFAULT_CSS = """
    LogView {
        background: $surface;
        color: $foreground;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        & .log--number { color: $text-muted; }
        & .log--hit { background: $warning-muted; color: $text-warning; text-style: underline; }
        & .log--hit-here { background: $warning; color: $background; text-style: bold underline; }
        & .log--evidence { background: $error-muted; color: $text-error; text-style: bold; }
        & .log--here { text-style: bold; }
    }
    """

    folding: var[bool] = var(True)
    """Whether long lines are folded."""
    here: var[int | None] = var(None)
    """The number of the line that was found, marked or clicked last."""

    def __init__(self, lines: LogLines | None = None, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.lines = lines if lines is not None else LogLines()
        self.evidence: frozenset[int] = frozenset()
        """Numbers of the lines that show the cause of a failure."""
        self._rows = LogRows(None)
        self._query: re.Pattern[str] | None = None
        self._styles: dict[str, Style] = {}
        self._drawing = False

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        if not len(self.lines):
            return None
        start = selection.start or Offset(0, self.lines.first)
        end = selection.end or Offset(len(self.lines[self.lines.end - 1]), self.lines.end - 1)
        kept = range(max(start.y, self.lines.first), min(end.y + 1, self.lines.end))
        texts = [
            self.lines[n][start.x if n == start.y else 0 : end.x if n == end.y else None]
            for n in kept
        ]  # fmt: skip
        return "\n".join(texts), "\n"

    @property
    def _gutter(self) -> int:
        """Columns before the text: a mark, and the line's number where there is room."""
        if self.size.width < _NUMBERS_FROM:
            return 2
        return max(_FEWEST_DIGITS, len(str(self.lines.end))) + 3

    def _text_width(self) -> int:
        return max(2, self.size.width - self._gutter)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles = {}

    def _style(self, name: str) -> Style:
        """A component's style, or "" for the widget's own; computed once a theme."""
        if name not in self._styles:
            match name:
                case "":
                    style = self.rich_style
                case "selection":
                    style = self.screen.get_component_rich_style("screen--selection")
                case _:
                    style = self.get_component_rich_style(f"log--{name}", partial=name != "number")
            self._styles[name] = style
        return self._styles[name]

    def render_lines(self, crop: Region) -> list[Strip]:
        """For the screen. There a style of its own for each line's place would fill the framework's caches of styles:
        6 MB, and a third of the time. Only a look for what is under the mouse, which asks `render_line`, needs places."""
        self._drawing = True
        try:
            return super().render_lines(crop)
        finally:
            self._drawing = False

    def render_line(self, y: int) -> Strip:
        x, top = self.scroll_offset
        width = self.size.width
        part = self._rows.part(top + y)
        if part is None:
            return Strip.blank(width, self._style(""))
        number = self.lines.first + part.index
        base = self._base(number)
        segments = self._segments(number, part, base)
        room = self._text_width()
        if not self.folding or not all(segment.text.isascii() for segment in segments):
            segments = list(Strip(segments).crop_extend(x, x + room, base))
        elif (gap := room - sum(len(segment.text) for segment in segments)) > 0:
            segments.append(Segment(" " * gap, base))  # measuring would keep thousands of lines in a cache
        return Strip([self._margin(number, part, base), *segments], width)

    def _base(self, number: int) -> Style:
        base = self._style("")
        if number in self.evidence:
            return base + self._style("evidence")
        return base + self._style("here") if number == self.here else base

    def _margin(self, number: int, part: Part, base: Style) -> Segment:
        """The mark and the number. Marks differ by shape: colours may not be seen."""
        mark = "▶" if number in self.evidence else "›" if number == self.here else " "
        gutter = self._gutter
        style = base if number in self.evidence else self._style("number")
        if gutter == 2:
            return Segment(f"{mark} " if part.start == 0 else "  ", style)
        shown = str(number + 1) if part.start == 0 else "·"
        return Segment(f"{mark if part.start == 0 else ' '}{shown:>{gutter - 2}} ", style)

    def _segments(self, number: int, part: Part, base: Style) -> list[Segment]:
        text = self.lines[number]
        end = len(text) if part.end is None else part.end
        spans = self._spans(number, text)
        cuts = sorted({part.start, end, *(cut for span in spans for cut in span[:2] if part.start < cut < end)})
        segments = []
        for start, stop in pairwise(cuts):
            style = base
            for span in spans:
                if span[0] <= start < span[1]:
                    style += span[2]
            segments.append(Segment(text[start:stop], self._placed(style, start, number)))
        if not segments:  # an empty line can be selected, too
            segments.append(Segment(" ", self._placed(base, 0, number)))
        return segments

    def _placed(self, style: Style, column: int, number: int) -> Style:
        """The style with the place in the log, which the framework's selection asks for."""
        return style if self._drawing else style + Style.from_meta({"offset": (column, number)})

    def _spans(self, number: int, text: str) -> Sequence[Span]:
        """What is drawn in another style than the rest of the line, later ones over earlier ones."""
        spans: list[Span] = []
        if self._query is not None:
            style = self._style("hit-here" if number == self.here else "hit")
            spans += ((match.start(), match.end(), style) for match in self._query.finditer(text))
        if (selection := self.text_selection) is not None and (span := selection.get_span(number)) is not None:
            start, end = span
            spans.append((start, len(text) if end == -1 else end, self._style("selection")))
        return spans
