"""What one key can do about a failed run: values of the plan that take its cause away, and where the run goes on.

A remedy is offered only where it is certain what to set, and the plan is right with it: each is tried on the plan first.
A dangerous model has none: that is the person's own decision.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.errors import (
    BuildError,
    EngineError,
    InspectionError,
    LockError,
    PlanError,
    SendoffError,
    UnsafeModelError,
)
from wizard.steps.remedies.cloud import cloud_remedies
from wizard.steps.remedies.lock import lock_remedies, missing_module_remedies
from wizard.steps.remedies.remedy import Remedy, with_settings
from wizard.steps.remedies.service import base_remedies, engine_remedies, service_remedies

if TYPE_CHECKING:
    from wizard.plan.plan import Plan

__all__ = ["Remedy", "apply", "remedies", "where_to_change"]

_MOST = 3
"""Keys a person can choose from at a glance."""

_Finder = Callable[[SendoffError, "Plan"], Iterator[Remedy]]


def remedies(error: SendoffError, plan: Plan, plan_path: Path | None = None) -> tuple[Remedy, ...]:
    """What would help, the best first; () where nothing certain is known.

    `plan` is the plan of the run that failed; with `plan_path` files beside it are looked at too.
    """
    if isinstance(error, UnsafeModelError):
        return ()
    found: list[Remedy] = []
    for remedy in _found(error, plan, plan_path):
        if all(_does(remedy) != _does(earlier) for earlier in found) and _helps(remedy, plan):
            found.append(remedy)
    return tuple(found[:_MOST])


def apply(remedy: Remedy, plan_path: Path) -> Plan:
    """The plan with the remedy's values, written down as the person's own. Raises PlanError; the file stays as it is then."""
    from wizard.plan import load_plan, save_plan

    plan = load_plan(plan_path)
    if not remedy.settings:
        return plan
    changed = with_settings(plan, remedy.settings, f"You took a remedy: {remedy.label}.")
    save_plan(changed, plan_path, _heading(plan_path))
    return changed


def where_to_change(error: SendoffError) -> str | None:
    """The wizard's field that the error speaks of, by its dotted path; None where it speaks of none."""
    if isinstance(error, PlanError) and error.field:
        return error.field if "." in error.field else None
    if isinstance(error, UnsafeModelError):
        return "model.trusted"
    named = [path for text in (error.fix, error.what, error.why, *error.evidence) for path in _paths(text)]
    if named:
        return named[0]
    for kind, field in _FIELDS_OF_KINDS:
        if isinstance(error, kind):
            return field
    return None


_FIELDS_OF_KINDS: tuple[tuple[type[SendoffError], str], ...] = (
    (InspectionError, "model.path"),
    (LockError, "image.requirements"),
    (BuildError, "image.base"),
    (EngineError, "target.runtime"),
)
"""What to look at first where the error names no field."""

_PATH = re.compile(r"\b(?:model|serving|image|service|target)\.[a-z_0-9]+(?:\.[a-z_0-9]+)*")


def _paths(text: str) -> Iterator[str]:
    """Fields of a plan that a text names."""
    from wizard.plan import TARGET_KINDS, field_paths

    known = {path for kind in TARGET_KINDS for path in field_paths(kind)}
    for match in _PATH.finditer(text):
        path = match[0]
        if path in known or ".".join(path.split(".")[:2]) in known:
            yield path


def _found(error: SendoffError, plan: Plan, plan_path: Path | None) -> Iterator[Remedy]:
    match error:
        case LockError():
            yield from lock_remedies(error, plan)
        case InspectionError():
            yield from missing_module_remedies(error, plan, plan_path)
        case EngineError():
            yield from engine_remedies(error, plan)
        case BuildError():
            yield from base_remedies(error, plan)
        case _:
            yield from service_remedies(error, plan)
            yield from missing_module_remedies(error, plan, plan_path)
            yield from cloud_remedies(error, plan)
    yield from _nearest(error, plan)
    if not isinstance(error, PlanError | LockError):
        yield from _as_it_says(error, plan)


def _nearest(error: SendoffError, plan: Plan) -> Iterator[Remedy]:
    """The nearest legal value, of a plan that breaks a rule."""
    if not isinstance(error, PlanError):
        return
    from wizard.plan import problems

    for problem in problems(plan):
        if problem.field == error.field and problem.nearest is not None:
            yield Remedy(_set(problem.field, problem.nearest), {problem.field: problem.nearest})


_ADVICE = re.compile(
    r"\b[Ss]et (?P<path>[a-z]+\.[a-z_0-9]+(?:\.[a-z_]+)*) to (?P<value>[\w.:/-]*\w)(?P<rest>(?: in [\w.]+)?, after)?"
)


def _as_it_says(error: SendoffError, plan: Plan) -> Iterator[Remedy]:
    """What the fix itself says to set: "Set target.max_instances to 3 or fewer"."""
    from wizard.plan import parse_settings

    for text in (error.fix, *error.evidence):
        for match in _ADVICE.finditer(text):
            if match["rest"]:  # something else has to be done first
                continue
            path, value = match["path"], match["value"]
            try:
                kind = f"target.kind={plan.target.kind}"
                settings = parse_settings([kind, f"{path}={value}"])
            except PlanError:
                continue
            stage = error.stage if path.startswith("target.") and error.stage else "plan"
            yield Remedy(_set(path, value), {path: settings[path]}, stage=stage)


def _set(path: str, value: object) -> str:
    shown = ("yes" if value else "no") if isinstance(value, bool) else value
    return f"Set {path} to {shown}"


def _does(remedy: Remedy) -> tuple[object, bool]:
    return dict(remedy.settings), remedy.consent


def _helps(remedy: Remedy, plan: Plan) -> bool:
    """Whether the plan is right with it, and another one than before; consent alone changes no plan."""
    if not remedy.settings:
        return remedy.consent
    try:
        return with_settings(plan, remedy.settings, "").sha256 != plan.sha256
    except PlanError:
        return False


def _heading(plan_path: Path) -> str:
    """The sentence on what the plan is for, as it stands at the head of the file."""
    first = plan_path.read_text(encoding="utf-8").partition("\n")[0]
    ours = first.startswith("# ") and not first.startswith("# Edit what you like")
    return first.removeprefix("# ") if ours else ""
