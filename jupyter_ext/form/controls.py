"""What a field is answered with: one control for each form of raw value, made of plain widgets.

A control remembers what was told last, by the person or by the session. Only what differs from that is an edit, and only what
differs from that is drawn: a value that was drawn never comes back as the person's, in whatever thread the page's messages are
handled.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import ipywidgets

from wizard.plan.problem import Problem
from wizard.steps import refusals
from wizard.steps.fields import Field, Kind
from wizard.steps.parsing import LISTS, LONGEST, MOST_ROWS
from wizard.steps.views import FieldView
from wizard.steps.words import hint, may_be_blank, options, prompt

Edited = Callable[[Any], None]
"""Called with the raw value, whenever the person has changed it."""
Refused = Callable[[Problem], None]
"""Called where what the person gave is far too much to be an answer; the control holds what it held."""
Suggest = Callable[[str], tuple[str, ...]]
"""From what stands in the control to what could stand there."""

_EXAMPLE = {Kind.REQUIREMENTS: "One package a line", Kind.PAIRS: "One NAME=VALUE a line", Kind.LINES: "One a line"}
_MOST_LINES_IN_SIGHT = 12


class Control(ABC):
    """`widget` is drawn once, and stays the same as long as the row is there."""

    def __init__(self, view: FieldView, edited: Edited, refused: Refused, widget: Any) -> None:
        self.widget = widget
        self._field = view.field
        self._edited, self._refused = edited, refused
        self._told: Any = view.raw
        self._away = False
        """Whether something was sent to the page in a callback, so on the page's own shell."""
        self._lock = threading.RLock()
        widget.observe(self._changed, "value")

    def show(self, view: FieldView) -> None:
        """Draw this value; `Edited` is not called."""
        with self._lock:
            self._draw(view)
            away, self._away = self._away, False
        if away:
            # The page's next message is to be handled where those of the other widgets are (see `Strand`). What was sent in a
            # callback, and be it the echo of an edit, went out on the page's own shell, which may be gone after a reload.
            self.widget.send_state("description")

    def _draw(self, view: FieldView) -> None:
        if view.raw != self._told:
            self._told = view.raw
            self._put(view.raw)

    def focus(self) -> None:
        with self._lock:
            self._away = True
        self.widget.focus()

    def _changed(self, change: Any) -> None:
        """In any thread, and for what was drawn too."""
        raw = self._raw_of(change["new"])
        with self._lock:
            if raw == self._told:
                return
            self._away = True
            problem = _too_much(self._field, raw)
            if problem is not None:
                self._put(self._told)
            else:
                self._told = raw
        if problem is not None:
            self._refused(problem)
        else:
            self._edited(raw)

    def _put(self, raw: Any) -> None:
        self.widget.value = raw

    @abstractmethod
    def _raw_of(self, value: Any) -> Any:
        """What the widget holds, in the form of the field's kind."""


class TextControl(Control):
    """One line. What is typed is told when the person leaves the field, or presses Enter; letter by letter where there are
    suggestions, for a widget in the page that gets new ones forgets what it was not told of."""

    def __init__(self, view: FieldView, edited: Edited, refused: Refused, suggest: Suggest | None = None) -> None:
        shown: dict[str, Any] = {
            "value": view.raw,
            "placeholder": hint(view.field, "" if view.field.required else "optional"),
            **_labelled(view),
        }
        self._suggest = suggest
        self._suggested_for: str | None = None
        self._suggests = suggest is not None or bool(view.field.choices)
        widget = ipywidgets.Combobox(**shown) if self._suggests else ipywidgets.Text(**shown, continuous_update=False)
        super().__init__(view, edited, refused, widget)

    def _draw(self, view: FieldView) -> None:
        super()._draw(view)
        if self._suggest is not None and view.raw != self._suggested_for:
            self._suggested_for = view.raw
            self.widget.options = self._suggest(view.raw)
        elif self._suggests and self._suggest is None:
            self.widget.options = tuple(choice.value for choice in view.choices)

    def _raw_of(self, value: Any) -> str:
        return str(value)


class SecretControl(Control):
    """One line that is not shown. Once it is taken the widget holds it no more: what a page holds may be saved with it."""

    def __init__(self, view: FieldView, edited: Edited, refused: Refused) -> None:
        widget = ipywidgets.Password(continuous_update=False, placeholder=_of_secret(view), **_labelled(view))
        super().__init__(view, edited, refused, widget)

    def _draw(self, view: FieldView) -> None:
        self._told = view.raw
        self.widget.placeholder = _of_secret(view)

    def _changed(self, change: Any) -> None:
        if change["new"]:
            super()._changed(change)
            self.widget.value = ""

    def _put(self, raw: Any) -> None:
        pass

    def _raw_of(self, value: Any) -> str:
        return str(value)


class TickControl(Control):
    """Yes or no."""

    def __init__(self, view: FieldView, edited: Edited, refused: Refused) -> None:
        widget = ipywidgets.Checkbox(value=view.raw, indent=False, **_labelled(view))
        super().__init__(view, edited, refused, widget)

    def _raw_of(self, value: Any) -> bool:
        return bool(value)


class ChoiceControl(Control):
    """One of several. What is no choice any more is shown still, until another is taken."""

    def __init__(self, view: FieldView, edited: Edited, refused: Refused) -> None:
        self._offered = _offered(view)
        self._drawing = False
        widget = ipywidgets.Dropdown(options=self._offered, value=view.raw, **_labelled(view))
        super().__init__(view, edited, refused, widget)

    def _draw(self, view: FieldView) -> None:
        offered = _offered(view)
        if offered == self._offered:
            super()._draw(view)
            return
        self._offered, self._told, self._drawing = offered, view.raw, True
        try:
            with self.widget.hold_sync():  # new options choose the first for a moment
                self.widget.options = offered
                self.widget.value = view.raw
        finally:
            self._drawing = False

    def _changed(self, change: Any) -> None:
        with self._lock:  # in another thread: once what is being drawn is drawn
            drawn = self._drawing
        if not drawn:
            super()._changed(change)  # tells others, who have locks of their own: not with this one held

    def _raw_of(self, value: Any) -> str:
        return str(value or "")


class LinesControl(Control):
    """Several texts, one a line: packages, environment variables, other lists."""

    def __init__(self, view: FieldView, edited: Edited, refused: Refused) -> None:
        example = _EXAMPLE[view.field.kind]
        widget = ipywidgets.Textarea(
            value="\n".join(view.raw),
            placeholder=", ".join(filter(None, (example, hint(view.field, "")))),
            continuous_update=False,
            rows=_height(view.raw),
            **_labelled(view),
        )
        super().__init__(view, edited, refused, widget)

    def _put(self, raw: Any) -> None:
        self.widget.rows = _height(raw)
        self.widget.value = "\n".join(raw)

    def _raw_of(self, value: Any) -> tuple[str, ...]:
        return tuple(str(value).splitlines())


def control_of(view: FieldView, edited: Edited, refused: Refused, suggest: Suggest | None = None) -> Control:
    """The control for a field's kind, with the field's value in it."""
    kind = view.field.kind
    if kind is Kind.BOOL:
        return TickControl(view, edited, refused)
    if kind is Kind.CHOICE:
        return ChoiceControl(view, edited, refused)
    if kind is Kind.SECRET:
        return SecretControl(view, edited, refused)
    if kind in LISTS:
        return LinesControl(view, edited, refused)
    return TextControl(view, edited, refused, suggest)


def _labelled(view: FieldView) -> dict[str, Any]:
    """The label is the widget's own description: only that is tied to the control in the page."""
    return {"description": view.field.label, "style": {"description_width": "initial"}}


def _offered(view: FieldView) -> list[tuple[str, str]]:
    blank = [(prompt(view), "")] if may_be_blank(view) or not view.raw else []
    return blank + options(view)


def _of_secret(view: FieldView) -> str:
    return "given, and shown nowhere" if view.raw else hint(view.field, "" if view.field.required else "optional")


def _height(rows: tuple[str, ...]) -> int:
    return min(max(2, len(rows) + 1), _MOST_LINES_IN_SIGHT)


def _too_much(field: Field, raw: Any) -> Problem | None:
    if isinstance(raw, tuple) and len(raw) > MOST_ROWS:
        return refusals.too_many(field, len(raw), MOST_ROWS)
    longest = max(map(len, raw), default=0) if isinstance(raw, tuple) else len(raw) if isinstance(raw, str) else 0
    return refusals.too_long(field, longest, LONGEST) if longest > LONGEST else None
