"""How a run begins, and what a face asks about it while it is at work and after: each takes a moment, so ask in a thread."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wizard.errors import SendoffError
from wizard.run import PLAN_NAME, STAGES, Run

if TYPE_CHECKING:
    from wizard.steps.by_hand import StageByHand
    from wizard.steps.remedies import Remedy


def begin_run(
    plan_path: Path, consent: bool = False, *, until: str = "release", redo: frozenset[str] = frozenset()
) -> Run:
    """Walk a plan's road; what is known already is not done again, but for the stages in `redo`.

    With `consent` what the target lacks is made without asking. Raises SendoffError where the run cannot begin.
    """
    from wizard.plan import load_plan

    plan = load_plan(plan_path)
    # What the local Cloud Run lacks is nobody's bill and nobody's account: it is made without asking.
    consent = consent or (plan.target.kind == "cloud_run" and bool(plan.target.endpoint))
    return Run(plan_path, until=until, redo=redo, consent=consent, plan=plan).start()


def stages_ahead(plan_path: Path) -> tuple[tuple[str, str], ...]:
    """(name, title) of every stage on the plan's road. Raises PlanError."""
    from wizard.plan import load_plan

    kind = load_plan(plan_path).target.kind
    return tuple((stage.name, stage.title) for stage in STAGES if stage.belongs_to(kind))


def remedies_for(error: SendoffError, plan_path: Path) -> tuple[Remedy, ...]:
    """What one key can put right. Raises PlanError where the plan cannot be read."""
    from wizard.plan import load_plan
    from wizard.steps.remedies import remedies

    return remedies(error, load_plan(plan_path), plan_path)


def stages_by_hand(plan_path: Path, stage: str) -> tuple[StageByHand, ...]:
    """The commands for a stage; those of the whole road where it has none. Raises PlanError."""
    from wizard.plan import load_plan
    from wizard.steps.by_hand import by_hand

    stages = by_hand(load_plan(plan_path), plan_path)
    return tuple(one for one in stages if one.stage == stage) or stages


def plan_of(journal: Path | None) -> Path:
    """The plan whose run a journal tells of: it lies in PROJECT/.sendoff/journal."""
    return (journal.absolute().parents[2] if journal is not None else Path.cwd()) / PLAN_NAME
