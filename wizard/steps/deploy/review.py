"""The plan before anything is done: every value with its source, what it costs, what will be done, and what is replaced."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.printable import one_line
from wizard.steps.by_hand import StageByHand, by_hand
from wizard.steps.by_hand.command import is_private
from wizard.steps.deploy.will_be_done import what_is_replaced, what_will_be_done
from wizard.steps.fields import Step

if TYPE_CHECKING:
    from wizard.inspection.inspection import Inspection
    from wizard.plan.plan import Plan


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One value of the plan."""

    path: str
    """Dotted path, which is the name of the wizard's field too."""
    label: str
    value: str
    """As people write it: 512Mi, python:3.11-slim; "none" where there is nothing. What may be a secret is not shown."""
    source: str
    """Who says so: file, environment, measured, house, person; empty where nobody recorded it."""
    why: str
    step: str
    """Name of the wizard's step that asks for it."""


@dataclass(frozen=True, slots=True)
class Review:
    """All that is to be known before the person says yes."""

    rows: tuple[ReviewRow, ...]
    """Every value, in the plan's order."""
    cost: tuple[str, ...]
    """The month's estimate and what would cost less, a sentence each; () for a service on this machine."""
    actions: tuple[str, ...]
    """What will be done, in order, a sentence each."""
    overwrites: tuple[str, ...]
    """What is there already and will be replaced, a sentence each."""
    commands: tuple[StageByHand, ...]
    """The same done by hand."""


def review(plan: Plan, plan_path: Path, inspection: Inspection | None = None, steps: Sequence[Step] = ()) -> Review:
    """All that the last step shows.

    `plan_path` is where the plan will be written, or lies already; `steps` are the wizard's, whose fields give the labels.
    """
    return Review(
        rows=tuple(_rows(plan, steps)),
        cost=_cost(plan, plan_path),
        actions=what_will_be_done(plan, plan_path, inspection),
        overwrites=what_is_replaced(plan, plan_path),
        commands=by_hand(plan, plan_path),
    )


def step_of(path: str, steps: Sequence[Step] = ()) -> str:
    """The wizard's step that asks for a field of the plan."""
    for step in steps:
        if any(field.name == path for field in step.fields):
            return step.name
    section, _, name = path.partition(".")
    if section in {"model", "serving", "image"}:
        return section
    return "place" if section == "target" and name.partition(".")[0] in _PLACE else "settings"


_PLACE = frozenset({"kind", "endpoint", "project", "region", "repository", "port", "runtime", "access"})
"""Fields of the target that say where the service goes, and not what it is like there."""


_ONLY_WHERE_THERE = frozenset({"model.recorded", "model.trusted"})
"""Fields that no step asks for where there is nothing to name, and nothing dangerous that was agreed to."""


def _rows(plan: Plan, steps: Sequence[Step]) -> Iterator[ReviewRow]:
    from wizard.plan.fields import field_paths, spelled

    labels = {field.name: field.label for step in steps for field in step.fields}
    descriptions = field_paths(plan.target.kind)
    for path, value in plan.values().items():
        if path in _ONLY_WHERE_THERE and not value:
            continue
        origin = plan.origin(path)
        yield ReviewRow(
            path=path,
            label=labels.get(path) or _label(path),
            value=value_in_words(spelled(path, value, plan.target.kind), is_variables=path == "service.env"),
            source=origin.source.value if origin is not None else "",
            why=one_line(origin.why if origin is not None else descriptions.get(path, "")),
            step=step_of(path, steps),
        )


_ABBREVIATIONS = {"cpu": "CPU", "gpu": "GPU", "vpc": "VPC", "sha256": "SHA-256", "env": "Environment variables"}


def _label(path: str) -> str:
    words = path.rpartition(".")[2].split("_")
    label = " ".join(_ABBREVIATIONS.get(word, word) for word in words)
    return label[:1].upper() + label[1:]


def value_in_words(value: Any, *, is_variables: bool = False) -> str:
    """Plain data of a plan as one line. With `is_variables` what may be secret in a mapping is left out."""
    match value:
        case bool():
            return "yes" if value else "no"
        case None | "" | [] | dict() if not value:
            return "none"
        case float():
            return f"{value:g}"
        case dict():
            return ", ".join(_entry(str(key), inner, is_variables) for key, inner in value.items() if inner != "")
        case list():
            between = "; " if any(isinstance(inner, dict) for inner in value) else ", "
            return between.join(value_in_words(inner) for inner in value)
        case _:
            return one_line(str(value))


def _entry(name: str, value: Any, is_variable: bool) -> str:
    if is_variable:
        return f"{name} (not shown)" if is_private(name, str(value)) else f"{name}={one_line(str(value))}"
    return f"{name} {value_in_words(value)}"


def _cost(plan: Plan, plan_path: Path) -> tuple[str, ...]:
    if plan.target.kind != "cloud_run":
        return ()
    from wizard.run.measured import GUESS, measured_seconds
    from wizard.targets.cloud_run.cost import costs_in_words

    measured = measured_seconds(plan_path)
    basis = (
        "The last rehearsal measured how long a request takes."
        if measured
        else "How long a request takes is a guess until the rehearsal has measured it."
    )
    practice = (
        ("On the local Cloud Run it costs nothing; this is what Google would take.",) if plan.target.endpoint else ()
    )
    return (*practice, *costs_in_words(plan, measured or GUESS), basis)
