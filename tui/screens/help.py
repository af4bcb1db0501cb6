"""Why a field is asked, and why its value is what it is: what the side panel says where there is room for one."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import HorizontalGroup, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from tui.while_shown import while_shown
from tui.widgets.why_panel import explained
from wizard.steps.fields import Step
from wizard.steps.views import FieldView


class HelpScreen(ModalScreen[None]):
    """Of a field, or of the step where no field is in focus."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,f1", "close", "Close")]

    def __init__(self, step: Step, view: FieldView | None) -> None:
        super().__init__()
        self._step = step
        self._view = view

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            with VerticalScroll(id="help-text", can_focus=False):
                if self._view is not None:
                    yield Static(explained(self._view))
                yield Static(
                    Content("\n").join(
                        [Content.styled(f"The step {self._step.title}", "bold"), Content(self._step.why)]
                    ),
                    id="help-step",
                )
            with HorizontalGroup(classes="dialog-buttons"):
                yield Button("Close", id="close", variant="primary")

    @while_shown
    def on_mount(self) -> None:
        self.query_one("#close", Button).focus()

    @on(Button.Pressed)
    def action_close(self) -> None:
        self.dismiss(None)
