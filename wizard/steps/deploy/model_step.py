"""The first step: which file, whether it can be served, and where its plan will lie."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.errors import InspectionError, PlanError, UnsafeModelError
from wizard.plan.problem import Problem
from wizard.steps.answers import Answers, FactFailed
from wizard.steps.deploy.plan_fields import plan_field
from wizard.steps.deploy.proposals import Proposals
from wizard.steps.fields import Choice, Fact, Field, Inferred, Kind, Step, Verdict
from wizard.steps.wanted import while_wanted

if TYPE_CHECKING:
    from wizard.inspection.inspection import Inspection

DISTRUST = "no"
_ASKED_LATER = ("?",)
"""Packages that stand for those of the step Image, where it is asked whether a module that is not beside the model comes
from one of them."""


def model_step(proposals: Proposals) -> Step:
    return Step(
        "model",
        "Model",
        "Choose the file your model was saved in. It is read, never run: loading a pickle would run what is in it.",
        (
            Field(
                name="model.path",
                label="Model file",
                why="What joblib.dump or pickle.dump wrote.",
                kind=Kind.PATH,
                placeholder="model.pkl",
                check=_check_model,
            ),
            Field(
                name="model.trusted",
                label="This file is dangerous",
                why="Loading it would run code that no model needs. Whoever serves it runs that code.",
                kind=Kind.CHOICE,
                default=DISTRUST,
                choices=_trust_choices,
                visible=_is_dangerous,
                check=_check_trust,
            ),
            plan_field(
                proposals,
                "model.recorded",
                "Recorded answers",
                placeholder="model.recorded.json",
                advanced=True,
                visible=lambda answers: _may_be_recorded(proposals, answers),
                check=lambda value, answers: _check_recorded(proposals, value, answers),
            ),
            Field(
                name="plan_path",
                label="Plan file",
                why="Where your choices are written down. Everything made from them goes into the same folder.",
                kind=Kind.PATH,
                advanced=True,
                default=lambda answers: _beside_the_model(proposals, answers),
                check=lambda value, _answers: _check_plan_path(proposals, value),
            ),
        ),
    )


def inspection_fact(proposals: Proposals) -> Fact:
    stamps: dict[str, object] = {}

    def find(answers: Answers) -> Inspection:
        from wizard.inspection import inspect_model
        from wizard.recorded import recorded_path_of
        from wizard.run.recorded_answers import refined_beside

        path = answers["model.path"]
        if path is None:
            raise InspectionError("No model is chosen yet.", "", "Choose the file your model was saved in.")
        stamp = _stamp(proposals.ground.path(path))
        beside = _stamp(recorded_path_of(proposals.ground.path(path)))
        inspection = inspect_model(proposals.ground.path(path), reporter=while_wanted("inspect", answers))
        stamps[inspection.path] = stamp, beside
        return refined_beside(inspection)

    def stale(inspection: Inspection) -> bool:
        from wizard.recorded import recorded_path_of

        missing = [module.module.partition(".")[0] for module in inspection.local_modules if module.path is None]
        path = Path(inspection.path)
        return (_stamp(path), _stamp(recorded_path_of(path))) != stamps.get(inspection.path) or any(
            _stamp(path.parent / name) or _stamp(path.parent / f"{name}.py") for name in missing
        )

    return Fact("inspection", "reading the model", find, stale)


def _stamp(path: Path) -> object:
    """Another one where the file was written anew; None where there is none."""
    try:
        stat = path.stat()
    except (OSError, ValueError):
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def trusted(answers: Answers) -> bool:
    """Whether the person insists on this very file: the answer is its digest, so that it holds for no other."""
    return bool(answers.get("model.trusted") == answers.fact("inspection").sha256)


def _is_dangerous(answers: Answers) -> bool:
    try:
        return bool(answers.fact("inspection").dangerous)
    except FactFailed:
        return False  # that is said at the file


def _trust_choices(answers: Answers) -> tuple[Choice, ...]:
    return (
        Choice(DISTRUST, "Do not serve it", "You do not know who made it, or why this is in it."),
        Choice(answers.fact("inspection").sha256, "Serve it all the same", "You made it, or know who did and why."),
    )


def _check_trust(_value: Any, answers: Answers) -> Verdict:
    from wizard.run.planning import check_safe

    try:
        check_safe(answers.fact("inspection"), trusted(answers), "choose “Serve it all the same”.")
    except UnsafeModelError as error:
        return Problem("model.trusted", error.what, error.why, error.fix)
    return None


def _check_model(_value: Any, answers: Answers) -> Verdict:
    inspection = answers.fact("inspection")
    if inspection.dangerous and not trusted(answers):
        return None  # that is asked first
    return servable(inspection, "model.path", _ASKED_LATER)


def servable(inspection: Inspection, field: str, packages: tuple[str, ...]) -> Problem | None:
    """Why the model cannot be served, at a field; `packages` may hold the modules that are not beside it."""
    from wizard.run.planning import check_servable

    try:
        check_servable(inspection, packages, "name it under “More packages”.")
    except InspectionError as error:
        return Problem(field, error.what, error.why, error.fix)
    return None


def _may_be_recorded(proposals: Proposals, answers: Answers) -> bool:
    """Whether there is anything to ask: who only has a file has no live model's answers either."""
    from wizard.recorded import recorded_path_of

    path = answers["model.path"]
    beside = path is not None and _stamp(recorded_path_of(proposals.ground.path(path))) is not None
    return beside or proposals.ground.kept.recorded


def _check_recorded(proposals: Proposals, value: str | None, answers: Answers) -> Verdict:
    from wizard.recorded import recorded_for, refined

    if value is None:
        return None
    inspection = answers.fact("inspection")
    path = proposals.ground.path(answers["plan_path"]).parent / value
    try:
        refined(inspection, recorded_for(path, inspection.sha256))
    except PlanError as error:
        return Problem("model.recorded", error.what, error.why, error.fix)
    return None


def _beside_the_model(proposals: Proposals, answers: Answers) -> Inferred | None:
    from wizard.run.project import PLAN_NAME

    path = answers["model.path"]
    if path is None:
        return None
    return Inferred(str(proposals.ground.path(path).parent / PLAN_NAME), "Beside the model.")


def _check_plan_path(proposals: Proposals, value: str) -> Verdict:
    path = proposals.ground.path(value)

    def problem(what: str, why: str, fix: str, nearest: Path | None = None) -> Problem:
        return Problem("plan_path", what, why, fix, str(nearest) if nearest is not None else None)

    try:
        if path.is_dir():
            inside = path / "sendoff.yaml"
            return problem(f"{value} is a folder.", "A plan is a file.", f"Name the file: {inside}", inside)
        if path.suffix.lower() not in {".yaml", ".yml"}:
            named = path.with_name(f"{path.name}.yaml")
            return problem(
                f"{path.name} does not end in .yaml.",
                "By that ending a plan is known.",
                f"Name it {named.name}.",
                named,
            )
        folder = path.parent
        if not folder.is_dir():
            return problem(f"There is no folder {folder}.", "The plan is to lie in it.", "Make it, or choose another.")
        if not os.access(folder, os.W_OK):
            return problem(
                f"You cannot write to {folder}.",
                "The plan, the bundle and the notes of each run go there.",
                "Choose a folder of your own; the model may stay where it is.",
            )
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return problem(f"{value[:100]} cannot be a file.", f"{said[:1].upper()}{said[1:]}.", "Correct the path.")
    return None
