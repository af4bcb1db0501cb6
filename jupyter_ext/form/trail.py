"""The steps in a row: which are done, which is in sight, which are still to come. A button leads to each of the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets

from jupyter_ext.looks import escaped
from wizard.steps.views import StepMark, StepState

_MARKS = {StepState.DONE: "✓", StepState.HERE: "●", StepState.OPEN: "○", StepState.WRONG: "✗"}
_SAID = {
    StepState.DONE: "done",
    StepState.HERE: "in sight",
    StepState.OPEN: "not come to yet",
    StepState.WRONG: "something in it is wrong now",
}


class Trail(ipywidgets.HBox):
    children: Any

    def __init__(self, go: Callable[[str], None]) -> None:
        """`go` is called with the name of the step that the person wants to see."""
        self._go = go
        self._here = ipywidgets.HTML().add_class("sendoff-here")
        self._stations: dict[str, Any] = {}
        super().__init__()
        self.add_class("sendoff-trail")

    @property
    def spare(self) -> tuple[Any, ...]:
        """What is not in sight at the moment."""
        return (self._here, *self._stations.values())

    def show(self, marks: Sequence[StepMark]) -> None:
        for number, mark in enumerate(marks, 1):
            if mark.state is StepState.HERE:
                name = escaped(f"{_MARKS[mark.state]} {mark.step.title}")
                self._here.value = f'<div aria-current="step" title="Step {number} of {len(marks)}">{name}</div>'
        stations = tuple(self._here if mark.state is StepState.HERE else self._station(mark) for mark in marks)
        if stations != self.children:
            self.children = stations

    def _station(self, mark: StepMark) -> Any:
        button = self._stations.get(mark.step.name)
        if button is None:
            button = self._stations[mark.step.name] = ipywidgets.Button().add_class("sendoff-station")
            button.on_click(lambda _button: self._go(mark.step.name))
        button.description = f"{_MARKS[mark.state]} {mark.step.title}"
        button.tooltip = f"{mark.step.title}: {_SAID[mark.state]}"
        for state in (StepState.OPEN, StepState.WRONG):
            (button.add_class if mark.state is state else button.remove_class)(f"sendoff-{state.value}-step")
        return button
