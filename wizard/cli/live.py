"""The run drawn live on a terminal: one row a stage, the newest lines of the one at work below."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from wizard.cli.outcome import STOPPING
from wizard.events import Feed, LogLine, Notice, RunFinished, RunState, StageState, Status

if TYPE_CHECKING:
    from wizard.run import Run

_TAIL = 6
_BAR = 20
"""Columns of a stage's progress bar; half of it on a narrow terminal."""
_MARKS = {
    Status.RUNNING: ("●", "bold cyan"),
    Status.DONE: ("✓", "bold green"),
    Status.SKIPPED: ("✓", "green"),
    Status.FAILED: ("✗", "bold red"),
}


def show_live(run: Run, interval: float) -> RunFinished:
    """Draw until the run has ended."""
    console = Console(highlight=False)
    shown_notices = 0
    with Live(console=console, auto_refresh=False, transient=False) as live:
        while True:
            finished = run.wait(interval)
            state = run.feed.snapshot()
            for notice in state.notices[shown_notices:]:
                live.console.print(_notice(notice))
            shown_notices = len(state.notices)
            tail = () if finished else _newest(run.feed, state)
            stopping = run.cancelling and finished is None
            live.update(_draw(state, tail, console.width, STOPPING if stopping else ""), refresh=True)
            if finished is not None:
                return finished


def _newest(feed: Feed, state: RunState) -> tuple[LogLine, ...]:
    """The newest lines of the stage at work; what the one before it wrote is no news any more."""
    working = {stage.stage for stage in state.stages if stage.status is Status.RUNNING}
    _, lines, _ = feed.read(0, _TAIL)
    return tuple(line for line in lines if line.stage in working)


def _notice(notice: Notice) -> RenderableType:
    return Text.assemble(("note ", "bold yellow"), notice.text)


def _draw(state: RunState, tail: tuple[LogLine, ...], width: int, last: str = "") -> RenderableType:
    table = Table.grid(padding=(0, 1), expand=False)
    table.add_column(width=1)
    table.add_column(min_width=22, no_wrap=True)
    table.add_column(justify="right", width=8, no_wrap=True)
    table.add_column(overflow="fold")
    for stage in state.stages:
        mark, style = _MARKS[stage.status]
        table.add_row(
            Text(mark, style),
            Text(stage.title, style if stage.status is Status.RUNNING else ""),
            _took(stage),
            _detail(stage, _BAR if width >= 100 else _BAR // 2),
        )
    rows: list[RenderableType] = [table]
    for line in tail:
        text = Text(f"  │ {line.text}", "dim", no_wrap=True)
        text.truncate(width - 1, overflow="ellipsis")
        rows.append(text)
    if last:
        rows.append(Text(last, "bold yellow"))
    return Group(*rows)


def _took(stage: StageState) -> Text:
    if stage.status is Status.SKIPPED:
        return Text("")
    seconds = stage.seconds if stage.seconds is not None else time.time() - stage.started
    return Text(f"{seconds:.1f} s" if seconds < 60 else f"{seconds // 60:.0f}m {seconds % 60:02.0f}s", "dim")


def _detail(stage: StageState, bar: int) -> RenderableType:
    if stage.status is Status.SKIPPED:
        return Text(f"unchanged: {stage.note}", "dim")
    if stage.status is Status.FAILED:
        return Text("")  # the error follows, whole
    if stage.status is not Status.RUNNING:
        return Text(stage.note)
    what = Text(" ".join(stage.what.split()), "dim")
    if not stage.total:
        return what
    row = Table.grid(padding=(0, 1))
    row.add_column(width=bar)
    row.add_column(no_wrap=True, overflow="ellipsis")
    drawn = ProgressBar(total=stage.total, completed=stage.done, width=bar)
    row.add_row(drawn, Text.assemble(_amount(stage), " ", what))  # one text: where it is short, the end of `what` goes
    return row


def _amount(stage: StageState) -> str:
    assert stage.total is not None
    if stage.unit == "bytes":
        return f"{stage.done / 1e6:.1f} of {stage.total / 1e6:.1f} MB"
    return f"{stage.done:.0f} of {stage.total:.0f} {stage.unit}"
