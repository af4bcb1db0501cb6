"""The home screen's list: sections with headings, one cursor through all of them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.widgets.file_list import shortened
from tui.widgets.home_entries import HomeEntry, Section


class HomeList(OptionList):
    """Two rows an entry. The cursor stays on what it is on while the list changes."""

    class Moved(Message):
        """Another entry is under the cursor, or none."""

        def __init__(self, entry: HomeEntry | None) -> None:
            super().__init__()
            self.entry = entry

    class Chosen(Message):
        def __init__(self, entry: HomeEntry) -> None:
            super().__init__()
            self.entry = entry

    def __init__(self) -> None:
        super().__init__(id="home-list", markup=False)
        self._sections: tuple[Section, ...] = ()
        self._entries: dict[str, HomeEntry] = {}
        self._width = 0

    @property
    def current(self) -> HomeEntry | None:
        option = self.highlighted_option
        return self._entries.get(option.id or "") if option is not None else None

    def show(self, sections: Sequence[Section]) -> None:
        """Put these sections in place of those there are; empty ones are left out."""
        self._sections = tuple(section for section in sections if section.entries)
        self._entries = {entry.key: entry for section in self._sections for entry in section.entries}
        self._draw()

    def on_resize(self) -> None:
        if self.scrollable_content_region.width != self._width:
            self._draw()

    def _draw(self) -> None:
        here = self.current
        self._width = self.scrollable_content_region.width
        options: list[Option] = []
        for section in self._sections:
            space = "\n" if options else ""
            options.append(Option(Content.assemble(space, (section.title, "$text-muted")), disabled=True))
            options.extend(Option(_drawn(entry, self._width - 2), id=entry.key) for entry in section.entries)
        keys = [option.id for option in options]
        at = keys.index(here.key) if here is not None and here.key in keys else (1 if options else None)
        with self.prevent(OptionList.OptionHighlighted):
            self.set_options(options)
            self.highlighted = at
        self.post_message(self.Moved(self.current))

    def on_option_list_option_highlighted(self, message: OptionList.OptionHighlighted) -> None:
        message.stop()
        self.post_message(self.Moved(self.current))

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        message.stop()
        if self.current is not None:
            self.post_message(self.Chosen(self.current))


def _drawn(entry: HomeEntry, width: int) -> Content:
    width = max(width, 20)
    title = shortened(entry.title, width - 3 - cell_len(entry.state))
    gap = " " * max(1, width - 2 - cell_len(title) - cell_len(entry.state))
    first = Content.assemble((f"{entry.mark} ", entry.colour), (title, "bold"), gap, (entry.state, entry.colour))
    return Content.assemble(first, "\n", (f"  {shortened(entry.detail, width - 2)}", "$text-muted"))
