"""Which revisions of a service get the requests: seen, divided anew, and taken back."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import HorizontalGroup, Vertical
from textual.widgets import Button, Static

from tui.screens.confirm import ConfirmScreen
from tui.widgets.revision_row import RevisionRow, ShareInput
from tui.widgets.service_pane import ServicePane
from wizard.targets import Moved, Revision

_SHOWN = 30
"""Revisions without requests that are listed; a service may have a thousand."""


class TrafficPane(ServicePane):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "f8,alt+a", "all_here", "All to this one", tooltip="Give all requests to the revision the cursor is on"
        ),
        Binding("f9,alt+m", "move", "Move traffic", tooltip="Divide the requests as typed"),
        Binding(
            "f7,alt+b", "way_back", "Roll back", tooltip="Go back to what served before; it says first where that is"
        ),
        Binding("escape", "undo", "Undo edits", show=False, tooltip="Put the shares back as they are now"),
    ]

    def content(self) -> ComposeResult:
        yield Vertical(id="revisions")
        yield Static(id="older", markup=False)
        yield Static(id="sum", markup=False)
        with HorizontalGroup(classes="pane-buttons"):
            yield Button("Move traffic", id="move", variant="primary")
            yield Button("All to this one", id="all_here")
            yield Button("Undo edits", id="undo")
            yield Button("Roll back …", id="way_back")

    def load(self) -> None:
        self.ask("revisions", "Asking for the revisions", self.service.revisions)

    @property
    def rows(self) -> list[RevisionRow]:
        return list(self.query(RevisionRow))

    async def _show(self, revisions: tuple[Revision, ...]) -> None:
        idle = [one for one in revisions if not one.percent]
        left_out = {one.name for one in idle[_SHOWN:]}
        shown = [one for one in revisions if one.name not in left_out]
        older = self.query_one("#older", Static)
        older.display = bool(left_out)
        older.update(f"… and {len(left_out):,} older ones that get no requests")
        rows = self.rows
        if [row.revision.name for row in rows] == [one.name for one in shown]:
            for row, one in zip(rows, shown, strict=True):
                row.show(one)
        else:
            here = next((row.revision.name for row in rows if row.has_focus_within), "")
            typed = {row.revision.name: row.share for row in rows if row.edited}
            box = self.query_one("#revisions", Vertical)
            async with self.batch():
                await box.remove_children()
                await box.mount(
                    *(RevisionRow(one, editable=len(shown) > 1 and (one.ready or one.percent > 0)) for one in shown)
                )
            for row in self.rows:
                row.share = typed.get(row.revision.name, row.share)
                if row.revision.name == here:
                    row.query_one(ShareInput).focus()
        self._draw_sum()

    async def answered(self, question: str, value: Any) -> None:
        match question:
            case "revisions":
                await self._show(value)
            case "way back":
                self._confirm(value, "Move the requests back?", "Roll back", "roll back", self.service.rollback)
            case _:
                moved: Moved = value
                same = moved.before == moved.after
                self.notify("Nothing moved: it is so already." if same else str(moved), title="Traffic", markup=False)
                self.action_undo()
                self.load()

    # What can be done

    @on(RevisionRow.Edited)
    def _edited(self, message: RevisionRow.Edited) -> None:
        message.stop()
        self._draw_sum()

    def _draw_sum(self) -> None:
        rows = self.rows
        total = sum(row.share for row in rows)
        edited = any(row.edited for row in rows)
        line = self.query_one("#sum", Static)
        line.set_class(edited and total != 100, "-wrong")
        if len(rows) < 2:
            line.update("There is one revision, and nothing to divide.")
        elif not edited:
            line.update("Type the shares you want, then move the traffic.")
        elif total == 100:
            line.update("✓ Together 100 %. Nothing has moved yet.")
        elif total < 100:
            line.update(f"✗ Together {total} %: {100 - total} % are still to be given to somebody.")
        else:
            line.update(f"✗ Together {total} %: that is {total - 100} % too much.")
        self.query_one("#move", Button).disabled = not edited or total != 100
        self.query_one("#undo", Button).disabled = not edited
        self.query_one("#all_here", Button).disabled = len(rows) < 2
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offered only where it can be done."""
        del parameters
        if action in ("move", "undo", "all_here") and self.is_mounted:
            return not self.query_one(f"#{action}", Button).disabled
        return True

    @on(Button.Pressed, "#move, #all_here, #undo, #way_back")
    async def _pressed(self, message: Button.Pressed) -> None:
        message.stop()
        await self.run_action(f"{message.button.id}")

    def action_all_here(self) -> None:
        """All to the row the cursor is on, or was on last; the newest that is ready where it was on none."""
        rows = self.rows
        chosen = next((row for row in rows if row.has_focus_within), None) or self._last_row()
        for row in rows:
            row.share = 100 if row is chosen else 0

    def _last_row(self) -> RevisionRow | None:
        return next((row for row in self.rows if row.has_class("-here")), None) or next(
            (row for row in self.rows if row.revision.ready), None
        )

    def on_descendant_focus(self) -> None:
        """The row the cursor is on stays marked while a button has the focus."""
        rows = self.rows
        if any(row.has_focus_within for row in rows):
            for row in rows:
                row.set_class(row.has_focus_within, "-here")

    def action_undo(self) -> None:
        for row in self.rows:
            row.share = row.revision.percent

    def action_move(self) -> None:
        shares = {row.revision.name: row.share for row in self.rows}
        before = {row.revision.name: row.revision.percent for row in self.rows if row.revision.percent}
        after = {name: share for name, share in shares.items() if share}
        self._confirm(
            Moved(before, after), "Move the requests?", "Move", "move", partial(self.service.set_traffic, after)
        )

    def action_way_back(self) -> None:
        self.ask("way back", "Looking where back leads", self.service.way_back)

    def _confirm(self, moved: Moved, question: str, label: str, name: str, call: Any) -> None:
        def go(yes: bool | None) -> None:
            if yes:
                self.ask(name, "Moving the traffic", call)

        self.app.push_screen(ConfirmScreen(question, label, details=_in_lines(moved)), go)


def _in_lines(moved: Moved) -> str:
    """What changes, a line a revision."""
    names = sorted({*moved.before, *moved.after}, key=lambda name: -moved.after.get(name, 0))
    return "\n".join(f"{name}: {moved.before.get(name, 0)} % → {moved.after.get(name, 0)} %" for name in names)
