"""How a run failed or was stopped, and everything that can be done about it, each on a button."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import HorizontalGroup, VerticalGroup, VerticalScroll
from textual.widgets import Button

from tui.while_shown import while_shown
from tui.widgets.error_panel import ErrorPanel
from wizard.errors import SendoffError
from wizard.steps.remedies import Remedy


class FailurePanel(VerticalGroup):
    """The error whole, the remedies by number, and the ways from here. The buttons run actions of the screen.

    The arrow keys scroll the error where there is no room for all of it: from any of the buttons, one of which has the focus.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "read(-1)", "Read up", show=False),
        Binding("down", "read(1)", "Read on", show=False),
    ]

    def __init__(self, error: SendoffError, *, evidence: bool, stopped: bool) -> None:
        """`evidence`: its lines were found in the log, so there is something to go to."""
        super().__init__()
        self.error = error
        self.remedies: tuple[Remedy, ...] = ()
        self._evidence = evidence
        self._stopped = stopped

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="failure-text", can_focus=False):
            yield ErrorPanel(self.error)
        yield VerticalGroup(classes="remedies")
        with HorizontalGroup(classes="ways"):
            again = "Go on from here" if self._stopped else "Try again"
            yield Button(again, id="again", action="screen.again", variant="primary")
            yield Button("Change", id="change", action="screen.change")
            if self._evidence:
                yield Button("Evidence", id="evidence", action="screen.evidence")
            yield Button("By hand", id="by-hand", action="screen.by_hand")
            yield Button("Home", id="home", action="app.go_home")

    @while_shown
    def on_mount(self) -> None:
        self.query_one("#again", Button).focus()

    def action_read(self, rows: int) -> None:
        self.query_one(".failure-text").scroll_relative(y=rows, animate=False)

    def offer(self, remedies: Sequence[Remedy]) -> None:
        """What one key can put right. The first is what the next Enter does."""
        self.remedies = tuple(remedies)
        if not remedies:
            return
        buttons = [
            Button(
                f"{number}  {remedy.label}",
                id=f"remedy-{number}",
                action=f"screen.remedy({number})",
                variant="primary" if number == 1 else "default",
            )
            for number, remedy in enumerate(remedies, 1)
        ]
        self.query_one(".remedies").mount(*buttons)
        again = self.query_one("#again", Button)
        again.variant = "default"
        if again.has_focus:
            buttons[0].focus()
