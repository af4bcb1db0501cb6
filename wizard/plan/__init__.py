"""The plan: every choice, with where it came from and why.

`propose` fills one from an inspection, `save_plan` and `load_plan` keep it as sendoff.yaml.
"""

from wizard.plan.document import dump_plan, load_plan, parse_plan, save_plan
from wizard.plan.fields import TARGET_KINDS, field_defaults, field_paths
from wizard.plan.messages import unknown_field
from wizard.plan.plan import Origin, Plan, Server, Source
from wizard.plan.problem import Problem
from wizard.plan.propose import propose
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
