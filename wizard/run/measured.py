"""What the last rehearsal of a project measured."""

from __future__ import annotations

from pathlib import Path

from wizard.rehearsal.report import RehearsalReport
from wizard.run.journal import Ledger
from wizard.run.project import Project
from wizard.run.values import from_data

GUESS = 0.02
"""Seconds a request is taken to need where no rehearsal has measured it."""


def measured_seconds(plan_path: Path) -> float | None:
    """Seconds a request took, alone, in the last rehearsal that passed; None where there was none."""
    data = Ledger(Project.of_plan(plan_path)).last("rehearse")
    if data is None:
        return None
    try:
        return from_data(RehearsalReport, data).seconds_per_request or None
    except ValueError:
        return None
