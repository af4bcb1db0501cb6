"""Work for a fact that stops as soon as nobody wants its result any more."""

from __future__ import annotations

from wizard.events import Cancel, Reporter
from wizard.steps.answers import Answers


def while_wanted(stage: str, answers: Answers) -> Reporter:
    """A reporter nobody listens to, which asks to stop once an edit has made the work useless."""
    return Reporter(stage, lambda _event: None, _Overtaken(answers))


class _Overtaken(Cancel):
    def __init__(self, answers: Answers) -> None:
        super().__init__()
        self._answers = answers

    def is_set(self) -> bool:
        return self._answers.overtaken or super().is_set()
