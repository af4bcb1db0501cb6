"""Calls that may take long, made beside the screen: each in a thread of its own, each ending in one message.

Not Textual's thread workers: those share a few threads that the program waits for at its end, so one log that is followed, or
one cloud that does not answer, would keep it from ending.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual.message import Message

from wizard.errors import SendoffError, own_fault

if TYPE_CHECKING:
    from textual.message_pump import MessagePump


class Answered(Message):
    """A slow call has ended: with `value`, or with the `error` that kept it from one."""

    def __init__(self, question: str, ticket: int, value: Any, error: SendoffError | None) -> None:
        super().__init__()
        self.question = question
        self.ticket = ticket
        self.value = value
        self.error = error


class SlowCalls:
    """The slow calls of one widget or screen, which gets an `Answered` for each. Used from the screen's thread alone."""

    def __init__(self, asker: MessagePump) -> None:
        self._asker = asker
        self._newest: dict[str, int] = {}

    def ask(self, question: str, call: Callable[[], Any]) -> None:
        """Make the call in a thread. It overtakes an earlier one for the same question."""
        ticket = self._newest.get(question, 0) + 1
        self._newest[question] = ticket

        def work() -> None:
            value, error = None, None
            try:
                value = call()
            except SendoffError as known:
                error = known
            except Exception as fault:
                error = own_fault(fault)
            with contextlib.suppress(RuntimeError):  # the program is ending, and nobody is there to be told
                self._asker.post_message(Answered(question, ticket, value, error))

        threading.Thread(target=work, name=question, daemon=True).start()

    def forget(self, question: str) -> None:
        """Whatever is still to come for the question is out of date."""
        self._newest[question] = self._newest.get(question, 0) + 1

    def is_newest(self, answer: Answered) -> bool:
        """Whether no newer call has overtaken the one this answers."""
        return self._newest.get(answer.question) == answer.ticket
