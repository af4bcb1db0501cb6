"""All that a run wants the person to read, whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import HorizontalGroup, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from tui.while_shown import while_shown
from tui.widgets.run_notices import notice_content
from wizard.events import Notice


class NoticesScreen(ModalScreen[None]):
    """Scrolled with the arrow keys where there is more than room."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,i", "dismiss", "Close")]

    def __init__(self, notices: Sequence[Notice]) -> None:
        super().__init__()
        self._notices = notices

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog"):
            yield Static("What you should know", classes="dialog-title")
            for notice in self._notices:
                yield Static(notice_content(notice), classes="notice")
            with HorizontalGroup(classes="dialog-buttons"):
                yield Button("Close", id="close", action="screen.dismiss")

    @while_shown
    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()
