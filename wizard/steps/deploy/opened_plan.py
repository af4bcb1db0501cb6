"""A written plan as answers: what the person chose in it is given again, the rest is proposed anew."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.steps.deploy.ground import CLOUD_RUN, LOCAL, WORKSHOP, Kept
from wizard.steps.deploy.plan_values import raw_at, value_at

if TYPE_CHECKING:
    from wizard.plan.plan import Plan


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A plan file as it was when it was read or written here."""

    path: Path
    sha256: str
    """Of the file; empty where it could not be read."""

    @classmethod
    def of(cls, path: Path) -> PlanFile:
        try:
            return cls(path, hashlib.sha256(path.read_bytes()).hexdigest())
        except OSError:
            return cls(path, "")

    @property
    def is_as_it_was(self) -> bool:
        """Nobody has changed it since."""
        return self.of(self.path) == self


def place_in(plan: Plan) -> str:
    """The answer to "where to" that the plan's target is."""
    from wizard.plan.cloud_run import CloudRunTarget

    if not isinstance(plan.target, CloudRunTarget):
        return LOCAL
    return WORKSHOP if plan.target.endpoint else CLOUD_RUN


def answers_of(plan: Plan, plan_path: Path, fields: Iterable[str]) -> dict[str, Any]:
    """Field → what the person gave, in the form its control has. `fields` are the names of all there are."""
    from wizard.plan.fields import field_paths
    from wizard.plan.plan import Source

    chosen = {path for path, origin in plan.sources.items() if origin.source is Source.PERSON}
    answers: dict[str, Any] = {"model.path": str(plan_path.parent / plan.model.path), "plan_path": str(plan_path)}
    if place_in(plan) != LOCAL or "target.kind" in chosen:
        answers["where"] = place_in(plan)
    if plan.model.trusted and plan.model.sha256 is not None:
        answers["model.trusted"] = plan.model.sha256
    known = field_paths(plan.target.kind)
    for field in fields:
        section = ".".join(field.split(".")[:2])
        if field in answers or section not in chosen or section not in known:
            continue
        if field != section and value_at(plan, section) is None:
            continue  # a section that is left out
        answers[field] = raw_at(plan, field)
    return answers


def kept_of(plan: Plan, fields: Iterable[str]) -> Kept:
    """What stays of the plan though the person did not choose it; and what they did, but in the file: no step asks it."""
    from wizard.plan.plan import Source

    asked, never = set(fields), {"model.path", "model.sha256", "target.kind"}

    def stays(path: str, source: Source) -> bool:
        if source is Source.PERSON:
            return path not in asked
        return source in {Source.ENVIRONMENT, Source.MEASURED} or path in {"service.name", "model.as_of"}

    kept = {path: one for path, one in plan.sources.items() if path not in never and stays(path, one.source)}
    return Kept(place_in(plan), plan.model.sha256, kept, plan.model.recorded is not None)
