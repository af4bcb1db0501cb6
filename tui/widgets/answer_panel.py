"""What a service answered, and how long it took."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from tui.widgets.error_panel import ErrorPanel
from wizard.in_words import milliseconds_in_words
from wizard.steps.reply_words import answer_in_lines, has_message, refusal
from wizard.targets import Reply

_BEFORE = 4


class AnswerPanel(VerticalScroll, can_focus=True):
    """Empty until something was sent."""

    def __init__(self) -> None:
        super().__init__(id="answer")
        self._times: list[float] = []
        self.reply: Reply | None = None

    def compose(self) -> ComposeResult:
        yield Static("The answer comes here.", id="answer-state", markup=False)
        yield ErrorPanel(id="answer-refused")
        yield Static("", id="answer-body", markup=False)
        yield Static("", id="answer-times", markup=False)

    def show(self, reply: Reply) -> None:
        self.reply = reply
        ok = reply.status == 200
        state = self.query_one("#answer-state", Static)
        state.update(f"{'✓' if ok else '✗'} {reply.status} in {milliseconds_in_words(reply.milliseconds)}")
        state.set_class(ok, "-ok")
        state.set_class(not ok, "-wrong")
        said = refusal(reply) if not ok else None
        self.query_one("#answer-refused", ErrorPanel).show(said)
        # What the panel says already is not said again as JSON.
        body = self.query_one("#answer-body", Static)
        body.display = said is None or not has_message(reply.answer)
        body.update(answer_in_lines(reply.answer))
        before = ", ".join(map(milliseconds_in_words, self._times[: -_BEFORE - 1 : -1]))
        self.query_one("#answer-times", Static).update(f"before: {before}" if before else "")
        self._times.append(reply.milliseconds)
        self.scroll_home(animate=False)
