"""Fills a plan from what the file, the machine and the house say; what the person gave always wins."""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from wizard.inspection.inspection import Inspection, Layout
from wizard.plan.messages import unknown_field, validate
from wizard.plan.names import name_for
from wizard.plan.plan import GIB, MIB, Origin, Plan, Source, field_paths
from wizard.plan.pythons import choose_python
from wizard.plan.quantities import approximate_bytes

_MEMORY_SIZES = (512 * MIB, GIB, 2 * GIB, 4 * GIB, 8 * GIB, 16 * GIB, 32 * GIB)
_SERVER_MEMORY = 190 * MIB
"""Resident memory of the server with scikit-learn imported (docs/performance.md)."""
_PANDAS_MEMORY = 60 * MIB


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the plan may learn from where it is made.

    `python` is the minor version of the running interpreter ("3.11"); `as_of` the day the model's dependencies are
    resolved as of, with the reason in `as_of_why`; `project` the folder the plan will lie in.
    """

    python: str
    project: Path
    as_of: str | None = None
    as_of_why: str = ""


@dataclass(frozen=True, slots=True)
class _Proposed:
    value: Any
    source: Source
    why: str


def propose(inspection: Inspection, surroundings: Surroundings, given: Mapping[str, Any] | None = None) -> Plan:
    """A complete plan. `given` maps dotted paths ("service.memory") to what the person chose.

    Raises PlanError where a given value is wrong, naming the field, what is allowed and the nearest right value.
    """
    given = dict(given or {})
    known = field_paths()
    for path in given:
        if path not in known:
            raise unknown_field(path)
    proposals = _proposals(inspection, surroundings, given)
    sections: dict[str, dict[str, Any]] = {}
    sources: dict[str, Origin] = {}
    for path, description in known.items():
        proposal = proposals.get(path)
        if path in given:
            value, source, why = given[path], Source.PERSON, "You chose it."
        elif proposal is not None:
            value, source, why = proposal.value, proposal.source, proposal.why
        else:
            value, source, why = _UNSET, Source.HOUSE, description
        section, _, name = path.partition(".")
        if value is not _UNSET:
            sections.setdefault(section, {})[name] = value
        sources[path] = Origin(source=source, why=why)
    return with_values(validate(sections), sources)


_UNSET = object()


def with_values(plan: Plan, sources: Mapping[str, Origin]) -> Plan:
    """The plan with its sources, each holding the value it speaks of."""
    values = plan.values()
    recorded = {
        path: Origin(source=origin.source, why=origin.why, value=values[path])
        for path, origin in sources.items()
        if path in values
    }
    return plan.model_copy(update={"sources": recorded})


def _proposals(inspection: Inspection, surroundings: Surroundings, given: Mapping[str, Any]) -> dict[str, _Proposed]:
    said = f"{inspection.framework} {inspection.framework_version}" if inspection.framework_version else "the file"
    python, python_source, python_why = choose_python(
        inspection.framework_version if inspection.framework == "scikit-learn" else None,
        surroundings.python,
        inspection.python,
    )
    python = str(given.get("image.python", python))
    as_of, as_of_source, as_of_why = _as_of(inspection, surroundings)
    memory, memory_why = _memory(inspection)
    name, name_why = name_for(inspection.path)
    proposed = {
        "model.path": _Proposed(_relative(inspection.path, surroundings.project), Source.PERSON, "The file you named."),
        "model.sha256": _Proposed(inspection.sha256, Source.FILE, "Digest of the file as it was inspected."),
        "model.framework": _Proposed(inspection.framework, Source.FILE, f"The outermost object is {inspection.root}."),
        "model.version": _Proposed(
            inspection.framework_version,
            Source.FILE,
            f"The file was saved by {said}; another version may answer wrongly.",
        ),
        "model.as_of": _Proposed(as_of, as_of_source, as_of_why),
        "serving.batching": _Proposed(*_batching(inspection)),
        "image.python": _Proposed(python, Source(python_source), python_why),
        "image.base": _Proposed(
            f"python:{python}-slim", Source.HOUSE, f"Official, small, and its Python is the plan's {python}."
        ),
        "image.requirements": _Proposed(
            tuple(need.requirement for need in inspection.requirements),
            Source.FILE,
            " ".join(need.why for need in inspection.requirements),
        ),
        "image.modules": _Proposed(*_modules(inspection, surroundings.project)),
        "service.name": _Proposed(name, Source.FILE, name_why),
        "service.memory": _Proposed(memory, Source.FILE, memory_why),
    }
    if memory > 4 * GIB:
        proposed["service.cpu"] = _Proposed(
            2 if memory <= 8 * GIB else 4, Source.HOUSE, "Cloud Run gives this much memory only with more CPUs."
        )
    return proposed


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
        f"The file names {names}, found beside it.",
    )


def _relative(path: str, project: Path) -> str:
    try:
        return PurePath(os.path.relpath(Path(path).absolute(), project.absolute())).as_posix()
    except ValueError:  # another drive
        return str(Path(path).absolute())
