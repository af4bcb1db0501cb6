"""The stages of a run, one a row; the one under the cursor is the one whose log is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.message import Message

from tui.while_shown import while_shown
from tui.widgets.stage_row import StageRow
from wizard.run.outline import StageLine


class StageList(VerticalScroll, can_focus=True):
    """Up and down choose a stage, and so does a click."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Stage above", show=False),
        Binding("down,j", "move(1)", "Stage below", show=False),
        Binding("home", "move(-99)", "First stage", show=False),
        Binding("end", "move(99)", "Last stage", show=False),
    ]

    class Chosen(Message):
        """The person chose a stage."""

        def __init__(self, stage: str) -> None:
            super().__init__()
            self.stage = stage

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.here = ""
        """The stage under the cursor."""
        self._lines: tuple[StageLine, ...] = ()
        self._rows: dict[str, StageRow] = {}
        self._now = 0.0

    def show(self, lines: Sequence[StageLine], here: str, now: float) -> None:
        """Draw the stages in this order. Rows stay; only what has changed is drawn anew."""
        self._lines, self._now = tuple(lines), now
        moved, self.here = here != self.here, here
        names = [line.stage for line in lines]
        if list(self._rows) != names:
            for gone in [stage for stage in self._rows if stage not in names]:
                self._rows.pop(gone).remove()
            known = self._rows
            self._rows = {name: known.get(name) or StageRow(name) for name in names}
            before: StageRow | None = None
            for name, row in self._rows.items():
                if name not in known:
                    self.mount(row, **({"after": before} if before is not None else {"before": 0} if known else {}))
                before = row
        self._draw()
        if moved:
            self._bring_into_sight()

    @while_shown
    def _bring_into_sight(self) -> None:
        if self.here in self._rows:
            self.scroll_to_widget(self._rows[self.here], animate=False)

    @while_shown
    def _draw(self) -> None:
        width = max((cell_len(line.title) for line in self._lines), default=0)
        width = min(width, 24 if self.size.width >= 60 else 21)
        for line in self._lines:
            self._rows[line.stage].show(line, self._now, line.stage == self.here, width)

    @property
    def detail(self) -> str:
        """What the stage under the cursor says of itself, where its row has no room for it."""
        return self._rows[self.here].detail if self.here in self._rows else ""

    def on_resize(self, _event: events.Resize) -> None:
        self.call_after_refresh(self._draw)
        self.call_after_refresh(self._bring_into_sight)  # there may be less room than before

    def action_move(self, by: int) -> None:
        names = list(self._rows)
        if names:
            at = names.index(self.here) if self.here in names else 0
            self.post_message(self.Chosen(names[max(0, min(at + by, len(names) - 1))]))

    @on(StageRow.Clicked)
    def _clicked(self, message: StageRow.Clicked) -> None:
        message.stop()
        self.focus()
        self.post_message(self.Chosen(message.stage))
