"""A question with yes and no."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import HorizontalGroup, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from tui.while_shown import while_shown


class ConfirmScreen(ModalScreen[bool]):
    """Ends in True for yes. Where yes is dangerous, no has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes"),
        Binding("n,escape", "answer(False)", "No"),
        Binding("left,up", "app.focus_previous", show=False),
        Binding("right,down", "app.focus_next", show=False),
    ]

    def __init__(
        self,
        question: str,
        yes_label: str = "Yes",
        *,
        details: str = "",
        no_label: str = "Cancel",
        danger: bool = False,
    ) -> None:
        super().__init__()
        self._question = question
        self._details = details
        self._yes_label = yes_label
        self._no_label = no_label
        self._danger = danger

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog", can_focus=False):
            yield Static(self._question, markup=False, classes="dialog-title")
            if self._details:
                yield Static(self._details, markup=False, classes="dialog-text")
            with HorizontalGroup(classes="dialog-buttons"):
                yield Button(self._no_label, id="no")
                yield Button(self._yes_label, id="yes", variant="error" if self._danger else "primary")

    @while_shown
    def on_mount(self) -> None:
        self.query_one("#no" if self._danger else "#yes", Button).focus()

    @on(Button.Pressed)
    def _pressed(self, message: Button.Pressed) -> None:
        message.stop()
        self.dismiss(message.button.id == "yes")

    def action_answer(self, yes: bool) -> None:
        self.dismiss(yes)
