"""The steps in a row: which are done, which is in sight, which are still to come. A step can be clicked."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.events import Resize
from textual.message import Message
from textual.style import Style
from textual.widgets import Static

from wizard.steps.views import StepMark, StepState

_MARKS = {
    StepState.DONE: ("✓", "$text-success"),
    StepState.HERE: ("●", "bold $text-primary"),
    StepState.OPEN: ("○", "$text-muted"),
    StepState.WRONG: ("✗", "bold $text-error"),
}
_WORDS = {StepState.HERE: "bold $text-primary", StepState.WRONG: "bold $text-error", StepState.OPEN: "$text-muted"}


class Trail(Static):
    """All names in one line where they fit; else the marks, and the name of the step in sight."""

    ALLOW_SELECT = False
    auto_links = False  # it has colours of its own

    class Clicked(Message):
        def __init__(self, step: str) -> None:
            super().__init__()
            self.step = step

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._marks: Sequence[StepMark] = ()

    def show(self, marks: Sequence[StepMark]) -> None:
        if marks != self._marks:
            self._marks = marks
            self._draw()

    def on_resize(self, _event: Resize) -> None:
        self._draw()

    def action_go(self, step: str) -> None:
        self.post_message(self.Clicked(step))

    def _draw(self) -> None:
        room = self.size.width
        if room == 0 or not self._marks:
            return
        for between in ("  ─  ", " ─ ", "  "):
            full = Content.styled(between, "$rule").join(_station(mark) for mark in self._marks)
            if full.cell_length < room:
                self.update(full, layout=False)
                return
        here = next((at for at, mark in enumerate(self._marks) if mark.state is StepState.HERE), 0)
        marks = Content(" ").join(_clickable(mark, Content.styled(*_MARKS[mark.state])) for mark in self._marks)
        words = f"  {self._marks[here].step.title} · {here + 1} of {len(self._marks)}"
        self.update(Content.assemble(marks, (words, "bold $text-primary")), layout=False)


def _station(mark: StepMark) -> Content:
    sign, style = _MARKS[mark.state]
    text = Content.assemble((sign, style), " ", (mark.step.title, _WORDS.get(mark.state, "$foreground")))
    return _clickable(mark, text)


def _clickable(mark: StepMark, text: Content) -> Content:
    return text.stylize(Style.from_meta({"@click": f"go('{mark.step.name}')"}))
