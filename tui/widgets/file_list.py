"""The things in a folder as rows, of which only those in sight are drawn: ten thousand cost what twenty do."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.widgets.folder_contents import Entry, EntryKind
from wizard.in_words import bytes_in_words, day_in_words

_MARKS = {EntryKind.FOLDER: "▸", EntryKind.MODEL: "◆", EntryKind.OTHER: " "}
_SIZE, _DAY = 9, 13
_WIDE, _MIDDLE = 60, 34
"""Columns from which on days, and sizes, have room beside the names."""


class FileList(ScrollView, can_focus=True):
    """Rows with one under the cursor. Enter or a click on that row chooses it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "file-list--folder",
        "file-list--model",
        "file-list--other",
        "file-list--detail",
        "file-list--cursor",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "first", "First", show=False),
        Binding("end", "last", "Last", show=False),
        Binding("enter", "choose", "Choose", show=False),
    ]

    class Moved(Message):
        """Another row is under the cursor, or none."""

        def __init__(self, entry: Entry | None) -> None:
            super().__init__()
            self.entry = entry

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, FileList.Moved)

    class Chosen(Message):
        """The row under the cursor is wanted."""

        def __init__(self, entry: Entry) -> None:
            super().__init__()
            self.entry = entry

    cursor: reactive[int] = reactive(0, repaint=False)

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's name for it)
        super().__init__(id=id)
        self._entries: Sequence[Entry] = ()

    @property
    def current(self) -> Entry | None:
        """What is under the cursor."""
        return self._entries[self.cursor] if self.cursor < len(self._entries) else None

    def show(self, entries: Sequence[Entry], cursor: int = 0) -> None:
        """Put these rows in place of those there are."""
        self._entries = entries
        self.virtual_size = Size(0, len(entries))
        with self.prevent(FileList.Moved):
            self.cursor = self.validate_cursor(cursor)
        self.scroll_to(y=0, animate=False)
        self._keep_in_sight()
        self.refresh()
        self.post_message(self.Moved(self.current))

    def validate_cursor(self, cursor: int) -> int:
        """Stay within the rows."""
        return max(0, min(cursor, len(self._entries) - 1))

    def watch_cursor(self, old: int, new: int) -> None:
        """Draw the two rows that change, and no other."""
        self.refresh_line(old)
        self.refresh_line(new)
        self._keep_in_sight()
        self.post_message(self.Moved(self.current))

    def _keep_in_sight(self) -> None:
        if self._entries:
            self.scroll_to_region(Region(0, self.cursor, 1, 1), animate=False, force=True)

    def on_resize(self) -> None:
        """The cursor stays in sight."""
        self._keep_in_sight()

    def action_move(self, rows: int) -> None:
        self.cursor += rows

    def action_page(self, pages: int) -> None:
        self.cursor += pages * max(1, self.scrollable_content_region.height - 1)

    def action_first(self) -> None:
        self.cursor = 0

    def action_last(self) -> None:
        self.cursor = len(self._entries) - 1

    def action_choose(self) -> None:
        if self.current is not None:
            self.post_message(self.Chosen(self.current))

    def on_click(self, event: events.Click) -> None:
        """The first click on a row moves the cursor there, the next one chooses it."""
        row = self.scroll_offset.y + event.y
        if row >= len(self._entries):
            return
        if row == self.cursor and self.has_focus:
            self.action_choose()
        self.cursor = row
        self.focus()

    def render_line(self, y: int) -> Strip:
        """One row: mark, name, size and day as far as there is room."""
        number = self.scroll_offset.y + y
        width = self.scrollable_content_region.width
        if number >= len(self._entries):
            return Strip.blank(width, self.rich_style)
        entry = self._entries[number]
        here = number == self.cursor
        style = self._style(f"file-list--{entry.kind.name.lower()}", here)
        detail = self._style("file-list--detail", here)
        cells = self._details(entry, width)
        room = width - 4 - cell_len(cells)
        name = shortened(f"{entry.shown}{'/' if entry.kind is EntryKind.FOLDER else ''}", room)
        start = f"{'›' if here else ' '}{_MARKS[entry.kind]} "
        padding = " " * max(0, room - cell_len(name) + 1)
        return Strip([Segment(start + name + padding, style), Segment(cells, detail)]).crop_extend(0, width, style)

    def _style(self, name: str, here: bool) -> Style:
        style = self.rich_style + self.get_component_rich_style(name, partial=True)
        return style + self.get_component_rich_style("file-list--cursor", partial=True) if here else style

    @staticmethod
    def _details(entry: Entry, width: int) -> str:
        size = "" if entry.kind is EntryKind.FOLDER else bytes_in_words(entry.size)
        day = day_in_words(entry.modified, time.time()) if entry.modified else ""
        if width >= _WIDE:
            return f"{size:>{_SIZE}}{day:>{_DAY}} "
        return f"{size:>{_SIZE}} " if width >= _MIDDLE else ""


def shortened(text: str, width: int) -> str:
    """The text in at most `width` cells. What is taken out of its middle is told by an ellipsis: names differ at their ends."""
    if cell_len(text) <= width:
        return text
    if width < 2:
        return "…"[:width]
    end = (width - 1) // 2
    head, tail = text[: width - 1 - end], text[len(text) - end :]
    while cell_len(head) + cell_len(tail) > width - 1:  # characters of two cells
        if len(head) > len(tail):
            head = head[:-1]
        else:
            tail = tail[1:]
    return f"{head}…{tail}"
