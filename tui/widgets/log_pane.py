"""A log with its head: what it is of, how far one is behind its end, a search, and ways to take lines along."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import HorizontalGroup, Vertical
from textual.widgets import Button, Static

from tui.clipboard import copy
from tui.widgets.log_lines import LogLines
from tui.widgets.log_tail import LogTail
from tui.widgets.search_bar import SearchBar


class LogPane(Vertical):
    """`show` another log, `extend` the one in sight."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "find", "Find", key_display="/", tooltip="Find a text in the log"),
        Binding("n", "next_hit(True)", "Next find", show=False),
        Binding("N", "next_hit(False)", "Previous find", show=False),
        Binding(
            "y", "copy_line", "Copy line", show=False, tooltip="Copy the line that is marked, or the newest in sight"
        ),
        Binding("Y", "copy_all", "Copy log", show=False, tooltip="Copy the whole log"),
        Binding("s", "save", "Save log", show=False, tooltip="Write the whole log into a file"),
    ]

    def __init__(self, *, folder: Path | None = None, id: str | None = None) -> None:  # noqa: A002
        """`folder`: where a log is saved into; the current one where none is given."""
        super().__init__(id=id)
        self.tail = LogTail()
        self._folder = folder
        self._title = ""
        self._file = "log"
        self._head = ("", "")

    def compose(self) -> ComposeResult:
        with HorizontalGroup(classes="log-head"):
            yield Static("", classes="log-title", markup=False)
            yield Button("", classes="log-news")
        yield self.tail
        yield SearchBar()

    def show(self, lines: LogLines, title: str = "", file: str = "log") -> None:
        """Draw another log. `title` says of what; `file` names it when it is saved."""
        self._title = title
        self._file = file
        self.tail.show(lines)
        self._draw_head()

    def extend(self, texts: Iterable[str], missed: int = 0) -> None:
        """Add lines to the log in sight, after `missed` that were not caught."""
        self.tail.extend(texts, missed)

    def on_mount(self) -> None:
        self._draw_head()

    @on(LogTail.Moved)
    def _moved(self, message: LogTail.Moved) -> None:
        message.stop()
        self._draw_head()

    def _draw_head(self) -> None:
        """Changes nothing where nothing changed: it is called at every batch of lines."""
        if not self.is_mounted:
            return
        tail = self.tail
        count = f"{tail.lines.end:,} line{'' if tail.lines.end == 1 else 's'}" if tail.lines.end else "no output"
        title = f"{self._title} · {count}" if self._title else count
        narrow = self.size.width < 60
        if tail.following:
            news = "following"
        elif tail.unseen:
            news = (
                f"▼ {tail.unseen:,} new"
                if narrow
                else f"▼ {tail.unseen:,} new line{'' if tail.unseen == 1 else 's'} · End"
            )
        else:
            news = "▼ to the end" if narrow else "▼ to the end · End"
        if self._head != (title, news):
            before, self._head = self._head, (title, news)
            self.query_one(".log-title", Static).update(title, layout=False)
            if before[1] != news:
                button = self.query_one(".log-news", Button)
                button.label = news
                button.disabled = tail.following
        bar = self.query_one(SearchBar)
        if bar.display:
            bar.show_count(tail.hit_here, len(tail.hits))

    @on(Button.Pressed, ".log-news")
    def _follow(self, message: Button.Pressed) -> None:
        message.stop()
        self.tail.action_follow()
        self.screen.set_focus(self.tail)

    # --- finding --------------------------------------------------------------------------------------------

    def action_find(self) -> None:
        self.query_one(SearchBar).open()

    @on(SearchBar.Typed)
    def _typed(self, message: SearchBar.Typed) -> None:
        message.stop()
        self.tail.search(message.text)

    @on(SearchBar.Go)
    def _go(self, message: SearchBar.Go) -> None:
        message.stop()
        if message.stay:
            self.tail.next_hit(message.forward)
        else:
            self.screen.set_focus(self.tail)  # what was typed has brought us to the first find already

    @on(SearchBar.Closed)
    def _search_closed(self, message: SearchBar.Closed) -> None:
        message.stop()
        self.tail.search("")
        self.screen.set_focus(self.tail)

    def action_next_hit(self, forward: bool) -> None:
        if not self.tail.hits:
            self.action_find()
        self.tail.next_hit(forward)

    # --- taking along ---------------------------------------------------------------------------------------

    def action_copy_line(self) -> None:
        if line := self.tail.line_here():
            copy(self.app, line, "the line")

    def action_copy_all(self) -> None:
        lines = self.tail.lines
        copy(self.app, "\n".join(lines.all()), f"{len(lines):,} lines")

    def action_save(self) -> None:
        """Write the log into a file of its own; one that is there already is left alone."""
        folder = self._folder or Path.cwd()
        text = "\n".join(self.tail.lines.all()) + "\n"
        path = folder / f"{self._file}.log"
        number = 1
        try:
            while True:
                try:
                    with path.open("x", encoding="utf-8") as file:
                        file.write(text)
                    break
                except FileExistsError:
                    number += 1
                    path = folder / f"{self._file}-{number}.log"
        except OSError as error:
            self.notify(
                f"{path}: {error.strerror}.", title="The log could not be saved", severity="error", markup=False
            )
            return
        lost = f" The {self.tail.lines.first:,} before them are not kept here." if self.tail.lines.first else ""
        self.notify(f"{len(self.tail.lines):,} lines are in {path}.{lost}", markup=False)
