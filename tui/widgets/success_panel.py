"""How a run went well: where the service answers, and what one does with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import HorizontalGroup, VerticalGroup, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from tui.while_shown import while_shown
from wizard.printable import printable


class SuccessPanel(VerticalGroup):
    """Drawn from the run's result: a `Release` as plain data. The buttons run actions of the screen; from any of them the arrow
    keys scroll the text where there is no room for all of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "read(-1)", "Read up", show=False),
        Binding("down", "read(1)", "Read on", show=False),
    ]

    def __init__(self, result: Mapping[str, Any] | None, seconds: float) -> None:
        super().__init__()
        self.result = result or {}
        self._seconds = seconds

    @property
    def service(self) -> str:
        """The name of the service that was released; empty where the run went less far."""
        return str(self.result.get("service") or "")

    @property
    def url(self) -> str:
        return str(self.result.get("url") or "")

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="success-text", can_focus=False):
            yield Static(self._text())
        with HorizontalGroup(classes="ways"):
            if self.service:
                yield Button("Try it", id="try", action="screen.try_it", variant="primary")
                yield Button("Copy address", id="copy-url", action="screen.copy_url")
            yield Button("By hand", id="by-hand", action="screen.by_hand")
            yield Button("Home", id="home", action="app.go_home")

    @while_shown
    def on_mount(self) -> None:
        self.query(Button).first().focus()

    def action_read(self, rows: int) -> None:
        self.query_one(".success-text").scroll_relative(y=rows, animate=False)

    def _text(self) -> Content:
        took = f"in {self._seconds:.0f} s" if self._seconds >= 1 else "at once"
        if not self.service:
            return Content.assemble(("✓ ", "bold $text-success"), (f"Done {took}.", "bold"))
        lines = [
            Content.assemble(
                ("✓ ", "bold $text-success"),
                (f"{self.service} answers at ", "bold"),
                (printable(self.url), "bold $text-primary"),
                (f", {took}." if self.result.get("changed", True) else ": it ran already, nothing was changed.", ""),
            )
        ]
        lines += [
            Content.styled(printable(str(self.result[key])), "$text-muted")
            for key in ("place", "proof")
            if self.result.get(key)
        ]
        lines += [
            Content.assemble((f"{label:<9} ", "$text-muted"), (printable(str(self.result[key])), ""))
            for label, key in (("call it", "call"), ("undo it", "undo"))
            if self.result.get(key)
        ]
        return Content("\n").join(lines)
