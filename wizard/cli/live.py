"""The run drawn live on a terminal: one row a stage, the newest lines of the one at work below."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from wizard.events import LogLine, Notice, RunFinished, RunState, StageState, Status

if TYPE_CHECKING:
    from wizard.run import Run

_TAIL = 6
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
            _, tail, _ = run.feed.read(0, _TAIL)
            live.update(_draw(state, () if finished else tail, console.width), refresh=True)
            if finished is not None:
                return finished


def _notice(notice: Notice) -> RenderableType:
    return Text.assemble(("note ", "bold yellow"), notice.text)


def _draw(state: RunState, tail: tuple[LogLine, ...], width: int) -> RenderableType:
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
            _detail(stage),
        )
    rows: list[RenderableType] = [table]
    for line in tail:
        text = Text(f"  │ {line.text}", "dim", no_wrap=True)
        text.truncate(width - 1, overflow="ellipsis")
        rows.append(text)
    return Group(*rows)


def _took(stage: StageState) -> Text:
    if stage.status is Status.SKIPPED:
        return Text("")
    seconds = stage.seconds if stage.seconds is not None else time.time() - stage.started
    return Text(f"{seconds:.1f} s" if seconds < 60 else f"{seconds // 60:.0f}m {seconds % 60:02.0f}s", "dim")


def _detail(stage: StageState) -> RenderableType:
    if stage.status is Status.SKIPPED:
        return Text(f"unchanged: {stage.note}", "dim")
    if stage.status is not Status.RUNNING:
        return Text(stage.note, "red" if stage.status is Status.FAILED else "")
    what = Text(" ".join(stage.what.split()), "dim")
    if not stage.total:
        return what
    row = Table.grid(padding=(0, 1))
    row.add_column(width=20)
    row.add_column(no_wrap=True)
    row.add_column(no_wrap=True, overflow="ellipsis")
    row.add_row(ProgressBar(total=stage.total, completed=stage.done, width=20), Text(_amount(stage)), what)
    return row


def _amount(stage: StageState) -> str:
    assert stage.total is not None
    if stage.unit == "bytes":
        return f"{stage.done / 1e6:.1f} of {stage.total / 1e6:.1f} MB"
    return f"{stage.done:.0f} of {stage.total:.0f} {stage.unit}"
