"""What was left in a project: answers not yet written into a plan, or a run that did not come to its end."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wizard.run.project import Project
from wizard.run.recent import draft_of
from wizard.run.run_summary import Ended, RunSummary, last_run


@dataclass(frozen=True, slots=True)
class Left:
    """A draft, or else a run."""

    plan_path: Path
    when: float
    draft: Path | None = None
    run: RunSummary | None = None

    @property
    def at_work(self) -> bool:
        return self.run is not None and self.run.ended is Ended.AT_WORK


def left_at(plan_path: Path) -> Left | None:
    """What was left in the project of a plan; None where there is nothing."""
    plan_path = plan_path.absolute()
    draft = draft_of(plan_path)
    run = last_run(Project.of_plan(plan_path))
    if draft is not None:  # a plan that is written takes its draft away: what is there is newer than any run
        return Left(plan_path, draft.stat().st_mtime, draft=draft)
    if run is None or run.ended is Ended.OK or not plan_path.exists():
        return None
    return Left(plan_path, run.began + run.seconds, run=run)
