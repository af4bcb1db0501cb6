"""Plans made from a model file, kept up to date with it, and checked against what can be served."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.errors import InspectionError, UnsafeModelError
from wizard.inspection.inspection import Inspection, Severity, Task

if TYPE_CHECKING:
    from wizard.plan import Plan, Surroundings

SERVED = frozenset({"scikit-learn"})
"""Frameworks whose models the templates can serve."""

_GRACE = datetime.timedelta(days=90)


def surroundings_of(inspection: Inspection, project: Path, target: str = "local") -> Surroundings:
    """What this machine and the package index say about where the model comes from, and where a target of that kind is."""
    from wizard.plan import Surroundings

    day, why = _day_of(inspection)
    around = Surroundings(
        python=f"{sys.version_info.major}.{sys.version_info.minor}", project=project, as_of=day, as_of_why=why
    )
    if target != "cloud_run":
        return around
    from wizard.targets.cloud_run.whereabouts import default_project, look_around

    if not (project_id := default_project(look_around())):
        return around
    return replace(around, project_id=project_id, project_id_why="gcloud and this environment work in it.")


def _day_of(inspection: Inspection) -> tuple[str | None, str]:
    """The day to resolve dependencies as of, and why; None where the index does not tell."""
    from wizard.locking import release_date

    pinned = [(need.distribution, need.version) for need in inspection.requirements if need.version is not None]
    dates = [(date, *pin) for pin in pinned if (date := release_date(*pin)) is not None]
    if not dates:
        return None, ""
    released, distribution, version = max(dates)
    day = min(released + _GRACE, datetime.datetime.now(datetime.UTC).date())
    return (
        day.isoformat(),
        f"{distribution} {version} came out on {released}; packages from up to 90 days later fit it.",
    )


def make_plan(inspection: Inspection, project: Path, given: Mapping[str, Any] | None = None) -> Plan:
    """A complete plan for the model, to lie in the folder `project`. Raises PlanError."""
    from wizard.plan import propose
    from wizard.run.recorded_answers import answers_beside

    target = str((given or {}).get("target.kind", "local"))
    recorded, why = answers_beside(inspection)
    around = replace(surroundings_of(inspection, project, target), recorded=recorded, recorded_why=why)
    return propose(inspection, around, given)


def bring_up_to_date(plan: Plan, inspection: Inspection, project: Path) -> tuple[Plan, list[str]]:
    """The plan for a model file that has changed since: what the person chose stays, what the file decides follows it.

    Returns the new plan, and the changes in words.
    """
    from wizard.plan import Source

    old = plan.values()
    kept = {
        path: old[path]
        for path, origin in plan.sources.items()
        if (origin.source is Source.PERSON and path not in {"model.sha256", "model.trusted"})
        or (path.startswith("target.") and origin.source is not Source.FILE)  # another model moves to no other place
        or path in {"model.path", "service.name"}
    }
    kept["model.recorded"] = old["model.recorded"]  # what the run compares with is what the written plan names
    new = make_plan(inspection, project, kept)
    changes = [
        f"{path} {old.get(path)} → {value}"
        for path, value in new.values().items()
        if value != old.get(path) and path not in {"model.sha256", "model.trusted"}
    ]
    return new, changes


def check_safe(inspection: Inspection, trusted: bool, insist: str) -> None:
    """Raise UnsafeModelError where the file would run code that no model needs, unless the person trusts it.

    `insist` says how they would say so.
    """
    if trusted or not inspection.dangerous:
        return
    raise UnsafeModelError(
        f"{Path(inspection.path).name} would run code that no model needs.",
        " ".join(f"{finding.what} {finding.why}" for finding in inspection.dangerous[:5]),
        f"Do not load this file unless you know who made it and why. If you do and insist: {insist}",
        evidence=[finding.subject for finding in inspection.dangerous[:20]],
    )


def check_servable(
    inspection: Inspection,
    extra_requirements: Sequence[str] = (),
    add: str = "--set image.extra_requirements=PACKAGE.",
) -> None:
    """Raise InspectionError where the file holds nothing the templates can serve, saying what it holds instead.

    Modules that are not beside the model may come from `extra_requirements`; if they do not, the rehearsal says so. `add` says
    how a person would add one there.
    """
    name = Path(inspection.path).name
    if inspection.framework not in SERVED:
        raise InspectionError(
            f"{name} holds no scikit-learn model.",
            f"Its outermost object is {inspection.root}.",
            "Save the fitted estimator itself: joblib.dump(model, 'model.pkl').",
        )
    if inspection.tree is None:
        raise InspectionError(
            f"{name} holds a {inspection.root.rpartition('.')[2]}, not a model.",
            " ".join(finding.what for finding in inspection.findings if finding.severity is Severity.NOTE),
            "Save one estimator that does all of it: joblib.dump(bundle['model'], 'model.pkl'), or where there are several, "
            "joblib.dump(make_pipeline(bundle['scaler'], bundle['model']), 'model.pkl').",
        )
    if inspection.task is Task.TRANSFORM:
        raise InspectionError(
            f"{name} holds a transformer: it has no predict.",
            f"{inspection.root.rpartition('.')[2]} prepares rows for a model.",
            "Save the pipeline that ends in the model: joblib.dump(make_pipeline(transformer, model), 'model.pkl').",
        )
    missing = [
        module
        for module in inspection.local_modules
        if module.path is None and (module.module == "__main__" or not extra_requirements)
    ]
    if missing:
        module = missing[0]
        wanted = ", ".join(module.names)
        if module.module == "__main__":
            raise InspectionError(
                f"The model needs {wanted}, which was defined in a notebook or script.",
                "A pickle keeps only the name of a class or function, not its code: a server could not load it.",
                f"Move {wanted} into a file, say my_code.py, beside the model; `from my_code import {wanted}`; "
                "then fit and save the model again.",
            )
        raise InspectionError(
            f"The model needs {wanted} from the module {module.module}, which is on no package index Sendoff knows of.",
            f"There is no {module.module.split('.')[0]}.py or folder of that name beside the model either.",
            f"Copy it beside {name}, or add the package that holds it: {add}",
        )
    if not inspection.columns:
        own = [f"{module.module}.{wanted}" for module in inspection.local_modules for wanted in module.names]
        raise InspectionError(
            f"{name} does not say how many inputs the model takes.",
            f"{own[0]} is your own and keeps no n_features_in_, which scikit-learn's own classes keep when they are fitted."
            if own
            else f"{inspection.root.rpartition('.')[2]} holds no n_features_in_: it was never fitted, or by scikit-learn < 0.24.",
            "Set self.n_features_in_ = X.shape[1] in its fit method (with feature_names_in_ where columns have names); "
            "then fit and save the model again."
            if own
            else "Fit it, or fit and save it again with a newer scikit-learn.",
        )
