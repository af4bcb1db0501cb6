"""CPU, memory and what hangs on them: concurrency, billing, GPU, execution environment, number of instances.

Sources: Cloud Run's pages on CPU, memory, GPU and quotas for services, as read in November 2026. Of the RTX PRO 6000 the
least CPU and memory are documented there; the most (44 CPUs, 176 GiB) is from its announcement.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wizard.plan.cloud_run import BucketVolume, CloudRunTarget, Gpu, NfsVolume
from wizard.plan.plan import GIB, MIB, Plan
from wizard.plan.problem import Problem
from wizard.plan.quantities import format_bytes

_SMALLEST_CPU = 0.08
_MEMORY_OF_CPU = {
    1: (128 * MIB, 4 * GIB),
    2: (128 * MIB, 8 * GIB),
    4: (2 * GIB, 16 * GIB),
    6: (4 * GIB, 24 * GIB),
    8: (4 * GIB, 32 * GIB),
}
"""Whole CPUs → least and most memory, bytes."""
_GPU_CPUS: dict[Gpu, tuple[int, ...]] = {
    "none": tuple(_MEMORY_OF_CPU),
    "nvidia-l4": (4, 6, 8),
    "nvidia-rtx-pro-6000": tuple(range(20, 45)),
}
_GPU_MEMORY: dict[Gpu, int] = {"none": 128 * MIB, "nvidia-l4": 16 * GIB, "nvidia-rtx-pro-6000": 80 * GIB}
_RTX_MOST_MEMORY = 176 * GIB
GEN2_MEMORY = 512 * MIB
"""The least memory of the second generation, bytes."""


@dataclass(frozen=True, slots=True)
class Quota:
    """What all instances of a project in one region may have together: CPUs, and memory in bytes."""

    cpu: float
    memory: int


NEW_PROJECT = Quota(cpu=20, memory=40 * GIB)
"""What projects made since 2025 start with; older ones have 56 or 200 CPUs. More is given on request."""


def instances_within(cpu: float, memory: int, quota: Quota = NEW_PROJECT) -> int:
    """How many instances of this size the quota allows; 0 where not even one."""
    return min(round(quota.cpu * 1000) // max(1, round(cpu * 1000)), quota.memory // memory)


def nearest_cpu(cpu: float, gpu: Gpu = "none") -> float:
    """The legal number of CPUs nearest to the one given, the larger of two equally near."""
    if gpu == "none" and cpu < 1:
        return max(_SMALLEST_CPU, round(cpu, 3))
    return float(min(_GPU_CPUS[gpu], key=lambda legal: (abs(legal - cpu), -legal)))


def memory_range(cpu: float, gpu: Gpu = "none", gen2: bool = False) -> tuple[int, int]:
    """Least and most memory, bytes, of an instance with a legal number of CPUs."""
    if gpu == "nvidia-rtx-pro-6000":
        return _GPU_MEMORY[gpu], _RTX_MOST_MEMORY
    if cpu < 1:
        least, most = 128 * MIB, 512 * MIB if cpu < 0.5 else GIB
    else:
        least, most = _MEMORY_OF_CPU[int(cpu)]
    return max(least, _GPU_MEMORY[gpu], GEN2_MEMORY if gen2 else 0), most


def least_cpu(memory: int, gpu: Gpu = "none") -> int | None:
    """The fewest whole CPUs that may have this much memory; None where none may."""
    return next((cpu for cpu in _GPU_CPUS[gpu] if memory <= memory_range(cpu, gpu)[1]), None)


def gen2_needed_by(target: CloudRunTarget) -> str:
    """What in the plan only the second generation has, in words; empty where nothing."""
    if target.gpu != "none":
        return "A GPU"
    if any(isinstance(volume, BucketVolume) for volume in target.volumes):
        return "A bucket as a folder"
    return "A network file system" if any(isinstance(volume, NfsVolume) for volume in target.volumes) else ""


def resource_problems(plan: Plan, target: CloudRunTarget) -> Iterator[Problem]:
    """What is wrong with CPU, memory and what hangs on them."""
    cpu = plan.service.cpu
    legal = nearest_cpu(cpu, target.gpu)
    if cpu == legal:
        yield from _memory(plan, target)
    else:
        yield _cpu(cpu, legal, target.gpu)
    if cpu < 1 and target.gpu == "none":
        yield from _below_one_cpu(plan, target)
    yield from _generation(target)
    if target.gpu != "none" and target.billing != "instance":
        yield Problem(
            "target.billing",
            f"target.billing cannot be {target.billing} with a GPU.",
            "Cloud Run bills a GPU for as long as its instance lives.",
            "Set target.billing to instance, or target.gpu to none.",
            "instance",
        )
    if target.min_instances > target.max_instances:
        yield Problem(
            "target.min_instances",
            f"target.min_instances is {target.min_instances}, more than target.max_instances, which is {target.max_instances}.",
            "No more instances can be kept warm than may run.",
            f"Lower target.min_instances to {target.max_instances}, or raise target.max_instances to {target.min_instances}.",
            target.max_instances,
        )


def _cpu(cpu: float, legal: float, gpu: Gpu) -> Problem:
    if gpu == "nvidia-l4":
        why = "With an NVIDIA L4 Cloud Run gives 4, 6 or 8 CPUs; 8 are advised."
    elif gpu == "nvidia-rtx-pro-6000":
        why = "With an NVIDIA RTX PRO 6000 Cloud Run gives 20 to 44 whole CPUs."
    else:
        why = "Cloud Run gives 1, 2, 4, 6 or 8 CPUs, or a part of one from 0.08 in steps of 0.001."
    return Problem(
        "service.cpu", f"service.cpu cannot be {cpu:g}.", why, f"The nearest right value is {legal:g}.", legal
    )


def _memory(plan: Plan, target: CloudRunTarget) -> Iterator[Problem]:
    cpu, memory = plan.service.cpu, plan.service.memory
    gen2 = target.execution_environment == "gen2" or bool(gen2_needed_by(target))
    least, most = memory_range(cpu, target.gpu, gen2)
    cpus = f"{cpu:g} CPU{'' if cpu <= 1 else 's'}"
    if memory > most:
        enough = least_cpu(memory, target.gpu)
        more = f", or raise service.cpu to {enough}" if enough is not None else ""
        yield Problem(
            "service.memory",
            f"service.memory cannot be {format_bytes(memory)} with {cpus}.",
            f"Cloud Run gives an instance with {cpus} at most {format_bytes(most)}.",
            f"Lower service.memory to {format_bytes(most)}{more}.",
            most,
        )
    if memory < least:
        if target.gpu != "none":
            why = f"With the GPU {target.gpu} an instance has at least {format_bytes(least)}."
        elif least == GEN2_MEMORY:
            why = "The second generation's least is 512Mi; the first's is 128Mi."
        else:
            why = f"Cloud Run gives an instance with {cpus} at least {format_bytes(least)}."
        yield Problem(
            "service.memory",
            f"service.memory cannot be {format_bytes(memory)}{'' if least == GEN2_MEMORY else f' with {cpus}'}.",
            why,
            f"Raise service.memory to {format_bytes(least)}.",
            least,
        )


def _below_one_cpu(plan: Plan, target: CloudRunTarget) -> Iterator[Problem]:
    why = "With less than one CPU Cloud Run allows"
    if plan.service.concurrency != 1:
        yield Problem(
            "service.concurrency",
            f"service.concurrency cannot be {plan.service.concurrency} with {plan.service.cpu:g} CPU.",
            f"{why} one request at a time.",
            "Set service.concurrency to 1, or service.cpu to 1.",
            1,
        )
    if target.billing != "request":
        yield Problem(
            "target.billing",
            f"target.billing cannot be {target.billing} with {plan.service.cpu:g} CPU.",
            f"{why} billing by request only.",
            "Set target.billing to request, or service.cpu to 1.",
            "request",
        )
    needs = gen2_needed_by(target)
    if needs or target.execution_environment == "gen2":
        yield Problem(
            "service.cpu",
            f"service.cpu cannot be {plan.service.cpu:g} in the second generation.",
            f"{why} the first generation only. {f'{needs} needs the second.' if needs else ''}".rstrip(),
            "Set service.cpu to 1." if needs else "Set service.cpu to 1, or target.execution_environment to default.",
            1,
        )


def _generation(target: CloudRunTarget) -> Iterator[Problem]:
    needs = gen2_needed_by(target)
    if needs and target.execution_environment == "gen1":
        yield Problem(
            "target.execution_environment",
            "target.execution_environment cannot be gen1 here.",
            f"{needs} needs the second generation.",
            "Set target.execution_environment to gen2, or to default.",
            "gen2",
        )
