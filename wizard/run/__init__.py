"""One go along the road: `Run` strings the stages together, keeps the journal, resumes and cancels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.late_names import late_names

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

# Whoever looks at what was run before need not wait for everything that running takes.
__getattr__ = late_names(
    __name__,
    {
        "measured": ("measured_seconds",),
        "planning": ("check_safe", "check_servable", "make_plan"),
        "project": ("PLAN_NAME", "Project"),
        "run": ("Run",),
        "stages": ("STAGES",),
        "values": ("from_data", "to_data"),
    },
)
