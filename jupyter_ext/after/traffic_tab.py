"""Which revisions of a service get the requests: seen, divided anew, and taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import ipywidgets

from jupyter_ext.after.revision_row import RevisionRow
from jupyter_ext.after.service_tab import ServiceTab, show
from jupyter_ext.looks import notice_html, text_html
from jupyter_ext.question import Question
from wizard.targets import Moved, Revision

_SHOWN = 30
"""Revisions without requests that are listed; a service may have a thousand."""


class TrafficTab(ServiceTab):
    TITLE = "Traffic"

    def content(self) -> Sequence[ipywidgets.Widget]:
        self.rows: tuple[RevisionRow, ...] = ()
        self._box = ipywidgets.VBox()
        self._older = ipywidgets.HTML()
        self._sum = ipywidgets.HTML()
        self._done = ipywidgets.HTML()
        self.move = ipywidgets.Button(description="Move traffic", tooltip="Divide the requests as typed, after asking")
        self.move.add_class("sendoff-primary")
        self.undo = ipywidgets.Button(description="Undo edits", tooltip="Put the shares back as they are now")
        self.way_back = ipywidgets.Button(
            description="Roll back …", tooltip="Go back to what served before; it says first where that is"
        )
        self.move.on_click(self.on(self._ask_to_move))
        self.undo.on_click(self.on(self._undo))
        self.way_back.on_click(self.on(self._look_back))
        buttons = ipywidgets.HBox([self.move, self.undo, self.way_back])
        buttons.add_class("sendoff-buttons")
        self.question = Question(self.on)
        return [self._box, self._older, self._sum, buttons, self.question, self._done]

    def load(self) -> None:
        self.ask("revisions", "Asking for the revisions", self.service.revisions)

    def answered(self, question: str, value: Any) -> None:
        match question:
            case "revisions":
                self._show_all(value)
            case "way back":
                self._confirm(value, "Move the requests back?", "Roll back", "roll back", self.service.rollback)
            case _:
                moved: Moved = value
                same = moved.before == moved.after
                said = "Nothing moved: it is so already." if same else f"Moved: {moved}"
                self._done.value = notice_html(said)
                self._undo()
                self.load()

    def _show_all(self, revisions: tuple[Revision, ...]) -> None:
        idle = [one for one in revisions if not one.percent]
        left_out = {one.name for one in idle[_SHOWN:]}
        shown = [one for one in revisions if one.name not in left_out]
        self._older.value = text_html(f"… and {len(left_out):,} older ones that get no requests", "quiet")
        show(self._older, bool(left_out))
        known = {row.revision.name: row for row in self.rows}
        self.rows = tuple(self._row(known.get(one.name), one, editable=len(shown) > 1) for one in shown)
        self._box.children = tuple(row.box for row in self.rows)
        self._draw_sum()

    def _row(self, known: RevisionRow | None, revision: Revision, *, editable: bool) -> RevisionRow:
        """The row there is goes on, with what was typed in it, unless it can be edited now and could not be before."""
        editable = editable and (revision.ready or revision.percent > 0)
        if known is not None and known.input.disabled is not editable:
            known.show(revision)
            return known
        return RevisionRow(self, revision, editable=editable, edited=self._edited, all_here=self._all_here)

    # What can be done

    def _edited(self) -> None:
        self.question.withdraw()  # it was asked about other shares
        self._draw_sum()

    def _draw_sum(self) -> None:
        total = sum(row.share for row in self.rows)
        edited = any(row.edited for row in self.rows)
        look = "quiet"
        if len(self.rows) < 2:
            said = "There is one revision, and nothing to divide."
        elif not edited:
            said = "Type the shares you want, then move the traffic."
        elif total == 100:
            said, look = "✓ Together 100 %. Nothing has moved yet.", "good"
        elif total < 100:
            said, look = f"✗ Together {total} %: {100 - total} % are still to be given to somebody.", "wrong"
        else:
            said, look = f"✗ Together {total} %: that is {total - 100} % too much.", "wrong"
        self._sum.value = f'<div role="status">{text_html(said, look)}</div>'
        self.move.disabled = not edited or total != 100
        self.undo.disabled = not edited

    def _all_here(self, chosen: RevisionRow) -> None:
        for row in self.rows:
            row.share = 100 if row is chosen else 0

    def _undo(self) -> None:
        for row in self.rows:
            row.share = row.revision.percent

    def _ask_to_move(self) -> None:
        if self.move.disabled or self.busy:  # the press may have been made before the last edit came
            return
        before = {row.revision.name: row.revision.percent for row in self.rows if row.revision.percent}
        after = {row.revision.name: row.share for row in self.rows if row.share}
        call = partial(self.service.set_traffic, after)
        self._confirm(Moved(before, after), "Move the requests?", "Move", "move", call)

    def _look_back(self) -> None:
        if not self.busy:
            self.ask("way back", "Looking where back leads", self.service.way_back)

    def _confirm(self, moved: Moved, question: str, label: str, name: str, call: Callable[[], Moved]) -> None:
        self._done.value = ""
        go = partial(self.ask, name, "Moving the traffic", call)
        self.question.ask(question, _in_lines(moved), label, go)


def _in_lines(moved: Moved) -> Sequence[str]:
    """What changes, a line a revision."""
    names = sorted({*moved.before, *moved.after}, key=lambda name: -moved.after.get(name, 0))
    return [f"{name}: {moved.before.get(name, 0)} % → {moved.after.get(name, 0)} %" for name in names]
