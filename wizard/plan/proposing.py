"""Fills a plan from what the file, the machine and the house say; what the person gave always wins."""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

from wizard.inspection.inspection import Inspection, Layout
from wizard.plan.cloud_run_proposals import cloud_run_proposals
from wizard.plan.cloud_run_resources import least_cpu
from wizard.plan.fields import field_defaults, field_paths
from wizard.plan.messages import check_target_kind, field_given, validate
from wizard.plan.names import name_for
from wizard.plan.plan import GIB, MIB, Origin, Plan, Source
from wizard.plan.pythons import choose_python
from wizard.plan.quantities import approximate_bytes, parse_bytes
from wizard.plan.surroundings import Proposed, Surroundings

_MEMORY_SIZES = (512 * MIB, GIB, 2 * GIB, 4 * GIB, 8 * GIB, 16 * GIB, 32 * GIB)
_SERVER_MEMORY = 190 * MIB
"""Resident memory of the server with scikit-learn imported (docs/performance.md)."""
_PANDAS_MEMORY = 60 * MIB


def propose(inspection: Inspection, surroundings: Surroundings, given: Mapping[str, Any] | None = None) -> Plan:
    """A complete plan. `given` maps dotted paths ("service.memory", "target.startup_probe.period") to what the person chose.

    Raises PlanError where a given value is wrong or one is missing that only the person can know, naming the field, what is
    allowed and the nearest right value.
    """
    given = dict(given or {})
    kind = check_target_kind(given.get("target.kind", "local"))
    known = field_paths(kind)
    chosen = {path: field_given(path, kind) for path in given}
    proposals = _proposals(inspection, surroundings, given)
    if kind == "cloud_run":
        proposals |= cloud_run_proposals(proposals, inspection.memory, surroundings, given)
    sections: dict[str, dict[str, Any]] = {}
    sources: dict[str, Origin] = {}
    for path, description in known.items():
        proposal = proposals.get(path)
        if path in chosen.values():
            source, why = Source.PERSON, "You chose it."
        elif proposal is not None:
            source, why = proposal.source, proposal.why
        else:
            source, why = Source.HOUSE, description
        section, _, name = path.partition(".")
        if path in given:
            sections.setdefault(section, {})[name] = given[path]
        elif proposal is not None:
            sections.setdefault(section, {})[name] = proposal.value
        sources[path] = Origin(source=source, why=why)
    defaults = field_defaults(kind)
    for path, field in chosen.items():
        if path != field:
            section, _, name = field.partition(".")
            values = sections.setdefault(section, {})
            values[name] = _with(values.get(name, defaults.get(field)), path[len(field) + 1 :], given[path])
    return with_values(validate(sections), sources)


def _with(value: Any, name: str, given: Any) -> dict[str, Any]:
    """The section or mapping with one of its entries set."""
    known = dict(value) if isinstance(value, Mapping) else {}
    return {**known, name: given}


def with_values(plan: Plan, sources: Mapping[str, Origin]) -> Plan:
    """The plan with its sources, each holding the value it speaks of."""
    values = plan.values()
    recorded = {
        path: Origin(source=origin.source, why=origin.why, value=values[path])
        for path, origin in sources.items()
        if path in values
    }
    return plan.model_copy(update={"sources": recorded})


def _proposals(inspection: Inspection, surroundings: Surroundings, given: Mapping[str, Any]) -> dict[str, Proposed]:
    said = f"{inspection.framework} {inspection.framework_version}" if inspection.framework_version else "the file"
    python, python_source, python_why = choose_python(
        inspection.framework_version if inspection.framework == "scikit-learn" else None,
        surroundings.python,
        inspection.python,
    )
    python = str(given.get("image.python", python))
    as_of, as_of_source, as_of_why = _as_of(inspection, surroundings)
    memory, memory_why = _memory(inspection)
    name, name_why = name_for(str(Path(inspection.path).absolute()))
    proposed = {
        "model.path": Proposed(_relative(inspection.path, surroundings.project), Source.PERSON, "The file you named."),
        "model.sha256": Proposed(inspection.sha256, Source.FILE, "Digest of the file as it was inspected."),
        "model.framework": Proposed(inspection.framework, Source.FILE, f"The outermost object is {inspection.root}."),
        "model.version": Proposed(
            inspection.framework_version,
            Source.FILE,
            f"The file was saved by {said}; another version may answer wrongly.",
        ),
        "model.as_of": Proposed(as_of, as_of_source, as_of_why),
        **_recorded(surroundings),
        "serving.batching": Proposed(*_batching(inspection)),
        "image.python": Proposed(python, Source(python_source), python_why),
        "image.base": Proposed(
            f"python:{python}-slim", Source.HOUSE, f"Official, small, and its Python is the plan's {python}."
        ),
        "image.requirements": Proposed(
            tuple(need.requirement for need in inspection.requirements),
            Source.FILE,
            " ".join(need.why for need in inspection.requirements),
        ),
        "image.modules": Proposed(*_modules(inspection, surroundings.project)),
        "service.name": Proposed(name, Source.FILE, name_why),
        "service.memory": Proposed(memory, Source.FILE, memory_why),
    }
    wanted = _given_bytes(given.get("service.memory"), memory)
    if wanted > 4 * GIB:
        proposed["service.cpu"] = Proposed(
            least_cpu(wanted) or 8, Source.HOUSE, "Cloud Run gives this much memory only with more CPUs."
        )
    return proposed


def _recorded(surroundings: Surroundings) -> dict[str, Proposed]:
    if surroundings.recorded is None:
        return {}
    path = _relative(surroundings.recorded, surroundings.project)
    return {"model.recorded": Proposed(path, Source.FILE, surroundings.recorded_why)}


def _given_bytes(given: Any, otherwise: int) -> int:
    """A given amount of memory; where it is none, the plan's own check will say so."""
    try:
        return parse_bytes(given) if isinstance(given, str | int) else otherwise
    except ValueError:
        return otherwise


def _as_of(inspection: Inspection, surroundings: Surroundings) -> tuple[str, Source, str]:
    if surroundings.as_of is not None:
        return surroundings.as_of, Source.FILE, surroundings.as_of_why
    day = datetime.datetime.fromtimestamp(inspection.modified, datetime.UTC).date() + datetime.timedelta(days=1)
    return (
        day.isoformat(),
        Source.FILE,
        "The day after the file was written: packages newer than the model are kept out.",
    )


def _batching(inspection: Inspection) -> tuple[bool, Source, str]:
    if not inspection.vectorised:
        return False, Source.FILE, "The file holds code Sendoff does not know; it may not predict many rows at once."
    if inspection.exact_batches:
        return (
            True,
            Source.FILE,
            "Requests that arrive together are predicted together; trees answer the same bits either way.",
        )
    return (
        True,
        Source.FILE,
        "Requests that arrive together are predicted together; answers agree with lone ones to rounding (1e-12 relative).",
    )


def _memory(inspection: Inspection) -> tuple[int, str]:
    pandas = any(requirement.distribution == "pandas" for requirement in inspection.requirements)
    frame = inspection.layout is Layout.FRAME or pandas
    need = _SERVER_MEMORY + (_PANDAS_MEMORY if frame else 0) + inspection.memory * 6 // 5
    size = next((size for size in _MEMORY_SIZES if size >= need * 3 // 2), _MEMORY_SIZES[-1])
    model = approximate_bytes(inspection.memory)
    why = f"About {approximate_bytes(need)} are needed ({model} of them the model), with half as much again to spare."
    return size, why


def _modules(inspection: Inspection, project: Path) -> tuple[tuple[str, ...], Source, str]:
    found = [module for module in inspection.local_modules if module.path is not None]
    if not found:
        return (), Source.FILE, "The file needs no code of yours."
    names = ", ".join(module.module for module in found)
    return (
        tuple(_relative(module.path, project) for module in found if module.path is not None),
        Source.FILE,
        f"The file needs {names}, found beside it.",
    )


def _relative(path: str, project: Path) -> str:
    try:
        return PurePath(os.path.relpath(Path(path).absolute(), project.absolute())).as_posix()
    except ValueError:  # another drive
        return str(Path(path).absolute())
