"""What can be said of limits without asking anybody: the region, its GPUs, and the arithmetic of the quota."""

from __future__ import annotations

from wizard.plan.cloud_run_regions import AS_OF, region
from wizard.plan.quantities import format_bytes
from wizard.targets.cloud_run.preflight_finding import Finding, Look, Verdict, ok

NEW_PROJECT_CPU = 20.0
"""vCPU a new project may use in one region, over all instances of all services (reports of 2026)."""
NEW_PROJECT_MEMORY = 40 * 2**30
"""Bytes, likewise."""


def look_at_limits(look: Look) -> list[Finding]:
    """The region, its GPU where the plan asks for one, and what the most instances would take together."""
    return [_region(look), *_gpu(look), _quota(look)]


def _region(look: Look) -> Finding:
    known = region(look.target.region)
    if known.known:
        return ok("Region", f"{known.name} is in {known.place}, price tier {known.tier}.")
    return Finding(
        "Region",
        Verdict.UNKNOWN,
        f"{known.name} is not in Sendoff's table of {AS_OF}; Google answers whether it exists.",
    )


def _gpu(look: Look) -> list[Finding]:
    gpu = look.target.gpu
    if gpu == "none":
        return []
    here = region(look.target.region)
    if gpu not in here.gpus:  # the plan's rules say so too, and name the nearest region that does
        return [
            Finding("GPU", Verdict.WRONG, f"{here.name} does not offer {gpu}.", fix="Choose another target.region.")
        ]
    if gpu in here.by_invitation:
        return [
            Finding(
                "GPU",
                Verdict.UNKNOWN,
                f"{here.name} offers {gpu} to invited projects only (as of {AS_OF}).",
                fix="Choose another target.region if Google refuses it.",
            )
        ]
    return [ok("GPU", f"{here.name} offers {gpu} (as of {AS_OF}).")]


def _quota(look: Look) -> Finding:
    most = look.target.max_instances
    cpu, memory = look.plan.service.cpu * most, look.plan.service.memory * most
    asked = f"{most} × {look.plan.service.cpu:g} vCPU and {format_bytes(look.plan.service.memory)}"
    total = f"{cpu:g} vCPU and {memory / 2**30:g} GiB"
    if cpu <= NEW_PROJECT_CPU and memory <= NEW_PROJECT_MEMORY:
        return ok("Quota", f"{asked} are at most {total}: within the 20 vCPU and 40 GiB a new project has in a region.")
    return Finding(
        "Quota",
        Verdict.UNKNOWN,
        f"{asked} are at most {total}; a new project has 20 vCPU and 40 GiB in a region. Google answers what this one has.",
        fix=f"If it is refused, set target.max_instances to {most_instances(look)} or fewer in sendoff.yaml.",
    )


def most_instances(look: Look) -> int:
    """The most instances that fit into a new project's quota."""
    service = look.plan.service
    return max(1, min(int(NEW_PROJECT_CPU / service.cpu), NEW_PROJECT_MEMORY // service.memory))
