"""One stage of a run in a line: where it stands, how long it takes, how far it is."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widgets import Static

from wizard.events import Status
from wizard.in_words import seconds_in_words
from wizard.run.outline import StageLine, Standing


class StageRow(Static):
    """Draws a `StageLine`; a click chooses it."""

    ALLOW_SELECT = False

    class Clicked(Message):
        def __init__(self, stage: str) -> None:
            super().__init__()
            self.stage = stage

    def __init__(self, stage: str) -> None:
        super().__init__()
        self.stage = stage
        self._drawn: Content | None = None
        self.detail = ""
        """What it says of itself beyond the row's end; empty where all of it is in sight."""

    def show(self, line: StageLine, now: float, here: bool, title_width: int) -> None:
        """Draw, if anything has changed since."""
        content, self.detail = row_content(line, now, here, self.size.width or 80, title_width)
        if content != self._drawn:
            self._drawn = content
            self.update(content, layout=False)
            self.set_class(here, "-here")

    def on_click(self, event: Click) -> None:
        event.stop()
        self.post_message(self.Clicked(self.stage))


_MARKS = {
    Standing.AHEAD: ("·", "$text-muted"),
    Standing.RUNNING: ("●", "bold $text-primary"),
    Standing.DONE: ("✓", "$text-success"),
    Standing.SKIPPED: ("✓", "$text-success"),
    Standing.FAILED: ("✗", "bold $text-error"),
    Standing.STOPPED: ("■", "$text-warning"),
    Standing.CUT_OFF: ("?", "$text-warning"),
}

_BAR_FULL, _BAR_EMPTY = "━", "─"


def row_content(line: StageLine, now: float, here: bool, width: int, title_width: int) -> tuple[Content, str]:
    """The row, and what it has to say where that does not fit whole."""
    state = line.state
    mark, style = _MARKS[line.standing]
    running = line.standing is Standing.RUNNING
    titled = "bold" if here or running else "$text-muted" if state is None else ""
    times = _times(line, now)
    parts: list[tuple[str, str]] = [
        ("▸" if here else " ", "bold $text-primary"),
        (f"{mark} ", style),
        (set_cell_size(line.title, title_width), titled),
        (f" {times}", "$text-muted" if state is None or not running else ""),
    ]
    left = width - sum(cell_len(text) for text, _ in parts) - 2
    detail = line.detail
    if running and left >= 8:
        bar = _bar(line, now, left)
        parts += bar
        left -= sum(cell_len(text) for text, _ in bar)
    shown = _fitting(detail, left)
    if state is not None and state.status is Status.FAILED:
        detail = shown  # the error is shown whole elsewhere
    if shown:
        parts.append(
            (f"  {shown}", "$text-error" if state is not None and state.status is Status.FAILED else "$text-muted")
        )
    return Content.assemble(*parts), "" if shown == detail else detail


def _times(line: StageLine, now: float) -> str:
    """Elapsed, and what is usual; always 8 cells, or 18 while it is at work."""
    state = line.state
    usual = seconds_in_words(line.expected) if line.expected is not None else ""
    if state is None:
        return f"{'~' + usual if usual else '':>8}"
    if line.cut_off or state.status is Status.SKIPPED:
        return " " * 8
    if state.seconds is not None:
        return f"{seconds_in_words(state.seconds):>8}"
    elapsed = f"{seconds_in_words(max(0.0, now - state.started)):>8}"
    return f"{elapsed} of ~{usual}" if usual else elapsed


def _bar(line: StageLine, now: float, left: int) -> list[tuple[str, str]]:
    """The bar of a stage at work. Where the work cannot say how far it is, it goes by the time it usually takes."""
    state = line.state
    assert state is not None
    if state.total:
        share = min(1.0, state.done / state.total)
    elif line.expected:
        share = min(0.95, max(0.0, now - state.started) / line.expected)
    else:
        return []
    bar = min(20, max(6, left // 3))
    full = round(bar * share)
    return [("  ", ""), (_BAR_FULL * full, "$text-primary"), (_BAR_EMPTY * (bar - full), "$text-muted")]


def _fitting(text: str, cells: int) -> str:
    """As many whole words as fit."""
    if cell_len(text) <= cells:
        return text
    kept = set_cell_size(text, max(0, cells - 2)).rstrip()
    if cells < 16 or " " not in kept:
        return ""
    return kept.rsplit(" ", 1)[0].rstrip(" ,;:") + " …"
