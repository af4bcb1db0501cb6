"""A remedy, and the plan with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wizard.plan.plan import Plan


@dataclass(frozen=True, slots=True)
class Remedy:
    """One thing to set, and go on."""

    label: str
    """What the key does: "Give it 1Gi of memory"."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Dotted path → value, as `propose` takes them; {} where the plan stays as it is."""
    consent: bool = False
    """The run goes on with consent: what the target lacks is made."""
    stage: str = "plan"
    """The stage the run goes on from; what was done before it still holds."""


def with_settings(plan: Plan, settings: Mapping[str, Any], why: str) -> Plan:
    """The plan with some values set, as the person's own. Raises PlanError where it is not right then."""
    from wizard.plan.messages import validate
    from wizard.plan.plan import Origin, Source
    from wizard.plan.proposing import with_values

    data = plan.model_dump(mode="json", exclude={"sources"})
    touched = set()
    for path, value in settings.items():
        *sections, name = path.split(".")
        place = data
        for section in sections:
            place = place.setdefault(section, {})
        place[name] = value
        touched.add(".".join(path.split(".")[:2]))
    changed = validate(data)
    kept = {path: origin for path, origin in plan.sources.items() if path not in touched}
    own = {path: Origin(source=Source.PERSON, why=why) for path in touched}
    return with_values(changed, kept | own)
