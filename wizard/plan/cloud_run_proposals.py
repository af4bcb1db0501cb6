"""What is proposed for a service on Cloud Run: defaults that fit the model, the machine and each other."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from wizard.plan.cloud_run import Gpu
from wizard.plan.cloud_run_naming import LONGEST_NAME
from wizard.plan.cloud_run_probes import LONGEST_START
from wizard.plan.cloud_run_regions import nearest_region_with, regions_with
from wizard.plan.cloud_run_resources import NEW_PROJECT, instances_within, least_cpu, memory_range, nearest_cpu
from wizard.plan.fields import field_defaults
from wizard.plan.names import service_name
from wizard.plan.plan import GIB, MIB, Source
from wizard.plan.quantities import approximate_bytes, format_bytes, parse_bytes
from wizard.plan.surroundings import Proposed, Surroundings

_INSTANCES = 4
"""As many as a mistake may cost."""
_SERVER_START = 5.0
"""Seconds until the server runs, the model not counted, on one CPU of Cloud Run; about twice what it takes on a laptop."""
_LOADED_A_SECOND = 50 * MIB
"""Bytes of a model read and built up in a second, at the slow end: forests of many small trees, compressed."""
_LEAST_WAIT = 60


def cloud_run_proposals(
    proposals: Mapping[str, Proposed], model_memory: int, here: Surroundings, given: Mapping[str, Any]
) -> dict[str, Proposed]:
    """The proposals for a plan that leads to Cloud Run, made from those for any plan.

    `model_memory` is what the model takes once it is loaded, bytes. What the person has `given` is not argued with: the others
    are chosen to fit it where they can.
    """
    fitting = {**proposals, **_machine(here)}
    fitting |= _gpu_proposals(fitting, given)
    fitting |= _size(fitting, given)
    fitting["target.startup_probe"] = _startup_probe(model_memory, _number(_value("service.cpu", fitting, given)))
    fitting["target.max_instances"] = _max_instances(fitting, given)
    name = str(fitting["service.name"].value)
    if len(name) > LONGEST_NAME:
        why = f"The file's name; Cloud Run leaves {LONGEST_NAME} characters."
        fitting["service.name"] = Proposed(service_name(name[:LONGEST_NAME]), Source.FILE, why)
    return fitting


def _machine(here: Surroundings) -> dict[str, Proposed]:
    found = {
        "target.project": (here.project_id, here.project_id_why),
        "target.region": (here.region, here.region_why),
        "target.endpoint": (here.endpoint, here.endpoint_why),
    }
    return {path: Proposed(value, Source.ENVIRONMENT, why) for path, (value, why) in found.items() if value is not None}


def _gpu_proposals(proposals: Mapping[str, Proposed], given: Mapping[str, Any]) -> dict[str, Proposed]:
    gpu = _gpu(given)
    if gpu == "none":
        return {}
    cpu = least_cpu(_bytes(_value("service.memory", proposals, given)), gpu) or nearest_cpu(8, gpu)
    proposed = {
        "service.cpu": Proposed(cpu, Source.HOUSE, f"The fewest Cloud Run gives with the GPU {gpu}."),
        "target.billing": Proposed(
            "instance", Source.HOUSE, "Cloud Run bills a GPU for as long as its instance lives."
        ),
    }
    here = str(_value("target.region", proposals, given))
    if here not in regions_with(gpu):
        there = nearest_region_with(gpu, here)
        proposed["target.region"] = Proposed(
            there, Source.HOUSE, f"A region near {here} where everybody gets the GPU {gpu}."
        )
    return proposed


def _size(proposals: Mapping[str, Proposed], given: Mapping[str, Any]) -> dict[str, Proposed]:
    """Memory that the CPU may have, and concurrency that it allows."""
    cpu, memory, gpu = _number(_value("service.cpu", proposals, given)), proposals["service.memory"].value, _gpu(given)
    size: dict[str, Proposed] = {}
    if 0 < cpu < 1:
        why = "With less than one CPU Cloud Run takes one request at a time."
        size["service.concurrency"] = Proposed(1, Source.HOUSE, why)
    if cpu == nearest_cpu(cpu, gpu):
        least, _ = memory_range(cpu, gpu, given.get("target.execution_environment") == "gen2")
        if memory < least:
            of = f"the GPU {gpu}" if gpu != "none" else f"{cpu:g} CPUs"
            size["service.memory"] = Proposed(least, Source.HOUSE, f"The least Cloud Run gives with {of}.")
    return size


def _max_instances(proposals: Mapping[str, Proposed], given: Mapping[str, Any]) -> Proposed:
    cpu = _number(_value("service.cpu", proposals, given))
    memory = _bytes(_value("service.memory", proposals, given))
    most = instances_within(cpu, memory) if cpu > 0 and memory > 0 else _INSTANCES
    kept = int(_number(given.get("target.min_instances", 0)))
    number = max(1, kept, min(_INSTANCES, most))
    if most < _INSTANCES:
        why = (
            f"A new project may have {NEW_PROJECT.cpu:g} CPUs and {format_bytes(NEW_PROJECT.memory)} of memory in a region: "
            + (f"{most} of these at once." if most else "less than one of these, so ask for more quota first.")
        )
    else:
        why = f"A limit on the bill, and on what one mistake can cost; a new project's quota allows {most}."
    return Proposed(number, Source.HOUSE, why)


def _startup_probe(model_memory: int, cpu: float) -> Proposed:
    seconds = _SERVER_START + model_memory / _LOADED_A_SECOND
    wait = min(LONGEST_START, max(_LEAST_WAIT, math.ceil(4 * seconds / 10) * 10))
    period = 1 if cpu >= 1 else 5
    often = "every second" if period == 1 else f"every {period} s"
    return Proposed(
        {"period": period, "timeout": period, "failures": wait // period},
        Source.FILE,
        f"A server with a model of {approximate_bytes(model_memory)} is up in about {seconds:.0f} s: asked {often}, so that it "
        f"serves as soon as it can, for up to {wait} s.",
    )


def _gpu(given: Mapping[str, Any]) -> Gpu:
    wanted = given.get("target.gpu")
    return wanted if wanted in ("nvidia-l4", "nvidia-rtx-pro-6000") else "none"


def _value(path: str, proposals: Mapping[str, Proposed], given: Mapping[str, Any]) -> Any:
    if path in given:
        return given[path]
    return proposals[path].value if path in proposals else field_defaults("cloud_run")[path]


def _number(value: Any) -> float:
    """A given number. Where it is none 1 stands for it: the plan's own check will say so."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return 1.0
    return number if math.isfinite(number) else 1.0


def _bytes(value: Any) -> int:
    try:
        return max(1, parse_bytes(value))
    except (AttributeError, ValueError):
        return GIB
