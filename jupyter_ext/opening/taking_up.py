"""Taking up what lies in a project's folder: answers that were begun, else a plan, else a new way from the start.

What opens something gives the opened wizard and what the person should know about it, a sentence or two each.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from wizard.errors import PlanError
from wizard.in_words import ago_in_words
from wizard.run.left import Left, left_at
from wizard.run.project import PLAN_NAME, Project
from wizard.run.recent import draft_of
from wizard.run.run_summary import Ended, last_run

if TYPE_CHECKING:
    from wizard.steps.deploy import Deploy, Workshop

Opened: TypeAlias = "tuple[Deploy, tuple[str, ...]]"
_MOST_FOLDERS = 500
"""Folders that are looked into at most: more are no folder of projects."""


def open_folder(folder: Path, workshop: Workshop | None) -> tuple[Deploy | None, tuple[str, ...]]:
    """What was begun in a folder, or its plan; None where there is neither. Raises PlanError of a plan that is wrong."""
    from wizard.steps.deploy import Deploy

    plan_path = folder / PLAN_NAME
    notices: tuple[str, ...] = ()
    draft = draft_of(plan_path)
    if draft is not None:
        try:
            return Deploy.of_draft(draft, workshop=workshop), _taken_up(draft)
        except PlanError as error:
            notices = (_left_aside(error),)
    return Deploy.of_plan(plan_path, workshop=workshop) if plan_path.exists() else None, notices


def open_plan(plan_path: Path, workshop: Workshop | None) -> Opened:
    """A plan that was named: as it is, or with the answers that were begun over it as it is. Raises PlanError."""
    from wizard.steps.deploy import Deploy
    from wizard.steps.deploy.opened_plan import PlanFile

    draft = draft_of(plan_path)
    notices: tuple[str, ...] = ()
    if draft is not None:
        try:
            data = _read(draft)
            if data.get("plan") == str(plan_path) and data.get("plan_sha256") == PlanFile.of(plan_path).sha256:
                return Deploy.of_draft(draft, workshop=workshop), _taken_up(draft)
            notices = (
                "What was begun to be answered in this folder is not of this plan as it is now, and is let go when something is "
                "changed here. %sendoff without a name takes it up.",
            )
        except PlanError as error:
            notices = (_left_aside(error),)
    return Deploy.of_plan(plan_path, workshop=workshop), notices


def open_model(model: Path, plan_path: Path, workshop: Workshop | None, *, overwrites: bool = False) -> Opened:
    """A model file: with what was begun to be answered for it, with its plan, or from the start.

    Raises PlanError where a plan lies there that is wrong; with `overwrites`, it is as if it were not there.
    """
    from wizard.steps.deploy import Deploy

    draft = draft_of(plan_path)
    notices: tuple[str, ...] = ()
    if draft is not None:
        try:
            if _same_file(_model_in(_read(draft)), model):
                return Deploy.of_draft(draft, workshop=workshop), _taken_up(draft)
        except PlanError as error:
            notices = (_left_aside(error),)
    if plan_path.exists():
        from wizard.plan import load_plan  # takes as long as all that stands before it

        try:
            if _same_file(plan_path.parent / load_plan(plan_path).model.path, model):
                return Deploy.of_plan(plan_path, workshop=workshop), notices
        except PlanError:
            if not overwrites:
                raise
    here = Path.cwd()
    deploy = Deploy.new(here, model=model.relative_to(here) if model.is_relative_to(here) else model, workshop=workshop)
    if plan_path.parent != model.parent:
        deploy.session.set("plan_path", str(plan_path))
    return deploy, notices


@dataclass(frozen=True, slots=True)
class Below:
    """A project in a folder below."""

    folder: Path
    when: float
    """When something was last done in it, in seconds since the epoch."""
    is_left: bool
    """Answers were begun and not written down, or a run did not come to its end."""


def projects_in(folder: Path) -> list[Below]:
    """The folders below this one that a plan lies in or was begun in, the one used last first."""
    found: list[Below] = []
    with contextlib.suppress(OSError):
        for one in islice(folder.iterdir(), _MOST_FOLDERS):
            with contextlib.suppress(OSError):  # one that may not be looked into
                plan_path = one / PLAN_NAME
                draft = draft_of(plan_path)
                if draft is not None or plan_path.is_file():
                    left = left_at(plan_path)
                    when = left.when if left is not None else plan_path.stat().st_mtime
                    found.append(Below(one, when, left is not None))
    return sorted(found, key=lambda one: one.when, reverse=True)


def run_left(plan_path: Path) -> Left | None:
    """A run of the plan that did not come to its end, or is at work; None where there is none.

    Answers that were begun since, which another wizard on the project has as soon as it is opened, do not hide it.
    """
    plan_path = plan_path.absolute()
    run = last_run(Project.of_plan(plan_path))
    if run is None or run.ended is Ended.OK or not plan_path.exists():
        return None
    return Left(plan_path, run.began + run.seconds, run=run)


def about_run(left: Left | None) -> tuple[str, ...]:
    """What there is to say of it."""
    run = left.run if left is not None else None
    if run is None:
        return ()
    when = ago_in_words(run.began + run.seconds, time.time())
    at = f" in the stage {run.title!r}" if run.title else ""
    match run.ended:
        case Ended.AT_WORK:
            return (f"A run is at work on this project{at}: wait for it to end, or stop it where it was started.",)
        case Ended.CUT_OFF:
            return (f"The last run was cut off {when}{at}. What it had done is kept: the next run goes on from there.",)
        case Ended.STOPPED:
            return (f"The last run was stopped {when}{at}. What it had done is kept.",)
        case _:
            return (f"The last run failed {when}{at}: {run.what}",)


def _read(draft: Path) -> dict[str, Any]:
    from wizard.steps.deploy.draft_file import read_draft_file

    return read_draft_file(draft)


def _model_in(draft: Mapping[str, Any]) -> Path | None:
    """The model file that a draft speaks of."""
    values, folder = draft["session"].get("values"), draft.get("folder")
    path = values.get("model.path") if isinstance(values, dict) else None
    if not isinstance(path, str) or not path:
        return None
    try:
        return (Path(folder) if isinstance(folder, str) else Path()) / Path(path).expanduser()
    except RuntimeError:  # ~somebody who is unknown here
        return None


def _same_file(one: Path | None, other: Path) -> bool:
    return one is not None and os.path.realpath(one) == os.path.realpath(other)


def _taken_up(draft: Path) -> tuple[str, ...]:
    """Nothing where nothing but the model was answered: that is no news."""
    values = _read(draft)["session"].get("values")
    if not isinstance(values, dict) or not values.keys() - {"model.path", "plan_path"}:
        return ()
    when = ago_in_words(draft.stat().st_mtime, time.time())
    return (f"What you answered {when} is taken up: it was not written into a plan yet.",)


def _left_aside(error: PlanError) -> str:
    return f"What was begun to be answered here is left aside. {error.what} {error.why}".rstrip()
