"""How much of Cloud Run there is for a project: instances, CPUs, memory, GPUs, revisions, time."""

from __future__ import annotations

from collections.abc import Mapping

from wizard.advice.cause import CauseKind
from wizard.advice.cloud_scene import rule

_QUOTAS = "https://console.cloud.google.com/iam-admin/quotas?project={project}"


def _quota(words: Mapping[str, str]) -> Mapping[str, str]:
    """Name and amounts of the quota, as its units are: CPU in thousandths, memory in bytes."""
    if not words["quota"]:
        return {"which": "A quota of the project in {region} is used up.".format(**words)}
    requested, allowed = int(words["requested"]), int(words["allowed"])
    if words["quota"].lower().startswith("cpu"):
        amounts = f"{requested / 1000:g} CPUs, and the project may have {allowed / 1000:g}"
    elif words["quota"].lower().startswith("mem"):
        amounts = f"{requested / 2**30:g} GiB of memory, and the project may have {allowed / 2**30:g}"
    else:
        amounts = f"{requested} of it, and the project may have {allowed}"
    region = "" if words["region"] == "REGION" else f" in {words['region']}"
    return {"which": f"All instances together could need {amounts}{region} ({words['quota']})."}


def _fewer(words: Mapping[str, str]) -> Mapping[str, str]:
    many = words["many"]
    set_it = (
        f"Set target.max_instances to {many}" if many else "Lower target.max_instances, service.cpu or service.memory"
    )
    return {"many": many, "set_it": set_it, **_quota(words)}


def _gpu(words: Mapping[str, str]) -> Mapping[str, str]:
    if words["redundancy"] == "with":
        return {
            "instead": "Set target.gpu_zonal_redundancy to false, which has a quota of its own and costs less; or ask"
        }
    return {"instead": "Set target.gpu to none (scikit-learn uses no GPU), choose another region, or ask"}


_VIOLATED = (
    r"\b(?P<quota>[A-Z]{1,40}Per[A-Z]{0,40}(?:Region|Project)[A-Z]{0,20})"
    r"\s{1,9}requested:\s{0,9}(?P<requested>\d{1,18})\s{1,9}allowed:\s{0,9}(?P<allowed>\d{1,18})"
)

LIMITS = (
    rule(
        CauseKind.GPU_QUOTA,
        r"quota for using GPUs (?P<redundancy>with|without) zonal redundancy|allowable count of GPUs|\bGPU\w*\b.*quota"
        r"|quota.*\bGPU",
        title="The project has no quota for this many GPUs.",
        why="New projects have few GPUs in a region, or none.",
        fix=f"{{instead}} for more at {_QUOTAS}",
        fill=_gpu,
    ),
    rule(
        CauseKind.QUOTA,
        rf"Max instances must be set to (?P<many>\d+) or fewer(?:[\s\S]*?{_VIOLATED})?",
        title="The project's quota allows at most {many} instances of this size.",
        why="{which}",
        fix=f"{{set_it}}, or ask for more at {_QUOTAS}",
        fill=_fewer,
    ),
    rule(
        CauseKind.QUOTA,
        _VIOLATED,
        title="The project's quota does not allow this many instances of this size.",
        why="{which}",
        fix=f"{{set_it}}, or ask for more at {_QUOTAS}",
        fill=lambda words: _fewer({"many": "", **words}),
    ),
    rule(
        CauseKind.REVISION_LIMIT,
        r"revision limit",
        title="The service has as many revisions as it may have.",
        why="Revisions that have traffic, a tag or warm instances count; the others are removed by themselves.",
        fix="gcloud run revisions list --service={service} --region={region} --project={project}, then gcloud run revisions"
        " delete REVISION --region={region} --project={project}",
        reasons=("ACTIVE_REVISION_LIMIT_REACHED",),
    ),
    rule(
        CauseKind.QUOTA,
        r"quota (?:exceeded|violated)|rate limit|RESOURCE_EXHAUSTED|exceeded.{0,20}quota",
        title="A quota of the project is used up.",
        why="Google allows a project only so much of each thing, or so many calls a minute.",
        fix=f"Wait a minute and run the same command; if it goes on, ask for more at {_QUOTAS}",
        reasons=("RESOURCE_EXHAUSTED",),
    ),
    rule(
        CauseKind.NOT_PROVISIONED,
        "",
        title="Cloud Run could not start as many warm instances as target.min_instances asks for.",
        why="The project's quota or the region's capacity did not allow it in time.",
        fix=f"Lower target.min_instances, or ask for more at {_QUOTAS}",
        reasons=("MIN_INSTANCES_NOT_PROVISIONED",),
    ),
    rule(
        CauseKind.DEADLINE,
        r"progress deadline|deadline exceeded|timed out waiting",
        title="Cloud Run did not finish in the time it gives itself.",
        why="It says so without a cause of the container's: a large image, a busy region, or a fault of the platform.",
        fix="Run the same command again: it goes on from what is there. https://status.cloud.google.com shows known trouble.",
        reasons=("PROGRESS_DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED"),
    ),
)
"""Particular ones before general ones."""
