"""Calls that may take long, made beside the page: each in a thread of its own, each answered once.

The kernel's own thread may be busy with a cell for minutes; nothing here waits for it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from jupyter_ext.beside import beside
from wizard.errors import SendoffError, own_fault


@dataclass(frozen=True, slots=True)
class Answer:
    """A slow call has ended: with `value`, or with the `error` that kept it from one."""

    question: str
    value: Any
    error: SendoffError | None


class SlowCalls:
    """`answered` is called in the call's thread, under the lock of what is drawn; never for a call that was overtaken."""

    def __init__(self, lock: AbstractContextManager[Any], answered: Callable[[Answer], None]) -> None:
        self._lock = lock
        self._answered = answered
        self._newest: dict[str, int] = {}
        self._closed = False

    def ask(self, question: str, call: Callable[[], Any]) -> None:
        """Make the call. It overtakes an earlier one for the same question."""
        with self._lock:
            ticket = self._newest[question] = self._newest.get(question, 0) + 1

        def work() -> None:
            value, error = None, None
            try:
                value = call()
            except SendoffError as known:
                error = known
            except Exception as fault:
                error = own_fault(fault)
            with self._lock:
                if not self._closed and self._newest[question] == ticket:
                    self._answered(Answer(question, value, error))

        beside(work, question)

    def close(self) -> None:
        """Whatever is still to come is of no interest."""
        with self._lock:
            self._closed = True
