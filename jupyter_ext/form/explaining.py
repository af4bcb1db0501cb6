"""What explains the step in sight, below its buttons: why it is asked, what the model says, how the same is done by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from typing import TYPE_CHECKING

import ipywidgets

from jupyter_ext.form.explained import commands_html, inspection_html, why_html
from jupyter_ext.form.field_row import FieldRow
from jupyter_ext.looks import error_html, text_html
from wizard.steps.views import StepView

if TYPE_CHECKING:
    from wizard.inspection.inspection import Inspection
    from wizard.steps.deploy import Deploy
    from wizard.steps.deploy.review import Review


class _Part(Enum):
    WHY = "Why"
    MODEL = "The model"
    BY_HAND = "By hand"


class Explaining(ipywidgets.VBox):
    """Each part is opened and closed by one of `buttons`, and worked out only while it is open."""

    def __init__(self, deploy: Deploy, redraw: Callable[[], None]) -> None:
        self._deploy, self._redraw = deploy, redraw
        self._open: dict[_Part, bool] = {}
        self._inspected: tuple[Inspection, str] | None = None
        self._parts = {part: ipywidgets.HTML().add_class("sendoff-explained") for part in _Part}
        self._buttons = {part: ipywidgets.Button() for part in _Part}
        for part, button in self._buttons.items():
            button.on_click(lambda _button, part=part: self._toggle(part))
        super().__init__(list(self._parts.values()))

    @property
    def buttons(self) -> tuple[ipywidgets.Button, ...]:
        return tuple(self._buttons.values())

    def show(self, view: StepView, rows: Iterable[FieldRow], review: Review | None) -> None:
        """For this step, whose rows in sight are `rows`; the review where it is the last."""
        here = {
            _Part.WHY: bool(view.step.fields),
            _Part.MODEL: bool(self._deploy.session.field("model.path").value),
            _Part.BY_HAND: True,
        }
        said: dict[_Part, Callable[[], str]] = {
            _Part.WHY: lambda: why_html(view.step, [row.view for row in rows]),
            _Part.MODEL: self._model,
            _Part.BY_HAND: lambda: self._by_hand(view, review),
        }
        for part, box in self._parts.items():
            is_open = here[part] and self._is_open(part, view)
            self._buttons[part].layout.display = None if here[part] else "none"
            self._buttons[part].description = f"{'▾' if is_open else '▸'} {part.value}"
            if is_open:
                box.value = said[part]()
            box.layout.display = None if is_open and box.value else "none"

    def _is_open(self, part: _Part, view: StepView) -> bool:
        """As the person has it; what the model says is open while the model is what is asked about."""
        return self._open.get(part, part is _Part.MODEL and view.index == 0)

    def _toggle(self, part: _Part) -> None:
        self._open[part] = self._parts[part].layout.display == "none"
        self._redraw()

    def _model(self) -> str:
        fact = self._deploy.session.fact("inspection")
        if fact.busy:
            return text_html(f"◌ {fact.fact.title} …", "busy")
        if fact.error is not None:
            return error_html(fact.error)
        inspection: Inspection | None = fact.value
        if inspection is None:
            return ""
        if self._inspected is None or self._inspected[0] is not inspection:
            self._inspected = inspection, text_html("The model", "heading") + inspection_html(inspection)
        return self._inspected[1]

    def _by_hand(self, view: StepView, review: Review | None) -> str:
        from wizard.steps.by_hand import by_hand_step

        plan, last = self._deploy.plan, not view.step.fields
        title = "By hand: the whole way" if last else f"By hand: {view.step.title}"
        if plan is None:
            problems = self._deploy.problems()
            first = f"{problems[0].what} {problems[0].fix}" if problems else "Something is still being found out."
            return commands_html(title, (), (), f"The commands are known once the plan is right. {first}")
        stages = review.commands if last and review is not None else ()
        commands = by_hand_step(view.step.name, plan, self._deploy.plan_path)
        return commands_html(title, stages, commands, "There is nothing to type for this step.")
