"""A plan written in a cell: what it says is chosen, what it leaves out is proposed, and the whole goes into sendoff.yaml."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_ext.opening.local_cloud import workshop_for
from jupyter_ext.opening.saving import save_live
from jupyter_ext.opening.way import made, refuse_for_files
from wizard.errors import PlanError
from wizard.run.project import PLAN_NAME

if TYPE_CHECKING:
    from jupyter_ext.capture.live_session import Session
    from wizard.events import Reporter
    from wizard.inspection.inspection import Inspection
    from wizard.plan import Plan

_CELL = "The cell"
_MODEL = "model.path"
_FROM_THE_FILE = frozenset({"model.sha256", "model.framework", "model.version"})
"""A plan that was pasted has them; they are read from the model file all the same."""


@dataclass(frozen=True, slots=True)
class CellPlan:
    """What a cell says."""

    model: str
    """The path that `model.path` gives, or the expression between its braces; empty where it says nothing."""
    is_expression: bool
    given: Mapping[str, Any]
    """Dotted name of the plan → value."""
    lines: Mapping[str, int]
    """Dotted name → line of the cell, from 1."""


def read_cell(text: str) -> CellPlan:
    """Read the YAML of a cell. Raises PlanError where it is none, with the line."""
    from wizard.plan.document import read_yaml

    # The magic is the first line of the cell.
    data, lines = read_yaml(f"\n{text}", _CELL) if text.strip() else ({}, {})
    sources = data.pop("sources", None)
    data.pop("sendoff", None)
    known = sources if isinstance(sources, Mapping) else {}
    given: dict[str, Any] = {}
    for section, values in data.items():
        if not isinstance(values, Mapping):
            given[section] = values
            continue
        for name, value in values.items():
            path = f"{section}.{name}"
            if path not in _FROM_THE_FILE and not _proposed(known.get(path), value):
                given[path] = value
    model, is_expression = _named(given.pop(_MODEL, None))
    return CellPlan(model, is_expression, given, lines)


def _proposed(record: object, value: object) -> bool:
    """Whether a plan that was pasted with its sources says that nobody chose this: it is proposed anew."""
    return isinstance(record, Mapping) and record.get("value") == value and record.get("source") in ("file", "house")


def _named(path: object) -> tuple[str, bool]:
    """`{model}` is a mapping of one name to YAML; in quotes it is a text."""
    if isinstance(path, Mapping) and len(path) == 1 and next(iter(path.values())) is None:
        return str(next(iter(path))), True
    text = str(path) if path is not None else ""
    return (text[1:-1].strip(), True) if text.startswith("{") and text.endswith("}") else (text, False)


@dataclass(frozen=True, slots=True)
class Written:
    """The plan of a cell, on disk."""

    plan_path: Path
    notices: tuple[str, ...] = ()
    """What the person should know of the model that was saved for it."""


def write_cell_plan(
    cell: CellPlan,
    model: Any,
    *,
    sample: Any = None,
    folder: str | None = None,
    name: str | None = None,
    target: str | None = None,
    settings: Mapping[str, str] | None = None,
    overwrites: bool = False,
    session: Session | None = None,
    reporter: Reporter | None = None,
) -> Written:
    """Write the plan of a cell; one that says the same already is left as it is.

    `model` is a path, beside which the plan goes unless there is a `folder`, or a live model, which is saved first (see
    `jupyter_ext.opening.saving`). `target` and `settings` go before what the cell says. Raises PlanError for what is wrong in
    the cell, with its line, and where another model's plan lies in the way; InspectionError and UnsafeModelError of the model;
    and what saving it raises.
    """
    given = _given(cell, target, settings or {})
    place = Path(folder).expanduser().absolute() if folder is not None else None
    notices: tuple[str, ...] = ()
    if isinstance(model, str | os.PathLike):
        refuse_for_files(model, sample, name)
        path = Path(model).expanduser().absolute()
    else:
        captured = save_live(
            model, place, sample=sample, name=name, overwrites=overwrites, session=session, reporter=reporter
        )
        path, notices = captured.model_path, captured.notices
    plan_path = (made(place) or path.parent) / PLAN_NAME
    _write(path, plan_path, given, cell.lines, overwrites)
    return Written(plan_path, notices)


def _given(cell: CellPlan, target: str | None, settings: Mapping[str, str]) -> dict[str, Any]:
    """Everything that was said, by its dotted name. Raises PlanError, and TargetError where no local Cloud Run is up."""
    from wizard.plan import parse_settings

    there: dict[str, Any] = {"target.kind": target} if target is not None else {}
    cloud = workshop_for(target)
    if target == "workshop" and cloud is not None:
        there = {
            "target.kind": "cloud_run",
            "target.endpoint": cloud.endpoint,
            "target.project": cloud.project,
            "target.region": cloud.region,
        }
    given = {**cell.given, **there}
    kind = settings.get("target.kind") or given.get("target.kind") or "local"
    texts = [f"target.kind={kind}", *(f"{name}={value}" for name, value in settings.items())]
    said = parse_settings(texts) if settings else {}
    return {**given, **{name: value for name, value in said.items() if name in settings}}


def _write(model: Path, plan_path: Path, given: Mapping[str, Any], lines: Mapping[str, int], overwrites: bool) -> None:
    from wizard.inspection import inspect_model
    from wizard.plan import save_plan
    from wizard.run import check_safe, check_servable, make_plan
    from wizard.run.recorded_answers import refined_beside

    before = _plan_there(plan_path, model, overwrites)
    inspection = refined_beside(inspect_model(model))
    check_safe(inspection, given.get("model.trusted") is True, "write it into the cell, below model: trusted: true")
    if not inspection.dangerous:
        check_servable(inspection, given.get("image.extra_requirements") or ())
    try:
        plan = make_plan(inspection, plan_path.parent, given)
    except PlanError as error:
        raise _with_line(error, lines) from None
    if before is None or before.values() != plan.values():
        save_plan(plan, plan_path, _heading(inspection))


def _plan_there(plan_path: Path, model: Path, overwrites: bool) -> Plan | None:
    """The model's plan as it is; None where there is none. The cell is where it is written: it replaces that one unasked."""
    from wizard.plan import load_plan

    if not plan_path.exists():
        return None
    try:
        plan = load_plan(plan_path)
        if os.path.realpath(plan_path.parent / plan.model.path) == os.path.realpath(model):
            return plan
        what, why = f"{plan_path} is the plan of another model.", f"It says model.path: {plan.model.path}"
    except PlanError as error:
        what, why = f"{plan_path} is there already, and is wrong.", error.what
    if overwrites:
        return None
    raise PlanError(what, why, "Choose another folder with --folder, or replace it with --overwrite.", field=_MODEL)


def _heading(inspection: Inspection) -> str:
    kind, name = inspection.root.rpartition(".")[2], Path(inspection.path).name
    return (
        f"Plan for {name}, written in a notebook's cell: {kind}, {inspection.framework} {inspection.framework_version}."
    )


def _with_line(error: PlanError, lines: Mapping[str, int]) -> PlanError:
    path = error.field
    while path and path not in lines:
        path = path.rpartition(".")[0]
    if not path or "(line " in error.what:
        return error
    what = f"{error.what.removesuffix('.')} (line {lines[path]} of the cell)."
    return PlanError(what, error.why, error.fix, field=error.field, nearest=error.nearest, evidence=error.evidence)
