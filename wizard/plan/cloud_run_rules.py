"""What Cloud Run allows: every rule that goes beyond one field's own bounds, in one place."""

from __future__ import annotations

from wizard.plan.cloud_run import CloudRunTarget
from wizard.plan.cloud_run_identity import identity_problems
from wizard.plan.cloud_run_naming import naming_problems
from wizard.plan.cloud_run_network import network_problems
from wizard.plan.cloud_run_probes import probe_problems
from wizard.plan.cloud_run_regions import region_problems
from wizard.plan.cloud_run_resources import resource_problems
from wizard.plan.cloud_run_secrets import secret_problems
from wizard.plan.cloud_run_volumes import volume_problems
from wizard.plan.plan import Plan
from wizard.plan.problem import Problem


def cloud_run_problems(plan: Plan, target: CloudRunTarget) -> tuple[Problem, ...]:
    """Everything Cloud Run would refuse, or that would fail there."""
    return (
        *region_problems(target),
        *resource_problems(plan, target),
        *naming_problems(plan, target),
        *secret_problems(plan, target),
        *probe_problems(target),
        *identity_problems(target),
        *network_problems(target),
        *volume_problems(plan, target),
    )
