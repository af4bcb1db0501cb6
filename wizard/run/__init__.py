"""One go along the road: `Run` strings the stages together, keeps the journal, resumes and cancels."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wizard.run.measured import measured_seconds
    from wizard.run.planning import check_safe, check_servable, make_plan
    from wizard.run.project import PLAN_NAME, Project
    from wizard.run.run import Run
    from wizard.run.stages import STAGES
    from wizard.run.values import from_data, to_data

__all__ = [
    "PLAN_NAME",
    "STAGES",
    "Project",
    "Run",
    "check_safe",
    "check_servable",
    "from_data",
    "make_plan",
    "measured_seconds",
    "to_data",
]

_MODULES = {
    "measured": ("measured_seconds",),
    "planning": ("check_safe", "check_servable", "make_plan"),
    "project": ("PLAN_NAME", "Project"),
    "run": ("Run",),
    "stages": ("STAGES",),
    "values": ("from_data", "to_data"),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    # Whoever looks at what was run before need not wait for everything that running takes.
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
