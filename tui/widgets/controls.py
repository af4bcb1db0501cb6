"""What a field is answered with: one control for each form of raw value.

A control tells the session of an edit in the same breath as it is made, so what the session says afterwards is never older
than what the person sees, and drawing it cannot take away a letter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from textual import events
from textual.content import Content
from textual.widgets import Select
from textual.widgets.select import NoSelection

from tui.widgets.one_line import OneLine
from tui.widgets.tick import Tick
from wizard.steps.fields import Kind
from wizard.steps.parsing import LONGEST
from wizard.steps.views import FieldView
from wizard.steps.words import hint, may_be_blank, options, prompt

Edited = Callable[[Any], None]
"""Called with the raw value, whenever the person has changed it."""


class Control(Protocol):
    @property
    def raw(self) -> Any:
        """What the control holds, in the form of the field's kind."""

    def show(self, view: FieldView) -> None:
        """Draw this value; `Edited` is not called."""


class TextControl(OneLine):
    """One line. What is far too long to be an answer is not inserted; `refused` is told its length."""

    def __init__(self, view: FieldView, edited: Edited, refused: Callable[[int], None]) -> None:
        self._edited, self._refused = edited, refused
        self._told: str = view.raw
        field = view.field
        super().__init__(
            view.raw,
            hint(field, "" if field.required else "optional"),
            password=field.kind is Kind.SECRET,
            classes="control",
        )

    @property
    def raw(self) -> str:
        return self.value

    def show(self, view: FieldView) -> None:
        if view.raw == self._told:
            return
        self._told = view.raw
        self.value = view.raw
        if self.has_focus:
            self.action_select_all()  # as when one comes to it: typing replaces it
        else:
            self.cursor_position = 0 if len(view.raw) >= self.size.width > 0 else len(view.raw)

    def watch_value(self, value: str) -> None:
        if value != self._told:
            self._told = value
            self._edited(value)

    def _on_paste(self, event: events.Paste) -> None:
        if len(event.text) > LONGEST:
            event.prevent_default()
            event.stop()
            self._refused(len(event.text))


class TickControl(Tick):
    """Yes or no."""

    def __init__(self, view: FieldView, edited: Edited) -> None:
        self._edited = edited
        self._told: bool = view.raw
        super().__init__(_yes_or_no(view.raw), view.raw, classes="control")

    @property
    def raw(self) -> bool:
        return self.value

    def show(self, view: FieldView) -> None:
        self._told = view.raw
        self.value = view.raw

    def watch_value(self) -> None:
        super().watch_value()
        self.label = _yes_or_no(self.value)
        if self.value != self._told:
            self._told = self.value
            self._edited(self.value)


class ChoiceControl(Select[str]):
    """One of several. What is no choice any more is shown still, until another is taken."""

    def __init__(self, view: FieldView, edited: Edited) -> None:
        self._edited = edited
        self._drawing = False
        self._told: str = view.raw
        self._options_shown = options(view)
        super().__init__(
            self._options_shown,
            prompt=prompt(view),
            allow_blank=may_be_blank(view),
            value=view.raw or Select.NULL,
            classes="control",
        )

    @property
    def raw(self) -> str:
        return "" if isinstance(self.value, NoSelection) else self.value

    def show(self, view: FieldView) -> None:
        offered, said, blank = options(view), prompt(view), may_be_blank(view)
        with self._quietly():
            if offered != self._options_shown or said != self.prompt or blank != self._allow_blank:
                self._options_shown = offered
                self.prompt = said
                self._allow_blank = blank
                # Nothing first, unnoticed: the framework does not draw a value that is the same with another label.
                self.set_reactive(Select.value, Select.NULL)  # type: ignore[misc]  # it takes a generic class amiss
                self.set_options(offered)
            self._told = view.raw
            self.value = view.raw or Select.NULL

    def watch_value(self, _value: str | NoSelection) -> None:
        if not self._drawing and self.raw != self._told:
            self._told = self.raw
            self._edited(self.raw)

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        self._drawing = True
        try:
            yield
        finally:
            self._drawing = False


def _yes_or_no(value: bool) -> Content:
    return Content("yes" if value else "no")
