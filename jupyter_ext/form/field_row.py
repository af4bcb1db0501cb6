"""One question: its label, its control, and below it why the value is what it is, or what is wrong with it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import ipywidgets

from jupyter_ext.form.controls import Suggest, control_of
from jupyter_ext.looks import error_html, escaped, text_html
from wizard.plan.problem import Problem
from wizard.steps.fields import Kind
from wizard.steps.views import FieldView
from wizard.steps.words import raw_of, said_of, value_in_words


class FieldRow(ipywidgets.VBox):
    """Drawn anew by `show`, in any thread; the control stays the same widget as long as the row is there."""

    children: Any

    def __init__(
        self,
        view: FieldView,
        edited: Callable[[str, Any], None],
        *,
        default: Callable[[str], None] | None = None,
        suggest: Suggest | None = None,
    ) -> None:
        """`edited` is called with the field's name and the raw value at every edit, in the thread that handles the page's
        messages. `default` is called with the name where the person wants the default again; no button is there without it.
        `suggest` is for a field of one line: what could stand in it.
        """
        self.view = view
        self.edits = 0
        """How often the person has changed the value."""
        self._tell, self._clear = edited, default
        self._refusal: Problem | None = None
        self._drawing = threading.RLock()
        self._control = control_of(view, self._edited, self._refuse, suggest)
        self._under = ipywidgets.HTML()
        self._buttons: ipywidgets.HBox | None = None
        self._nearest: ipywidgets.Button | None = None
        self._default: ipywidgets.Button | None = None
        line = self._control.widget
        if view.field.unit:
            unit = ipywidgets.HTML(text_html(view.field.unit, "quiet")).add_class("sendoff-unit")
            line = ipywidgets.HBox([line, unit]).add_class("sendoff-line")
        super().__init__([line, self._under])
        self.add_class("sendoff-row")
        self.add_class(f"sendoff-{view.field.kind.value}")
        self._draw()

    @property
    def field_name(self) -> str:
        return self.view.field.name

    @property
    def control(self) -> Any:
        """The widget that holds the value."""
        return self._control.widget

    @property
    def shown(self) -> bool:
        """Whether the row is in sight."""
        return bool(self.layout.display != "none")

    def show(self, view: FieldView, *, in_sight: bool = True) -> None:
        """Draw this view; what is drawn already is left alone."""
        with self._drawing:
            self.layout.display = None if view.visible and in_sight else "none"
            if view.raw != self.view.raw:
                self._refusal = None
            self.view = view
            self._control.show(view)
            self._draw()

    def focus_control(self) -> None:
        self._control.focus()

    def _edited(self, raw: Any) -> None:
        self.edits += 1
        if self._refusal is not None:
            self._refusal = None
            self._draw()
        self._tell(self.field_name, raw)

    def _refuse(self, problem: Problem) -> None:
        self._refusal = problem
        self._draw()

    def _draw(self) -> None:
        with self._drawing:
            view, problem = self.view, self._refusal or self.view.error
            wrong = problem is not None or bool(view.rows)
            (self.add_class if wrong else self.remove_class)("sendoff-is-wrong")
            self._under.value = "".join(_said(view, problem))
            nearest = problem.nearest if problem is not None else None
            has_default = view.field.default is not None or view.field.kind is Kind.SECRET
            self._offer(nearest, self._clear is not None and has_default and view.source == "person")

    def _offer(self, nearest: Any, default: bool) -> None:
        """Buttons that take the nearest value that is right, and the default. Made when first needed."""
        if self._nearest is None or self._default is None or self._buttons is None:
            if nearest is None and not default:
                return
            self._nearest = ipywidgets.Button()
            self._nearest.on_click(lambda _button: self._take_nearest())
            back = "Take it back" if self.view.field.kind is Kind.SECRET else "Take the default"
            self._default = ipywidgets.Button(description=back, tooltip=f"{self.view.field.label}: {back.lower()}")
            self._default.add_class("sendoff-link")
            self._default.on_click(lambda _button: self._take_default())
            self._buttons = ipywidgets.HBox([self._nearest, self._default]).add_class("sendoff-row-buttons")
            self.children = (*self.children, self._buttons)
        if nearest is not None:
            self._nearest.description = f"Use {value_in_words(self.view.field.kind, nearest)}"
        self._nearest.layout.display = None if nearest is not None else "none"
        self._default.layout.display = None if default else "none"
        self._buttons.layout.display = None if nearest is not None or default else "none"

    def _take_nearest(self) -> None:
        problem = self.view.error
        if problem is not None and problem.nearest is not None:
            self.focus_control()  # the button goes
            self.edits += 1
            self._tell(self.field_name, raw_of(self.view.field.kind, problem.nearest))

    def _take_default(self) -> None:
        if self._clear is not None:
            self.focus_control()
            self.edits += 1
            self._clear(self.field_name)


def _said(view: FieldView, problem: Problem | None) -> list[str]:
    lines = [error_html(problem)] if problem is not None else []
    for wrong in view.rows:
        number = wrong.field.rpartition(".")[2]
        where = f"Line {int(number) + 1}: " if number.isdecimal() else ""
        lines.append(error_html(Problem(wrong.field, f"{where}{wrong.what}", wrong.why, wrong.fix)))
    if view.busy:
        lines.append(text_html(f"◌ {view.busy} …", "busy"))
    elif not lines:
        said, who = said_of(view)
        source = f' <span class="sendoff-source">({escaped(who)})</span>' if who else ""
        lines.append(f'<div class="sendoff-note">{escaped(said)}{source}</div>')
    return lines
