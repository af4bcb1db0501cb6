"""What can be said of limits without asking anybody: the region, its GPUs, and the arithmetic of the quota."""

from __future__ import annotations

from wizard.plan.cloud_run_regions import AS_OF, region
from wizard.plan.cloud_run_resources import NEW_PROJECT, instances_within
from wizard.plan.quantities import format_bytes
from wizard.targets.cloud_run.preflight_finding import Finding, Look, Verdict, ok


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
    service, most = look.plan.service, look.target.max_instances
    asked = f"{most} × {service.cpu:g} vCPU and {format_bytes(service.memory)}"
    total = f"{service.cpu * most:g} vCPU and {service.memory * most / 2**30:g} GiB"
    given = f"{NEW_PROJECT.cpu:g} vCPU and {NEW_PROJECT.memory / 2**30:g} GiB"
    fit = instances_within(service.cpu, service.memory)
    if most <= fit:
        return ok("Quota", f"{asked} are at most {total}: within the {given} a new project has in a region.")
    return Finding(
        "Quota",
        Verdict.UNKNOWN,
        f"{asked} are at most {total}; a new project has {given} in a region. Google answers what this one has.",
        fix=f"If it is refused, set target.max_instances to {fit} or fewer in sendoff.yaml."
        if fit
        else "If it is refused, take less service.cpu and service.memory in sendoff.yaml, or ask Google for more quota.",
    )
