"""The plan: every choice, with where it came from and why.

`propose` fills one from an inspection, `save_plan` and `load_plan` keep it as sendoff.yaml.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.late_names import late_names

if TYPE_CHECKING:
    from wizard.plan.document import dump_plan, load_plan, parse_plan, save_plan
    from wizard.plan.fields import TARGET_KINDS, field_defaults, field_paths
    from wizard.plan.messages import unknown_field
    from wizard.plan.plan import Origin, Plan, Server, Source
    from wizard.plan.problem import Problem
    from wizard.plan.proposing import propose
    from wizard.plan.quantities import approximate_bytes, format_bytes, parse_bytes
    from wizard.plan.rules import problems
    from wizard.plan.settings import parse_settings
    from wizard.plan.surroundings import Surroundings

__all__ = [
    "TARGET_KINDS",
    "Origin",
    "Plan",
    "Problem",
    "Server",
    "Source",
    "Surroundings",
    "approximate_bytes",
    "dump_plan",
    "field_defaults",
    "field_paths",
    "format_bytes",
    "load_plan",
    "parse_bytes",
    "parse_plan",
    "parse_settings",
    "problems",
    "propose",
    "save_plan",
    "unknown_field",
]

# The plan's model is pydantic, which takes as long to import as a screen to draw: who only reads a problem need not wait.
__getattr__ = late_names(
    __name__,
    {
        "document": ("dump_plan", "load_plan", "parse_plan", "save_plan"),
        "fields": ("TARGET_KINDS", "field_defaults", "field_paths"),
        "messages": ("unknown_field",),
        "plan": ("Origin", "Plan", "Server", "Source"),
        "problem": ("Problem",),
        "proposing": ("propose",),
        "quantities": ("approximate_bytes", "format_bytes", "parse_bytes"),
        "rules": ("problems",),
        "settings": ("parse_settings",),
        "surroundings": ("Surroundings",),
    },
)
