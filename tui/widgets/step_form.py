"""The questions of one step, in one column. It draws what the session says and holds no answer of its own."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Button, Static

from tui.widgets.field_row import FieldRow
from tui.widgets.relabel import relabel
from tui.widgets.rows_control import Pin
from wizard.steps.session import Session
from wizard.steps.views import StepView


class StepForm(VerticalScroll, can_focus=False):
    """Rows are made when they are first needed, and then stay: what has the focus is never made anew."""

    class AllSettings(Message):
        """The person has asked for all settings, or for fewer."""

    def __init__(self, session: Session, pin: Pin | None = None, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._session = session
        self._pin = pin
        self._step = ""
        self._rows: dict[str, FieldRow] = {}
        self._view: StepView | None = None
        self.all_settings = False

    def compose(self) -> ComposeResult:
        yield Static(id="step-title", markup=False)
        yield Static(id="step-why", markup=False)
        yield Vertical(id="rows")
        yield Button("All settings", id="all-settings", classes="-link")

    async def show(self, view: StepView, *, anew: bool = False) -> None:
        """Draw this view of a step. A setting that is in sight stays so, unless it is asked `anew` what is to be seen."""
        rows = self.query_one("#rows", Vertical)
        if view.step.name != self._step:
            self._step = view.step.name
            self._rows = {}
            await rows.remove_children()
            self.query_one("#step-title", Static).update(view.step.title)
            self.query_one("#step-why", Static).update(view.step.why)
            self.scroll_home(animate=False)
        self._view = view
        new: list[FieldRow] = []
        for field in view.fields:
            row = self._rows.get(field.field.name)
            in_sight = field.in_sight(self.all_settings) or (row is not None and row.display and not anew)
            if row is not None:
                row.show(field, in_sight=in_sight)
            elif field.visible and in_sight:
                row = self._rows[field.field.name] = FieldRow(field, self._session.set, self._pin)
                new.append(row)
                continue
            if row is not None and new:
                await rows.mount_all(new, before=row)
                new = []
        if new:
            await rows.mount_all(new)
        self._offer_all(view)

    @property
    def edits(self) -> int:
        """How often the person has changed something in this step."""
        return sum(row.edits for row in self._rows.values())

    def in_order(self) -> list[FieldRow]:
        """The rows in sight, from top to bottom."""
        names = [field.field.name for field in self._view.fields] if self._view is not None else []
        return [row for name in names if (row := self._rows.get(name)) is not None and row.display]

    def focus_first(self) -> bool:
        """Whether there is a field to go to."""
        for row in self.in_order():
            row.focus_control()
            return True
        return False

    def focus_first_wrong(self) -> bool:
        """Whether there was a wrong field; it has the focus now."""
        for row in self.in_order():
            if row.is_wrong:
                row.focus_control()
                self.scroll_to_widget(row, animate=False)
                return True
        return False

    def focus_field(self, name: str) -> bool:
        """Whether there is such a field in sight; it has the focus now."""
        row = self._rows.get(name)
        if row is None or not row.display:
            return False
        row.focus_control()
        return True

    def row_in_focus(self) -> FieldRow | None:
        focused = self.screen.focused
        around = focused.ancestors if focused is not None else ()
        return next((node for node in around if isinstance(node, FieldRow) and node.display), None)

    async def toggle_all(self) -> None:
        """Show the rarely used settings too, or no more."""
        self.all_settings = not self.all_settings
        if self._view is not None:
            with self.app.batch_update():
                await self.show(self._view, anew=True)

    @on(Button.Pressed, "#all-settings")
    def _all_pressed(self, message: Button.Pressed) -> None:
        message.stop()
        self.post_message(self.AllSettings())

    def _offer_all(self, view: StepView) -> None:
        rare = sum(1 for field in view.fields if field.visible and field.field.advanced)
        button = self.query_one("#all-settings", Button)
        button.display = rare > 0
        relabel(button, "Fewer settings" if self.all_settings else f"All settings ({rare} more)")
