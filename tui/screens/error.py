"""An error that belongs to no field and no stage: a plan that cannot be read, a project another run is at work on."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import HorizontalGroup, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button

from tui.while_shown import while_shown
from tui.widgets.error_panel import ErrorPanel
from wizard.errors import SendoffError


class ErrorScreen(ModalScreen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "Close")]

    def __init__(self, error: SendoffError) -> None:
        super().__init__()
        self._error = error

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog -error", can_focus=False):
            yield ErrorPanel(self._error)
            with HorizontalGroup(classes="dialog-buttons"):
                yield Button("Close", id="close", variant="primary")

    @while_shown
    def on_mount(self) -> None:
        self.query_one("#close", Button).focus()

    @on(Button.Pressed)
    def action_close(self) -> None:
        self.dismiss(None)
