"""The line one types into to find something in a log."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import HorizontalGroup
from textual.message import Message
from textual.widgets import Button, Input, Static


class SearchBar(HorizontalGroup):
    """Says what is typed as it is typed, and when it is closed. Out of sight until it is opened."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close the search"),
        Binding("down", "go(True)", "Next", show=False),
        Binding("up", "go(False)", "Previous", show=False),
    ]

    class Typed(Message):
        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Go(Message):
        """To the next find, or the one before. `stay`: the person goes on typing."""

        def __init__(self, forward: bool, *, stay: bool) -> None:
            super().__init__()
            self.forward = forward
            self.stay = stay

    class Closed(Message):
        """The person looks for nothing any more."""

    def compose(self) -> ComposeResult:
        yield Static("Find", classes="search-label")
        yield Input(id="search-text", placeholder="any text; n and N go on")
        yield Static("", id="search-count", markup=False)
        yield Button("Close", id="search-close")

    def on_mount(self) -> None:
        self.display = False

    def open(self) -> None:
        self.display = True
        field = self.query_one("#search-text", Input)
        self.screen.set_focus(field)
        field.action_select_all()

    def show_count(self, here: int | None, count: int) -> None:
        """How many lines were found, and which of them we are at."""
        if not self.query_one("#search-text", Input).value:
            text = ""
        elif not count:
            text = "not found"
        else:
            text = f"{here} of {count:,}" if here is not None else f"{count:,} found"
        self.query_one("#search-count", Static).update(text)

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        message.stop()
        self.post_message(self.Typed(message.value))

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        message.stop()
        self.post_message(self.Go(True, stay=False))

    def action_go(self, forward: bool) -> None:
        self.post_message(self.Go(forward, stay=True))

    @on(Button.Pressed)
    def _pressed(self, message: Button.Pressed) -> None:
        message.stop()
        self.action_close()

    def action_close(self) -> None:
        self.display = False
        self.query_one("#search-text", Input).value = ""
        self.post_message(self.Closed())
