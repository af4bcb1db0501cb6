"""A log that follows its end as lines come, and finds and marks lines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import var

from tui.widgets.log_lines import LogLines, query_of
from tui.widgets.log_rows import LogRows
from tui.widgets.log_view import LogView

_SPARE = 2
"""Empty columns behind the end of the widest line: one sees that it ends there."""


class LogTail(LogView):
    """Shows one `LogLines` at a time; who adds lines to that says so with `extend`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_up", "Up", show=False),
        Binding("down,j", "scroll_down", "Down", show=False),
        Binding("left", "sideways(-8)", "Left", show=False),
        Binding("right", "sideways(8)", "Right", show=False),
        Binding("home,g", "to_start", "First line", show=False),
        Binding("end,f", "follow", "Follow", tooltip="Go to the newest line, and stay with it"),
        Binding("w", "wrap", "Fold", tooltip="Fold long lines, or let them run out of sight"),
    ]

    following: var[bool] = var(True)
    """Whether the newest line stays in sight as lines come."""

    class Moved(Message):
        """What is in sight, found or followed is another now; `tail` tells."""

        def __init__(self, tail: LogTail) -> None:
            super().__init__()
            self.tail = tail

        @property
        def control(self) -> LogTail:
            return self.tail

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, LogTail.Moved) and message.tail is self.tail

    def __init__(self, lines: LogLines | None = None, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(lines, id=id)
        self.hits: list[int] = []
        """Numbers of the kept lines that hold what is looked for, ascending."""
        self._seen = 0  # the number of the next line when the end was in sight last
        self._moving = False  # it is us who scroll
        self._held: int | None = None  # the line that stays in sight, whatever happens to the size

    # --- lines ----------------------------------------------------------------------------------------------

    def show(self, lines: LogLines) -> None:
        """Draw another log, from its end."""
        self.lines = lines
        self.evidence = frozenset()
        self.here = self._held = None
        self.hits = lines.holding(self._query) if self._query is not None else []
        self._seen = lines.end
        self.following = True
        self._lay_out()

    def extend(self, texts: Iterable[str], missed: int = 0) -> None:
        """Add lines to the log in sight, after `missed` that were not caught."""
        before = self.lines.end
        gone = self.lines.append(texts, missed)
        if self._query is not None:
            kept = [number for number in self.hits if number >= self.lines.first]
            self.hits = kept + self.lines.holding(self._query, before)
        if self._text_width() != self._rows.width and self.folding:
            self._lay_out()  # the numbers have become wider
            return
        up = self._rows.drop(min(gone, self._rows.lines))
        self._rows.extend(self.lines.since(before))
        if self.following:
            self._seen = self.lines.end
        self._resize_to_rows(up)

    @property
    def unseen(self) -> int:
        """How many lines have come since the end was left."""
        return 0 if self.following else self.lines.end - self._seen

    def _lay_out(self) -> None:
        """Fold all lines anew, and stay where we were."""
        top = self._number_at(self.scroll_offset.y)
        self._rows = LogRows(self._text_width() if self.folding else None)
        self._rows.extend(self.lines.since(0))
        self._resize_to_rows(0)
        if not self.following and top is not None and top >= self.lines.first:
            self._go(self._rows.row(top - self.lines.first))

    def _resize_to_rows(self, up: int) -> None:
        """Tell the scrollbar how many rows there are; `up`: so many went above the ones in sight."""
        self.virtual_size = Size(
            self.size.width if self.folding else self._rows.widest + self._gutter + _SPARE, len(self._rows)
        )
        if self.following:
            self._go(len(self._rows))
        elif up:
            self._go(self.scroll_offset.y - up)
        self.refresh()
        self.post_message(self.Moved(self))

    # --- where we are ---------------------------------------------------------------------------------------

    def _go(self, row: float) -> None:
        self._moving = True
        try:
            top = max(0, min(row, self._last_top))
            self.scroll_target_y = top  # where the keys count from
            self.scroll_y = top
        finally:
            self._moving = False

    @property
    def _last_top(self) -> int:
        """The row on top when the last one is at the bottom."""
        return max(0, len(self._rows) - self.size.height)

    def _number_at(self, row: int) -> int | None:
        part = self._rows.part(row)
        return None if part is None else self.lines.first + part.index

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if not self._moving and round(old_value) != round(new_value):
            self._held = None
            self.following = round(new_value) >= self._last_top

    def watch_following(self, following: bool) -> None:
        self._seen = self.lines.end
        if following:
            self._go(len(self._rows))
        self.post_message(self.Moved(self))

    def watch_folding(self) -> None:
        self.scroll_x = 0
        if self.is_mounted:
            self._lay_out()

    def watch_here(self) -> None:
        self.refresh()
        self.post_message(self.Moved(self))

    def on_resize(self, _event: events.Resize) -> None:
        if self.folding and self._text_width() != self._rows.width:
            self._lay_out()
        elif self.following:
            self._go(len(self._rows))
        if self._held is not None:
            self.show_line(self._held)

    def action_follow(self) -> None:
        """Go to the newest line, and stay with it."""
        self._held = None
        self.following = True
        self._go(len(self._rows))

    def action_to_start(self) -> None:
        self._held = None
        self.following = False
        self._go(0)

    def action_wrap(self) -> None:
        """Fold long lines, or let them run out of sight."""
        self.folding = not self.folding

    def action_sideways(self, cells: int) -> None:
        """Where lines are not folded, look further right or left."""
        if not self.folding:
            furthest = max(0, self.virtual_size.width - self.size.width)
            self.scroll_x = max(0, min(self.scroll_offset.x + cells, furthest))

    def show_line(self, number: int) -> bool:
        """Bring a line into the middle of the sight; False where it is not kept any more."""
        if not self.lines.first <= number < self.lines.end:
            return False
        self.following = False
        self.here = self._held = number
        row = self._rows.row(number - self.lines.first)
        if not self.scroll_offset.y <= row < self.scroll_offset.y + self.size.height:
            self._go(row - self.size.height // 2)
        return True

    def mark(self, evidence: Iterable[int]) -> None:
        """Mark the lines that show the cause of a failure, and bring the first into sight."""
        self.evidence = frozenset(evidence)
        if self.evidence:
            self.show_line(min(self.evidence))
        self.refresh()

    async def on_click(self, event: events.Click) -> None:
        number = self._number_at(self.scroll_offset.y + event.y)
        if number is not None:
            self.here = number

    # --- finding --------------------------------------------------------------------------------------------

    def search(self, typed: str) -> None:
        """Mark every line that holds the text, and go to the first one in sight or below."""
        self._query = query_of(typed) if typed else None
        self.hits = self.lines.holding(self._query) if self._query is not None else []
        if self.hits:
            top = self._number_at(self.scroll_offset.y) or 0
            self.show_line(next((number for number in self.hits if number >= top), self.hits[-1]))
        self.refresh()
        self.post_message(self.Moved(self))

    def next_hit(self, forward: bool = True) -> None:
        """Go to the next line, or the one before, that holds the text; from the end to the start and back."""
        if not self.hits:
            return
        here = self.here if self.here is not None else self.lines.first - 1
        if forward:
            self.show_line(next((number for number in self.hits if number > here), self.hits[0]))
        else:
            self.show_line(next((number for number in reversed(self.hits) if number < here), self.hits[-1]))

    @property
    def hit_here(self) -> int | None:
        """Which of the hits we are at, from 1."""
        return self.hits.index(self.here) + 1 if self.here in self.hits else None

    # --- giving out -----------------------------------------------------------------------------------------

    def line_here(self) -> str:
        """The line that was found or clicked last; else the newest in sight."""
        if self.here is not None and self.lines.first <= self.here < self.lines.end:
            return self.lines[self.here]
        number = self._number_at(min(self.scroll_offset.y + self.size.height, len(self._rows)) - 1)
        return "" if number is None else self.lines[number]
