"""Fields that ask for a value of the plan: kind, reason, default and check come from the plan itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from wizard.plan.problem import Problem
from wizard.steps.answers import Answers
from wizard.steps.deploy.ground import LOCAL
from wizard.steps.deploy.plan_values import choices_at, kind_at, may_be_empty
from wizard.steps.deploy.proposals import Proposals
from wizard.steps.fields import Choice, Field, Kind, Verdict
from wizard.steps.parsing import LISTS, shown, value_form


def on_this_machine(answers: Answers) -> bool:
    return bool(answers["where"] == LOCAL)


def on_cloud_run(answers: Answers) -> bool:
    """On Google's, or on the local one."""
    return answers["where"] not in (LOCAL, None)


def plan_field(
    proposals: Proposals,
    path: str,
    label: str,
    *,
    target: str = "local",
    labels: Mapping[str, tuple[str, str]] | None = None,
    visible: Callable[[Answers], bool] | None = None,
    **more: Any,
) -> Field:
    """The field for a dotted path of the plan. A field of the target cloud_run is asked for that target only.

    `labels`: for a choice, value → label and when one takes it; `more` goes to the field as it is.
    """
    from wizard.plan.fields import place_of

    place, kind = place_of(path, target), kind_at(path, target)
    of_section = kind is Kind.BOOL and bool(place.sections)

    def check(_value: Any, answers: Answers) -> Verdict:
        return [in_raw_form(problem, path, kind) for problem in proposals.of(answers).at(path, below=not of_section)]

    field = Field(
        name=path,
        label=label,
        why=place.field.description or "" if place.field is not None else "",
        kind=kind,
        required=not may_be_empty(path, target),
        # Whether a section's fields are asked hangs on this answer, so it hangs on none itself.
        default=False if of_section else partial(proposals.default, path),
        check=check,
        choices=tuple(_choice(value, labels or {}) for value in choices_at(path, target)),
        visible=visible or (on_cloud_run if target == "cloud_run" else lambda _answers: True),
    )
    return replace(field, **more)


def in_raw_form(problem: Problem, path: str, kind: Kind) -> Problem:
    """The problem with its nearest value in the form the control takes it; without one where that is only a part of a row."""
    if problem.nearest is None:
        return problem
    if problem.field == path:
        return replace(problem, nearest=shown(kind, value_form(kind, problem.nearest)))
    is_row = kind in LISTS - {Kind.PAIRS} and problem.field.removeprefix(f"{path}.").isdecimal()
    return replace(problem, nearest=str(problem.nearest) if is_row else None)


def _choice(value: str, known: Mapping[str, tuple[str, str]]) -> Choice:
    label, why = known.get(value, (value, ""))
    return Choice(value, label, why)


def within(section: Field, fields: Sequence[Field]) -> tuple[Field, ...]:
    """A section that may be left out, and the fields it has where it is not."""

    def wanted(answers: Answers) -> bool:
        return section.visible(answers) and bool(answers.get(section.name))

    return (section, *(replace(field, visible=wanted, advanced=section.advanced) for field in fields))
