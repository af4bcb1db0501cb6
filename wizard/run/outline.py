"""A run in outline: its stages as rows, and the line at its head."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from wizard.errors import CancelledError
from wizard.events import RunState, StageState, Status
from wizard.in_words import bytes_in_words


class Standing(StrEnum):
    """How a stage stands: its `Status`, or what the run's end makes of that."""

    AHEAD = "ahead"
    RUNNING = "running"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    STOPPED = "stopped"
    """The person had it stopped."""
    CUT_OFF = "cut off"
    """Nobody knows how it ended."""


@dataclass(frozen=True, slots=True)
class StageLine:
    """A stage as the list knows it, begun or not."""

    stage: str
    title: str
    state: StageState | None = None
    expected: float | None = None
    """Seconds it took in the last runs."""
    cut_off: bool = False
    """The run ended while it was at work, and never said how."""

    @property
    def standing(self) -> Standing:
        """How it stands, in one word: what its mark shows."""
        if self.state is None:
            return Standing.AHEAD
        if self.cut_off:
            return Standing.CUT_OFF
        return Standing.STOPPED if self.state.note == "stopped" else Standing(self.state.status.value)

    @property
    def detail(self) -> str:
        """What it has to say of itself: how far it is while it is at work, and afterwards what came of it."""
        state = self.state
        if state is None:
            return ""
        if self.cut_off:
            return "cut off here"
        if state.status is Status.SKIPPED:
            return f"unchanged: {state.note}" if state.note else "unchanged"
        if state.status is Status.RUNNING:
            amount = amount_in_words(state) if state.total else ""
            return " ".join(part for part in (amount, " ".join(state.what.split())) if part)
        return state.note


def stage_lines(
    state: RunState, titles: Mapping[str, str], expected: Mapping[str, float], live: bool
) -> tuple[StageLine, ...]:
    """The stages begun and those of `titles` that lie ahead, in order. `live`: the run is one of this program, not a replay."""
    lines = {name: StageLine(name, title, expected=expected.get(name)) for name, title in titles.items()}
    over = state.result is not None or not live
    if state.result is not None and state.result.ok:
        begun = {stage.stage for stage in state.stages}
        lines = {name: line for name, line in lines.items() if name in begun}  # a road walked part of the way
    for stage in state.stages:
        cut_off = over and stage.status is Status.RUNNING
        lines[stage.stage] = StageLine(stage.stage, stage.title, stage, expected.get(stage.stage), cut_off=cut_off)
    return tuple(lines.values())


def headline(state: RunState, count: int, plan_path: Path, *, live: bool, stopping: bool) -> str:
    """How it goes, how many of its `count` stages are done, and which plan it is of: what may be cut off comes last."""
    done = sum(stage.status in {Status.DONE, Status.SKIPPED} for stage in state.stages)
    result = state.result
    if result is None:
        doing = "Stopping" if stopping else "Running" if live else "Cut off"
    elif result.ok:
        doing = "Done"
    else:
        doing = "Stopped" if (result.error or {}).get("code") == CancelledError.code else "Failed"
    where = f"{plan_path.parent.name}/{plan_path.name}"
    past = f" · run of {_when(state)}" if not live and state.stages else ""
    return f"{doing} · {done} of {max(count, len(state.stages))} stages · {where}{past}"


def _when(state: RunState) -> str:
    return time.strftime("%d %b %H:%M", time.localtime(state.stages[0].started))


def amount_in_words(state: StageState) -> str:
    """ "12 MB of 40 MB"; "3 of 7 steps"."""
    assert state.total is not None
    if state.unit == "bytes":
        return f"{bytes_in_words(state.done)} of {bytes_in_words(state.total)}"
    return f"{state.done:.0f} of {state.total:.0f} {state.unit}"
