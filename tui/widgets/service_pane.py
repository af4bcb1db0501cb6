"""One tab of the service screen. What takes time is asked in a thread; what goes wrong is said here, with a key that asks
again; what was known before stays in sight meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import HorizontalGroup, Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Button, Static

from tui.slow_call import Answered, SlowCalls
from tui.while_shown import while_shown
from tui.widgets.error_panel import ErrorPanel

if TYPE_CHECKING:
    from wizard.errors import SendoffError
    from wizard.targets import ReleasedService, ServiceStatus


class ServicePane(Vertical, can_focus=True):
    """`start` gives it the service once, the first time it is in sight; then it loads itself.

    It has the focus itself only until there is something in it that can have it: its keys are in force from the start.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5,ctrl+r", "refresh", "Refresh", show=False, tooltip="Ask the service again"),
    ]
    SCROLLS: ClassVar[bool] = True
    """Whether the tab scrolls as a whole; else a part of it does that itself."""

    service: ReleasedService
    status: ServiceStatus

    class Changed(Message):
        """Something was done to the service; `gone` where it is no more."""

        def __init__(self, *, gone: bool = False) -> None:
            super().__init__()
            self.gone = gone

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's name for it)
        super().__init__(id=id)
        self._calls = SlowCalls(self)
        self._asked: dict[str, tuple[str, Callable[[], Any]]] = {}
        """Question → (what is waited for, the call), of those without an answer yet."""
        self._again: Callable[[], None] | None = None
        """Does once more what failed."""
        self.started = False

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False) if self.SCROLLS else Vertical():
            yield ErrorPanel(id="pane-error")
            with Vertical(classes="pane-content"):
                yield from self.content()
        with HorizontalGroup(classes="pane-foot"):
            yield Static("", classes="pane-state", markup=False)
            yield Button("Try again", classes="pane-again", variant="primary")
            yield Button("Refresh", classes="pane-refresh")

    @while_shown
    def on_mount(self) -> None:
        self.query_one(".pane-content").display = False
        self._draw_foot()

    def start(self, service: ReleasedService, status: ServiceStatus) -> None:
        """It is in sight, and this is the service."""
        self.service, self.status = service, status
        if not self.started:
            self.started = True
            self.load()

    # What a tab says for itself

    def content(self) -> ComposeResult:
        """Its widgets."""
        raise NotImplementedError

    def load(self) -> None:
        """Ask for what it shows."""
        raise NotImplementedError

    async def answered(self, question: str, value: Any) -> None:
        """A question that was asked has its answer."""
        raise NotImplementedError

    # What it has for that

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._asked)

    def ask(self, question: str, doing: str, call: Callable[[], Any]) -> None:
        """Make the call in a thread; `doing` says what is waited for. `answered` gets what comes of it."""
        self._asked[question] = (doing, call)
        self.fail(None)
        self._calls.ask(question, call)

    def fail(self, error: SendoffError | None, again: Callable[[], None] | None = None) -> None:
        """Say what went wrong, with a button that does it `again`; None takes it away."""
        self._again = again
        self.query_one("#pane-error", ErrorPanel).show(error)
        self._draw_foot()

    def say(self, text: str) -> None:
        """A word at the foot of the tab, while nothing is waited for."""
        self._draw_foot(text)

    def show_content(self) -> None:
        """There is something to be seen."""
        self.query_one(".pane-content").display = True
        if self.screen.focused is self:  # has_focus would be true only once the focus was told to it
            self.call_after_refresh(self.focus_first)

    @while_shown
    def focus_first(self) -> None:
        """Into the tab, so that its keys are in force."""
        inside = self.query_one(".pane-content")
        first = next((one for one in self.screen.focus_chain if inside in one.ancestors), None)
        (first or self).focus()

    @on(Answered)
    @while_shown
    async def _answered(self, answer: Answered) -> None:
        answer.stop()
        if not self._calls.is_newest(answer):
            return
        asked = self._asked.pop(answer.question)
        if answer.error is None:
            self._draw_foot(time.strftime("As of %H:%M:%S"))
            await self.answered(answer.question, answer.value)
            self.show_content()
        else:
            self.fail(answer.error, partial(self.ask, answer.question, *asked))

    def _draw_foot(self, said: str = "") -> None:
        state = self.query_one(".pane-state", Static)
        if self._asked:
            state.update(f"{next(reversed(self._asked.values()))[0]} …")
        else:
            state.update(said)
        self.query_one(".pane-again", Button).display = self._again is not None

    @on(Button.Pressed, ".pane-refresh")
    def _refresh_pressed(self, message: Button.Pressed) -> None:
        message.stop()
        self.action_refresh()

    @on(Button.Pressed, ".pane-again")
    def _again_pressed(self, message: Button.Pressed) -> None:
        message.stop()
        if self._again is not None:
            self._again()

    def action_refresh(self) -> None:
        if self.started and not self.busy:
            self.load()
