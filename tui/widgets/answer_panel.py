"""What a service answered, and how long it took."""

from __future__ import annotations

import json
from typing import Any

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from tui.widgets.error_panel import ErrorPanel
from tui.widgets.quantities import milliseconds_in_words
from wizard.errors import TargetError
from wizard.printable import printable
from wizard.targets import Reply

_LONGEST = 20_000
"""Characters of an answer that are shown."""
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
        body.display = said is None or not _has_message(reply.answer)
        body.update(_in_lines(reply.answer))
        before = ", ".join(map(milliseconds_in_words, self._times[: -_BEFORE - 1 : -1]))
        self.query_one("#answer-times", Static).update(f"before: {before}" if before else "")
        self._times.append(reply.milliseconds)
        self.scroll_home(animate=False)


def refusal(reply: Reply) -> TargetError:
    """What the service said against the request, in our three parts."""
    said = reply.answer.get("error") if isinstance(reply.answer, dict) else None
    error = said if isinstance(said, dict) else {}
    message = str(error.get("message") or "").strip() or f"It answered with status {reply.status}."
    whose = "refused the request" if 400 <= reply.status < 500 else "failed on the request"
    return TargetError(f"The service {whose}.", printable(_sentence(message)), printable(str(error.get("fix") or "")))


def _has_message(answer: Any) -> bool:
    error = answer.get("error") if isinstance(answer, dict) else None
    return isinstance(error, dict) and bool(error.get("message"))


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _in_lines(answer: Any) -> str:
    """Names and values where that is all there is in it, else JSON."""
    if isinstance(answer, str):
        text = answer
    elif isinstance(answer, dict) and answer and not any(isinstance(value, dict | list) for value in answer.values()):
        wide = max(map(len, answer))
        text = "\n".join(f"{name:<{wide}}  {json.dumps(value, ensure_ascii=False)}" for name, value in answer.items())
    else:
        text = json.dumps(answer, ensure_ascii=False, indent=2)
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}\n… and {len(text) - _LONGEST:,} characters more"
    return printable(text)
