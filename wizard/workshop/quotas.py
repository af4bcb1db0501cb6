"""What a project may use in one region, and the words in which Cloud Run refuses more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wizard.workshop.api_error import Violation
from wizard.workshop.compute_rules import total_cpu, total_memory
from wizard.workshop.messages import Message


@dataclass(frozen=True, slots=True)
class Quotas:
    """Those of a new project, as reported in 2026 (facts C1)."""

    cpu: int = 20_000
    """Thousandths of a vCPU: CpuAllocPerProjectRegion."""
    memory: int = 40 * 2**30
    """Bytes: MemAllocPerProjectRegion."""
    gpu: int = 3
    """GPUs without zonal redundancy, over all instances of one service."""
    services: int = 1000
    """Services in a region."""


def default_max_instances(template: Message, quotas: Quotas) -> int:
    """100, or what the quota allows where that is less."""
    cpu = round(total_cpu(template) * 1000) or 1000
    memory = total_memory(template) or 512 * 2**20
    return max(1, min(100, quotas.cpu // cpu, quotas.memory // memory))


def check_quotas(template: Message, quotas: Quotas) -> Iterator[Violation]:
    """What the asked-for maximum of instances takes beyond the quota."""
    instances = template.scaling.max_instance_count
    cpu = round(total_cpu(template) * 1000) * instances
    memory = total_memory(template) * instances
    if cpu <= quotas.cpu and memory <= quotas.memory:
        return
    fits = min(
        quotas.cpu * instances // cpu if cpu else instances,
        quotas.memory * instances // memory if memory else instances,
    )
    scarce = "CPU" if cpu > quotas.cpu else "memory"
    lines = [
        f"Max instances must be set to {fits} or fewer to set the requested total {scarce}.",
        "Consider running your workload in a region with greater capacity, decreasing your requested cpu-per-instance, "
        "or requesting an increase in quota for this region if you are seeing sustained usage near this limit, see "
        "https://cloud.google.com/run/quotas. Your project may gain access to further scaling by adding billing "
        "information to your account.",
        "",
        "Quota violated:",
    ]
    if cpu > quotas.cpu:
        lines.append(f"CpuAllocPerProjectRegion requested: {cpu} allowed: {quotas.cpu}")
    if memory > quotas.memory:
        lines.append(f"MemAllocPerProjectRegion requested: {memory} allowed: {quotas.memory}")
    yield Violation("service.template.scaling.max_instance_count", "\n".join(lines))
