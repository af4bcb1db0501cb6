"""Several texts as rows that can be added, changed and removed: packages, environment variables, other lists.

What is wrong with a row is said below it. The last row is always empty: typing in it adds one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input

from tui.widgets.controls import Edited
from tui.widgets.error_panel import error_content
from tui.widgets.one_line import OneLine
from tui.widgets.text_block import TextBlock
from wizard.plan.problem import Problem
from wizard.steps.fields import Kind
from wizard.steps.parsing import LONGEST, MOST_ROWS
from wizard.steps.views import FieldView
from wizard.steps.words import hint

_ADD = {Kind.REQUIREMENTS: "add a package", Kind.PAIRS: "add NAME=VALUE", Kind.LINES: "add one"}

Pin = Callable[[str], str]
"""From a requirement to the same pinned to a version; the same where none is known."""


class RowInput(OneLine):
    """The text of one row. A paste of several lines becomes several rows."""

    def __init__(self, table: RowsControl, text: str, placeholder: str = "") -> None:
        self._table = table
        super().__init__(text, placeholder)

    def watch_value(self) -> None:
        if self.is_mounted:
            self._table.row_edited(self)

    def _on_paste(self, event: events.Paste) -> None:
        lines = [line.strip() for line in event.text[: LONGEST * 4].splitlines() if line.strip()]
        if len(event.text) > LONGEST * 4 or len(lines) > MOST_ROWS:
            self._table.refused(len(event.text))
        elif len(lines) > 1:
            self._table.paste(self, lines)
        else:
            return
        event.prevent_default()
        event.stop()


class Row(Vertical):
    """One text, what can be done with it, and what is wrong with it."""

    def __init__(self, table: RowsControl, text: str = "", *, last: bool = False) -> None:
        super().__init__()
        self.input = RowInput(table, text, table.placeholder if last else "")
        self.problem = TextBlock(classes="row-problem")
        self.problem.display = False
        self._table = table

    def compose(self) -> ComposeResult:
        with Horizontal(classes="row-line"):
            yield self.input
            if self._table.pin is not None:
                yield Button("Pin", classes="row-pin", tooltip="Take the version the model was saved with")
            yield Button("Remove", classes="row-remove")
        yield self.problem

    def say(self, problem: Problem | None) -> None:
        self.problem.display = problem is not None
        self.input.set_class(problem is not None, "-invalid")
        if problem is not None:
            self.problem.say(error_content(problem))


class RowsControl(Vertical):
    """A control like the others (see `controls`), made of rows."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "step(-1)", show=False),
        Binding("down", "step(1)", show=False),
        Binding("ctrl+r", "remove_row", "Remove row"),
        Binding("ctrl+t", "pin_row", "Pin row"),
    ]

    def __init__(self, view: FieldView, edited: Edited, refused: Callable[[int], None], pin: Pin | None = None) -> None:
        super().__init__(classes="control")
        self._edited, self.refused = edited, refused
        self.pin = pin if view.field.kind is Kind.REQUIREMENTS else None
        self.placeholder = ", ".join(filter(None, (_ADD[view.field.kind], hint(view.field, ""))))
        self._told: tuple[str, ...] = view.raw
        self._filling = False
        self._rows = [Row(self, text) for text in view.raw] + [Row(self, last=True)]
        self._say(view.rows)

    def compose(self) -> ComposeResult:
        yield from self._rows

    @property
    def raw(self) -> tuple[str, ...]:
        texts = tuple(row.input.value for row in self._rows)
        while texts and not texts[-1].strip():
            texts = texts[:-1]
        return texts

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        if action == "pin_row":
            return self.pin is not None
        return True

    def focus(self, scroll_visible: bool = True) -> RowsControl:
        self.screen.set_focus(self._rows[0].input, scroll_visible)
        return self

    def show(self, view: FieldView) -> None:
        if view.raw != self._told:
            self._told = view.raw
            self._fill(view.raw)
        self._say(view.rows)

    def row_edited(self, input: RowInput) -> None:  # noqa: A002
        if self._filling:
            return
        if input is self._rows[-1].input and input.value:
            self._append()
        self._tell()

    def paste(self, input: RowInput, lines: Sequence[str]) -> None:  # noqa: A002
        """The lines in place of this row's text."""
        at = self._index(input)
        texts = [row.input.value for row in self._rows]
        texts[at : at + 1] = lines
        self._fill(tuple(text for text in texts if text.strip()))
        self._rows[min(at + len(lines), len(self._rows) - 1)].input.focus()
        self._tell()

    def action_step(self, by: int) -> None:
        focused = self.screen.focused
        at = self._index(focused) + by if isinstance(focused, RowInput) else -1
        if 0 <= at < len(self._rows):
            self._go_to(self._rows[at])
        elif by < 0:
            self.screen.focus_previous()
        else:
            self.screen.focus_next()

    async def action_remove_row(self) -> None:
        if isinstance(row := self._row_in_focus(), Row):
            await self._remove(row)

    def action_pin_row(self) -> None:
        if isinstance(row := self._row_in_focus(), Row):
            self._pin(row)

    @on(Button.Pressed)
    async def _pressed(self, message: Button.Pressed) -> None:
        message.stop()
        row = next(node for node in message.button.ancestors if isinstance(node, Row))
        if message.button.has_class("row-pin"):
            self._pin(row)
        else:
            await self._remove(row)

    @on(Input.Submitted)
    def _entered(self, message: Input.Submitted) -> None:
        if message.value.strip():  # from the empty row at the end it goes on to the next field
            message.stop()
            self.action_step(1)

    def _pin(self, row: Row) -> None:
        text = row.input.value.strip()
        if not text or self.pin is None:
            return
        pinned = self.pin(text)
        row.input.value = pinned
        self._go_to(row)
        row.input.cursor_position = len(pinned)

    async def _remove(self, row: Row) -> None:
        at = self._rows.index(row)
        if row is self._rows[-1]:
            row.input.value = ""
            return
        self._rows.remove(row)
        self._go_to(self._rows[at])
        await row.remove()
        self._tell()

    def _go_to(self, row: Row) -> None:
        """At once: `Widget.focus` is deferred, and the keys typed before it would still act on the row before."""
        self.screen.set_focus(row.input)

    def _row_in_focus(self) -> Row | None:
        focused = self.screen.focused
        return next((row for row in self._rows if focused is not None and row in focused.ancestors), None)

    def _index(self, input: RowInput) -> int:  # noqa: A002
        return next(at for at, row in enumerate(self._rows) if row.input is input)

    def _tell(self) -> None:
        if self.raw != self._told:
            self._told = self.raw
            self._edited(self.raw)

    def _append(self) -> None:
        self._rows[-1].input.placeholder = ""
        self._rows.append(row := Row(self, last=True))
        self.mount(row)

    def _fill(self, texts: tuple[str, ...]) -> None:
        """Rows for these texts. Rows that are there are kept, so the focus stays in its row."""
        for row in self._rows[len(texts) : -1]:
            row.remove()
        self._rows = [*self._rows[: min(len(texts), len(self._rows) - 1)], self._rows[-1]]
        self._filling = True
        for row, text in zip(self._rows, (*texts[: len(self._rows) - 1], ""), strict=False):
            row.input.value = text
        self._filling = False
        more = [Row(self, text) for text in texts[len(self._rows) - 1 :]]
        if more:
            if self.is_mounted:
                self.mount_all(more, before=self._rows[-1])
            self._rows[-1:-1] = more

    def _say(self, problems: Sequence[Problem]) -> None:
        by_row: dict[int, Problem] = {}
        for problem in problems:
            number = problem.field.rpartition(".")[2]
            if number.isdecimal():
                by_row.setdefault(int(number), problem)
        for at, row in enumerate(self._rows):
            row.say(by_row.get(at))
