"""The questions of one step, in one column. It draws what the session says and holds no answer of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets

from jupyter_ext.form.controls import Suggest
from jupyter_ext.form.field_row import FieldRow
from jupyter_ext.looks import text_html
from wizard.steps.fields import Kind, Step
from wizard.steps.views import StepView


class StepForm(ipywidgets.VBox):
    """Rows are made when they are first needed, and then stay: what has the focus is never made anew.

    Each field has a place from the start. The page makes everything anew that comes after a new child, so a row must not become
    one between others.
    """

    def __init__(
        self,
        step: Step,
        *,
        edited: Callable[[str, Any], None],
        default: Callable[[str], None],
        redraw: Callable[[], None],
        suggest: Suggest,
        pin: Callable[[str], str],
    ) -> None:
        """`edited` and `default` as for a `FieldRow`. `redraw` has the step drawn soon. `suggest` gives model files. `pin` gives a
        requirement at one exact version, as it is where none is known.
        """
        self.all_settings = False
        self._edited, self._default, self._redraw = edited, default, redraw
        self._suggest, self._pin = suggest, pin
        self._rows: dict[str, FieldRow] = {}
        self._pinning: dict[str, Any] = {}
        self._pinned: dict[str, tuple[str, ...]] = {}
        self._view: StepView | None = None
        self._anew = False
        plain = ipywidgets.Layout()
        self._places = {field.name: ipywidgets.VBox(layout=plain).add_class("sendoff-place") for field in step.fields}
        self._all = ipywidgets.Button().add_class("sendoff-link")
        self._all.on_click(lambda _button: self.toggle_all())
        head = ipywidgets.HTML(text_html(step.title, "title") + text_html(step.why, "quiet"))
        super().__init__([head, *self._places.values(), self._all])
        self.add_class("sendoff-step")

    def show(self, view: StepView) -> None:
        """Draw this view of the step. A setting that is in sight stays so, until the person asks anew what is to be seen."""
        self._view = view
        anew, self._anew = self._anew, False
        for field in view.fields:
            name = field.field.name
            row = self._rows.get(name)
            in_sight = field.in_sight(self.all_settings) or (row is not None and row.shown and not anew)
            if row is not None:
                row.show(field, in_sight=in_sight)
            elif field.visible and in_sight:
                by_name = field.field.kind is Kind.PATH and not field.field.advanced
                row = self._rows[name] = FieldRow(
                    field, self._edited, default=self._default, suggest=self._suggest if by_name else None
                )
                self._places[name].children = (row,)
            if row is not None and field.field.kind is Kind.REQUIREMENTS:
                self._offer_pinning(row)
        self._offer_all(view)

    @property
    def edits(self) -> int:
        """How often the person has changed something in this step."""
        return sum(row.edits for row in tuple(self._rows.values()))

    def in_order(self) -> list[FieldRow]:
        """The rows in sight, from top to bottom."""
        return [row for name in self._places if (row := self._rows.get(name)) is not None and row.shown]

    def focus_first(self) -> bool:
        """Whether there is a field to go to."""
        return self._focus(next(iter(self.in_order()), None))

    def focus_first_wrong(self) -> bool:
        """Whether there was a wrong field; it has the focus now."""
        return self._focus(next((row for row in self.in_order() if row.view.is_wrong), None))

    def focus_field(self, name: str) -> bool:
        """Whether there is such a field in sight; it has the focus now."""
        return self._focus(next((row for row in self.in_order() if row.field_name == name), None))

    def toggle_all(self) -> None:
        """Show the rarely used settings too, or no more."""
        self.all_settings = not self.all_settings
        self._anew = True
        self._redraw()

    def _focus(self, row: FieldRow | None) -> bool:
        if row is not None:
            row.focus_control()
        return row is not None

    def _offer_pinning(self, row: FieldRow) -> None:
        """A button below packages that gives each its exact version, while there is one that has none."""
        name, written = row.field_name, row.view.raw
        self._pinned[name] = pinned = tuple(self._pin(text) if text.strip() else text for text in written)
        button = self._pinning.get(name)
        if button is None:
            if pinned == written:
                return
            button = self._pinning[name] = ipywidgets.Button(
                description="Pin versions", tooltip="Take the exact version of each package that would be installed"
            ).add_class("sendoff-link")
            button.on_click(lambda _button: self._edited(name, self._pinned[name]))
            self._places[name].children = (*self._places[name].children, button)
        button.layout.display = None if row.shown and pinned != written else "none"

    def _offer_all(self, view: StepView) -> None:
        rare = sum(1 for field in view.fields if field.visible and field.field.advanced)
        self._all.layout.display = None if rare else "none"
        self._all.description = "Fewer settings" if self.all_settings else f"All settings ({rare} more)"
