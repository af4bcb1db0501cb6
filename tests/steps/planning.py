"""Plans for the tests of what is made from them."""

from pathlib import Path
from typing import Any

from wizard.inspection import inspect_model
from wizard.plan import Plan, Surroundings, propose, save_plan


def planned(**changes: Any) -> Plan:
    """A plan that is right for itself, with what a test sets in it: `service_memory=…`, `target_port=…` by section and field.

    `target` is the kind it leads to; the values of another target are given with it.
    """
    kind = changes.pop("target", "local")
    place = {"kind": kind, **({"project": "my-project"} if kind == "cloud_run" else {})}
    data: dict[str, dict[str, Any]] = {
        "model": {"path": "model.pkl", "framework": "scikit-learn", "version": "1.5.2"},
        "serving": {},
        "image": {"requirements": ["scikit-learn==1.5.2", "numpy<2"]},
        "service": {"name": "housing"},
        "target": place,
    }
    for name, value in changes.items():
        section, _, field = name.partition("_")
        data[section][field] = value
    return Plan.model_validate(data)


def write_plan(model: Path) -> Path:
    """Writes the plan that is proposed for a model file beside it; asks no package index."""
    path = model.with_name("sendoff.yaml")
    save_plan(propose(inspect_model(model), Surroundings(python="3.11", project=path.parent)), path)
    return path
