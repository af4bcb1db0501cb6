"""How long each stage took in the last runs of a project, from their journals."""

from __future__ import annotations

import contextlib
import json
import mmap
import statistics
from collections.abc import Iterator
from pathlib import Path

from wizard.run.project import Project

_RUNS = 8
"""So many of the newest runs are looked at: older ones were of another model or machine, as like as not."""

_RECORD = b'\n{"type":"StageFinished"'
"""How the journal's line of a finished stage begins. No log line can hold it: quotes in those are escaped."""


def expected_seconds(plan_path: Path) -> dict[str, float]:
    """Stage → the median of the seconds it took in the last runs that did it to its end; not those that skipped it.

    Journals of many megabytes are searched, not read.
    """
    seen: dict[str, list[float]] = {}
    journals = sorted(Project.of_plan(plan_path).journal.glob("*.jsonl"), reverse=True)
    for journal in journals[:_RUNS]:
        for stage, seconds in _finished(journal):
            seen.setdefault(stage, []).append(seconds)
    return {stage: statistics.median(times) for stage, times in seen.items()}


def _finished(journal: Path) -> Iterator[tuple[str, float]]:
    """(stage, seconds) of the stages that were done to their end; what cannot be read is passed over."""
    with (
        contextlib.suppress(OSError, ValueError),  # ValueError: an empty file has no map
        journal.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text,
    ):
        at = text.find(_RECORD)
        while at >= 0 and (end := text.find(b"\n", at + 1)) >= 0:  # a kill leaves a torn line without an end
            with contextlib.suppress(ValueError, KeyError, TypeError):
                record = json.loads(text[at + 1 : end])
                if record["ok"] and not record["skipped"]:
                    yield str(record["stage"]), float(record["seconds"])
            at = text.find(_RECORD, end)
