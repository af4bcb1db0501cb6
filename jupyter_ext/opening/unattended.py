"""The form brought to its end with nobody at it: what is proposed stands, and what is wrong is an error."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_ext.opening.taking_up import run_left
from wizard.errors import PlanError, ProjectBusyError, SendoffError

if TYPE_CHECKING:
    from wizard.plan.problem import Problem
    from wizard.steps.deploy import Deploy
    from wizard.steps.session import Session

PATIENCE = 300.0
"""Seconds at most until everything is found out: a model of gigabytes is read once, and a cloud asked a few times."""


def write_plan(deploy: Deploy, *, overwrites: bool = False, patience: float = PATIENCE) -> Path:
    """Go through the steps to the review, and write the plan.

    Raises PlanError for the first thing that is wrong, for what is not found out in time, and where a plan would be lost and
    `overwrites` does not allow it; ProjectBusyError where a run is at work on that plan.
    """
    deadline = time.monotonic() + patience
    session = deploy.session
    _settle(session, deadline)
    *_, last = (mark.step.name for mark in session.trail())
    if session.view().step.name != last:
        session.go(last)
        _settle(session, deadline)
    if deploy.inspection is None or deploy.plan is None:  # asking is what has it found out
        _settle(session, deadline)
    lost = deploy.overwrites
    if lost is not None:
        _refuse_beside_a_run(lost)
    if lost is not None and not overwrites:
        raise PlanError(
            f"There is another plan at {lost}.",
            "It was not made here, or not from this model, or was changed since: what stands in it would be lost.",
            "Choose another folder, or allow it to be replaced: overwrites=True, or --overwrite in the magic.",
            field="plan_path",
        )
    if session.view().step.name != last:
        raise _first_wrong(deploy)
    return deploy.write()


def _refuse_beside_a_run(plan_path: Path) -> None:
    """Two wizards on one project: while the first one's run is at work, its plan is nothing to be replaced."""
    left = run_left(plan_path)
    if left is not None and left.at_work:
        raise ProjectBusyError(
            "Another run is at work on this project.",
            f"It deploys {plan_path}, and this wizard has another plan for the same folder.",
            "Wait for it to end, or stop it where it was started; or choose another folder.",
        )


def _settle(session: Session, deadline: float) -> None:
    if not session.settled(max(0.0, deadline - time.monotonic())):
        doing = [view.busy for view in session.view().fields if view.busy]
        raise PlanError(
            "The plan is not whole yet.",
            f"Still being found out: {', '.join(doing)}." if doing else "Something is still being found out.",
            "Wait a moment, then try again.",
        )


def _first_wrong(deploy: Deploy) -> SendoffError:
    """What keeps the steps from their end."""
    for view in deploy.session.view().errors:
        problem: Problem = view.error if view.error is not None else view.rows[0]
        return PlanError(problem.what, problem.why, problem.fix, field=problem.field, nearest=problem.nearest)
    fact = deploy.session.fact("inspection")
    if fact.error is not None:
        return fact.error
    for problem in deploy.problems():
        return PlanError(problem.what, problem.why, problem.fix, field=problem.field, nearest=problem.nearest)
    return PlanError(
        "The plan is not whole yet.",
        f"The step {deploy.session.view().step.title!r} is not done.",
        "Open the wizard and look at it.",
    )
