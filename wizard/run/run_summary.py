"""How a past run ended, read from both ends of its journal: a build's 200,000 lines between them stay unread."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import IO, Any

from wizard.run.project import PLAN_NAME, Project
from wizard.runtimes.process_table import started

_BLOCK = 1 << 20
"""Bytes read at a time, going backwards."""
_LONGEST = 1 << 24
"""Bytes of one record that are read at most."""


class Ended(StrEnum):
    """How a run ended, or that it has not."""

    OK = "ok"
    FAILED = "failed"
    STOPPED = "stopped"
    """The person asked it to."""
    CUT_OFF = "cut off"
    """It was killed, or its terminal or machine went away: the next run goes on from there."""
    AT_WORK = "at work"


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One run in a few words."""

    journal: Path
    plan_path: Path
    """The plan whose run it was. Several may lie in one folder, and share its journals."""
    ended: Ended
    until: str
    """The last stage it was to do."""
    began: float
    """Seconds since the epoch."""
    seconds: float
    """How long it took; up to the last sign of life where it was cut off or is at work."""
    stage: str
    """Name of the stage it failed in, was stopped or cut off in, or is in; the last one where all went well. May be empty."""
    title: str
    """What that stage does, in the person's words. May be empty."""
    what: str
    """What came of it: the result's note (a service's address), what the error says, or where it was cut off."""


def runs(project: Project, limit: int = 20) -> tuple[RunSummary, ...]:
    """The runs of a project's plan, newest first. What cannot be read is left out."""
    return tuple(islice(_runs(project), limit))


def last_run(project: Project) -> RunSummary | None:
    """How the newest run of a project's plan ended; None where there was none."""
    return next(_runs(project), None)


def _runs(project: Project) -> Iterator[RunSummary]:
    summaries = (summary_of(path) for path in sorted(_journals(project), key=_age, reverse=True))
    return (one for one in summaries if one is not None and one.plan_path == project.plan_path)


def _journals(project: Project) -> list[Path]:
    with contextlib.suppress(OSError):
        return list(project.journal.glob("*.jsonl"))
    return []


def _age(journal: Path) -> tuple[str, float]:
    """Its name begins with the second it was begun in; of two in one second the later one was written to last."""
    try:
        return journal.name[:15], journal.stat().st_mtime
    except OSError:
        return "", 0.0


def summary_of(journal: Path) -> RunSummary | None:
    """How the run of a journal ended; None where the file is no journal, or cannot be read."""
    try:
        with journal.open("rb") as file:
            first = _record(file.readline(_LONGEST))
            if first is None or first.get("type") != "RunStarted":
                return None
            size = os.fstat(file.fileno()).st_size
            finished = _last(file, size, "RunFinished", within=_LONGEST)
            stage_started = _last(file, size, "StageStarted") or {}
            stage_ended = _last(file, size, "StageFinished") or {}
            modified = os.fstat(file.fileno()).st_mtime
    except OSError:
        return None
    began = _number(first.get("at"), modified)
    stage, title = str(stage_started.get("stage", "")), str(stage_started.get("title", ""))
    if finished is None:
        at_work = is_at_work(journal, first)
        ended = Ended.AT_WORK if at_work else Ended.CUT_OFF
        where = f"in the stage {title!r}" if title else "before its first stage"
        what = f"It is at work {where}." if at_work else f"It was cut off {where}."
    elif finished.get("ok") is True:
        ended, what = Ended.OK, str(stage_ended.get("note", ""))
    else:
        error = finished.get("error")
        error = error if isinstance(error, dict) else {}
        ended = Ended.STOPPED if error.get("code") == "cancelled" else Ended.FAILED
        what = str(error.get("what", ""))
        if (named := str(error.get("stage", ""))) != stage:  # it failed outside a stage, e.g. for want of a plan
            stage, title = named, ""
    end = modified if finished is None else _number(finished.get("at"), modified)
    return RunSummary(
        journal,
        _plan_of(journal, first),
        ended,
        str(first.get("purpose", "")),
        began,
        max(0.0, end - began),
        stage,
        title,
        what,
    )


def _plan_of(journal: Path, first: dict[str, Any]) -> Path:
    """The plan lies in PROJECT, and the journal in PROJECT/.sendoff/journal: that holds where the folder was moved, too."""
    plan = first.get("plan")
    return journal.absolute().parents[2] / (Path(plan).name if isinstance(plan, str) and plan else PLAN_NAME)


def is_at_work(journal: Path, first: dict[str, Any]) -> bool:
    """Whether the process that began this journal, as its first record says, still holds the project."""
    pid = first.get("pid")
    if not isinstance(pid, int) or not started(pid):
        return False
    with contextlib.suppress(OSError, ValueError, AttributeError):
        holder = json.loads((journal.parent.parent / "lock").read_text(encoding="utf-8"))
        return bool(holder.get("pid") == pid)
    return False


def _last(file: IO[bytes], size: int, kind: str, within: int | None = None) -> dict[str, Any] | None:
    """The last whole record of a kind, among the last `within` bytes.

    A log line cannot be taken for one: in JSON its quotes are escaped, and its line ends too.
    """
    marker = f'\n{{"type":"{kind}",'.encode()
    end, floor = size, max(0, size - within) if within is not None else 0
    while end > floor:
        start = max(floor, end - _BLOCK)
        file.seek(start)
        block = file.read(end - start + len(marker) - 1)  # the marker may lie across two blocks
        at = block.rfind(marker)
        while at >= 0:
            file.seek(start + at + 1)
            if (record := _record(file.readline(_LONGEST))) is not None:
                return record
            at = block.rfind(marker, 0, at)
        end = start
    return None


def _record(line: bytes) -> dict[str, Any] | None:
    if line.endswith(b"\n"):
        with contextlib.suppress(ValueError):
            record = json.loads(line)
            return record if isinstance(record, dict) else None
    return None


def _number(value: Any, otherwise: float) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else otherwise
