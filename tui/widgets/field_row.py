"""One question on the screen: its label, its control, and below it why the value is what it is, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Button, Static

from tui.widgets.controls import ChoiceControl, Control, TextControl, TickControl
from tui.widgets.error_panel import error_content
from tui.widgets.relabel import relabel
from tui.widgets.rows_control import Pin, RowsControl
from tui.widgets.text_block import TextBlock
from wizard.plan.problem import Problem
from wizard.steps import refusals
from wizard.steps.fields import Kind
from wizard.steps.parsing import LISTS, LONGEST
from wizard.steps.views import FieldView
from wizard.steps.words import raw_of, said_of, value_in_words


class FieldLabel(Static):
    """Belongs to a control: a click on it goes there."""

    ALLOW_SELECT = False

    class Clicked(Message):
        """Somebody wants to go to the control."""

    def on_click(self) -> None:
        self.post_message(self.Clicked())


class FieldRow(Horizontal):
    """Drawn anew by `show`; the control stays the same widget as long as the row is there."""

    class Browse(Message):
        """The person wants to look for the file."""

        def __init__(self, name: str, text: str) -> None:
            super().__init__()
            self.field, self.text = name, text

    def __init__(self, view: FieldView, edited: Callable[[str, Any], None], pin: Pin | None = None) -> None:
        """`edited` is called with the field's name and the raw value, at every edit."""
        super().__init__()
        self.view = view
        self.display = view.visible
        self.edits = 0
        """How often the person has changed the value."""
        self._tell = edited
        self._refusal: Problem | None = None
        self._control = self._make_control(pin)
        self._under = TextBlock(classes="under")
        self._nearest: Button | None = None

    @property
    def field_name(self) -> str:
        return self.view.field.name

    @property
    def is_wrong(self) -> bool:
        return self.view.visible and (self.view.error is not None or bool(self.view.rows))

    @property
    def can_browse(self) -> bool:
        return self.view.field.kind is Kind.PATH and not self.view.field.advanced

    def compose(self) -> ComposeResult:
        field = self.view.field
        yield FieldLabel(field.label, markup=False, classes="label")
        with Vertical(classes="answer"):
            if field.unit or self.can_browse:
                with Horizontal(classes="line"):
                    yield self._control
                    if field.unit:
                        yield Static(field.unit, markup=False, classes="unit")
                    if self.can_browse:
                        yield Button("Browse", classes="browse")
            else:
                yield self._control
            yield self._under

    def on_mount(self) -> None:
        self._draw()

    def show(self, view: FieldView, *, in_sight: bool = True) -> None:
        """Draw this view; nothing where it is what is drawn already."""
        self.display = view.visible and in_sight
        if view == self.view:
            return
        if view.raw != self.view.raw:
            self._refusal = None
        self.view = view
        control: Control = self._control
        control.show(view)
        if self.is_mounted:
            self._draw()

    def focus_control(self) -> None:
        """At once, so that what is typed next goes there: `Widget.focus` is deferred."""
        if isinstance(self._control, RowsControl):
            self._control.focus()
        else:
            self.screen.set_focus(self._control)

    @on(FieldLabel.Clicked)
    def _label_clicked(self) -> None:
        self.focus_control()

    @on(Button.Pressed, ".browse")
    def _browse(self, message: Button.Pressed) -> None:
        message.stop()
        self.action_browse()

    def action_browse(self) -> None:
        if self.can_browse:
            self.post_message(self.Browse(self.field_name, str(self.view.raw)))

    @on(Button.Pressed, ".nearest")
    def _take_nearest(self, message: Button.Pressed) -> None:
        message.stop()
        problem = self.view.error
        if problem is not None and problem.nearest is not None:
            self.focus_control()
            self._tell(self.field_name, raw_of(self.view.field.kind, problem.nearest))

    def on_descendant_focus(self, _event: events.DescendantFocus) -> None:
        self.add_class("-here")

    def on_descendant_blur(self, _event: events.DescendantBlur) -> None:
        self.remove_class("-here")

    def _make_control(self, pin: Pin | None) -> TextControl | TickControl | ChoiceControl | RowsControl:
        kind = self.view.field.kind
        if kind is Kind.BOOL:
            return TickControl(self.view, self._edited)
        if kind is Kind.CHOICE:
            return ChoiceControl(self.view, self._edited)
        if kind in LISTS:
            return RowsControl(self.view, self._edited, self._refused, pin)
        return TextControl(self.view, self._edited, self._refused)

    def _edited(self, raw: Any) -> None:
        self.edits += 1
        self._refusal = None
        self._tell(self.field_name, raw)

    def _refused(self, length: int) -> None:
        self._refusal = refusals.too_long(self.view.field, length, LONGEST)
        self._draw()

    def _draw(self) -> None:
        view, problem = self.view, self._refusal or self.view.error
        self.set_class(problem is not None or bool(view.rows), "-wrong")
        self._control.set_class(problem is not None, "-invalid")
        lines: list[Content] = []
        if problem is not None:
            lines.append(error_content(problem))
        if view.busy:
            lines.append(Content.assemble(("◌ ", "$text-warning"), (f"{view.busy} …", "$text-warning")))
        elif problem is None and (note := _note(view)):
            lines.append(note)
        self._under.set_class(not lines, "-empty")
        self._under.set_class(problem is None and not view.busy, "-note")
        self._under.say(Content("\n").join(lines))
        self._offer(self.view.error.nearest if self.view.error is not None and not self._refusal else None)

    def _offer(self, nearest: Any) -> None:
        """A button that takes the nearest value that is right, where one is told."""
        if nearest is None:
            if self._nearest is not None:
                self._nearest.remove()
                self._nearest = None
            return
        label = Content(f"Use {value_in_words(self.view.field.kind, nearest)}")
        if self._nearest is None:
            self._nearest = Button(label, classes="nearest")
            self.query_one(".answer", Widget).mount(self._nearest, after=self._under)
        else:
            relabel(self._nearest, label)


def _note(view: FieldView) -> Content:
    said, who = said_of(view)
    return Content.assemble(said, f"  ({who})" if who else "")
