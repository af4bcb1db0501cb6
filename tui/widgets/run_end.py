"""How a run ended, and going on from there: with a remedy, or once more as it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from textual import on
from textual.containers import VerticalGroup
from textual.message import Message

from tui.slow_call import Answered, SlowCalls
from tui.while_shown import while_shown
from tui.widgets.failure_panel import FailurePanel
from tui.widgets.success_panel import SuccessPanel
from wizard.errors import CancelledError, SendoffError
from wizard.events import RunFinished
from wizard.run import Run
from wizard.steps.remedies import Remedy, apply
from wizard.steps.run_questions import remedies_for

Begin = Callable[[Path, bool], Run]
"""Starts a run of the plan, with or without consent. Raises SendoffError where it cannot begin."""


class RunEnd(VerticalGroup):
    """Empty while the run is at work."""

    class Begun(Message):
        """Another run is at work on the plan."""

        def __init__(self, run: Run) -> None:
            super().__init__()
            self.run = run

    def __init__(self, plan_path: Path, begin: Begin) -> None:
        super().__init__()
        self._plan_path = plan_path
        self._begin = begin
        self._calls = SlowCalls(self)
        self.released: SuccessPanel | None = None
        """What is said of a run that ended well."""
        self.remedies: tuple[Remedy, ...] = ()

    def clear(self) -> None:
        self.remove_children()
        self.released, self.remedies = None, ()

    def show_success(self, result: RunFinished, seconds: float) -> None:
        """`seconds`: what the run took."""
        self.released = SuccessPanel(result.result, seconds)
        self.mount(self.released)

    def show_failure(self, error: SendoffError, evidence: bool) -> None:
        """`evidence`: its lines are marked in the log. What a key can put right comes as soon as it is known."""
        stopped = isinstance(error, CancelledError)
        self.mount(FailurePanel(error, evidence=evidence, stopped=stopped))
        if not stopped:
            plan_path = self._plan_path
            self._calls.ask("remedies", lambda: remedies_for(error, plan_path))

    def again(self, consent: bool) -> None:
        """Run again; what is done is not done twice, so this goes on where it failed."""
        self._go_on(lambda: None, consent)

    def take_remedy(self, number: int, consent: bool) -> None:
        """Put right what failed, by the remedy's number from 1, and go on."""
        if number <= len(self.remedies):
            remedy, plan_path = self.remedies[number - 1], self._plan_path
            self._go_on(lambda: apply(remedy, plan_path) if remedy.settings else None, consent or remedy.consent)

    def _go_on(self, change: Callable[[], object], consent: bool) -> None:
        plan_path, begin = self._plan_path, self._begin

        def work() -> Run:
            change()
            return begin(plan_path, consent)

        for button in self.query("Button"):
            button.disabled = True
        self._calls.ask("beginning", work)

    @on(Answered)
    @while_shown
    def _answered(self, answer: Answered) -> None:
        answer.stop()
        if not self._calls.is_newest(answer):
            return
        if answer.question == "beginning":
            if answer.error is None:
                self.post_message(self.Begun(answer.value))
            else:  # another run is at work, or the plan does not hold
                self.remove_children()
                self.mount(FailurePanel(answer.error, evidence=False, stopped=False))
        elif answer.error is None:  # else without a plan that can be read, nothing is known to help
            self.remedies = answer.value
            for panel in self.query(FailurePanel):
                panel.offer(self.remedies)
