"""How to call the service from elsewhere, ready to be copied."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import HorizontalGroup, Vertical
from textual.widgets import Button, Static

from tui.clipboard import copy
from tui.widgets.service_pane import ServicePane
from wizard.steps.snippets import sample_snippets

if TYPE_CHECKING:
    from wizard.steps.snippets import Snippet


class CallPane(ServicePane):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy('')", "Copy", tooltip="Copy the snippet that has the focus, or the first"),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's name for it)
        super().__init__(id=id)
        self._snippets: tuple[Snippet, ...] = ()

    def content(self) -> ComposeResult:
        yield Vertical(id="snippets")

    def load(self) -> None:
        self.ask("snippets", "Putting the calls together", partial(sample_snippets, self.service))

    async def answered(self, question: str, value: Any) -> None:  # noqa: ARG002  (as every tab has it)
        self._snippets = value
        box = self.query_one("#snippets", Vertical)
        async with self.batch():
            await box.remove_children()
            await box.mount(*(_Call(snippet) for snippet in self._snippets))

    @on(Button.Pressed, ".snippet-copy")
    def _pressed(self, message: Button.Pressed) -> None:
        message.stop()
        self.action_copy(message.button.name or "")

    def action_copy(self, language: str) -> None:
        focused = self.screen.focused
        wanted = language or (focused.name if isinstance(focused, Button) else None)
        chosen = next((one for one in self._snippets if one.language == wanted), None)
        if chosen := chosen or next(iter(self._snippets), None):
            copy(self.app, chosen.text, f"the call with {chosen.language}")


class _Call(Vertical):
    """One language."""

    def __init__(self, snippet: Snippet) -> None:
        super().__init__()
        self._snippet = snippet

    def compose(self) -> ComposeResult:
        with HorizontalGroup():
            yield Static(self._snippet.language, classes="snippet-language", markup=False)
            yield Button("Copy", name=self._snippet.language, classes="snippet-copy")
        yield Static(self._snippet.text, classes="snippet-text", markup=False)
