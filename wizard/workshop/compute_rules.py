"""Which CPU, memory, concurrency and GPU go together (facts C1, C3), in a template of raw messages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.workshop.api_error import Violation
from wizard.workshop.messages import Message

MIB = 2**20
GIB = 2**30
_CPUS_ABOVE_ONE = (2, 4, 6, 8)
_MEMORY_OF_CPU = {4: 2 * GIB, 6: 4 * GIB, 8: 4 * GIB}
"""The least memory for so many CPUs."""
_CPU_OF_MEMORY = ((24 * GIB, 8.0), (16 * GIB, 6.0), (8 * GIB, 4.0), (4 * GIB, 2.0), (GIB, 1.0), (512 * MIB, 0.5))
"""Above so much memory, at least so many CPUs."""
_GPUS = {"nvidia-l4": (4, 16 * GIB), "nvidia-rtx-pro-6000": (20, 80 * GIB)}
"""The least CPU and memory beside each."""
_UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}


def parse_cpu(text: str) -> float | None:
    """vCPUs of "500m" or "2"; None where it is neither."""
    if re.fullmatch(r"\d+m", text):
        return int(text[:-1]) / 1000
    return float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else None


def parse_memory(text: str) -> int | None:
    """Bytes of "512Mi"; None where it is no quantity."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(Ki|Mi|Gi|k|M|G)?", text)
    return int(float(found[1]) * _UNITS[found[2] or ""]) if found else None


def cpu_of(container: Message) -> float:
    """vCPUs of a container that has been checked; 1 where not told."""
    return parse_cpu(container.resources.limits.get("cpu", "1")) or 1.0


def memory_of(container: Message) -> int:
    """Bytes of a container that has been checked; 512 MiB where not told."""
    return parse_memory(container.resources.limits.get("memory", "512Mi")) or 512 * MIB


def total_cpu(template: Message) -> float:
    return sum(cpu_of(container) for container in template.containers)


def total_memory(template: Message) -> int:
    return sum(memory_of(container) for container in template.containers)


def check_compute(template: Message) -> Iterator[Violation]:
    """What of CPU, memory, concurrency and GPU is not allowed, or not together."""
    for number, container in enumerate(template.containers):
        limits = f"service.template.containers[{number}].resources.limits"
        cpu = parse_cpu(container.resources.limits.get("cpu", "1"))
        memory = parse_memory(container.resources.limits.get("memory", "512Mi"))
        if cpu is None:
            yield Violation(f"{limits}.cpu", f"Invalid quantity '{container.resources.limits['cpu']}'.")
        if memory is None:
            yield Violation(f"{limits}.memory", f"Invalid quantity '{container.resources.limits['memory']}'.")
        if cpu is None or memory is None:
            continue
        has_gpu = bool(container.resources.limits.get("nvidia.com/gpu"))
        for key, said in _pair(cpu, memory, has_gpu):
            yield Violation(f"{limits}.{key}", said)
        if cpu < 1:
            if template.max_instance_request_concurrency > 1:
                yield Violation(
                    "service.template.max_instance_request_concurrency",
                    "Total cpu < 1 is not supported with concurrency > 1.",
                )
            if container.HasField("resources") and not container.resources.cpu_idle and container.resources.limits:
                yield Violation(
                    f"service.template.containers[{number}].resources.cpu_idle",
                    "Total cpu < 1 is not supported with cpu always allocated.",
                )
    yield from _check_gpu(template)


def _pair(cpu: float, memory: int, has_gpu: bool) -> Iterator[tuple[str, str]]:
    largest_cpu, largest_memory = (30, 120 * GIB) if has_gpu else (8, 32 * GIB)
    whole = cpu == int(cpu) if has_gpu else cpu in _CPUS_ABOVE_ONE
    if cpu < 0.08 or cpu > largest_cpu or (cpu > 1 and not whole):
        yield "cpu", f"Invalid value specified for cpu. Must be 0.08 to 1, 2, 4, 6 or 8; got {cpu:g}."
        return
    if memory < 128 * MIB:
        yield "memory", "Invalid value specified for memory. Must be at least 128Mi."
    elif memory > largest_memory:
        yield "memory", f"Invalid value specified for memory. Must be at most {largest_memory // GIB}Gi."
    least = _MEMORY_OF_CPU.get(int(cpu), 0) if cpu == int(cpu) else 0
    if memory < least:
        yield "memory", f"Invalid value specified for memory. With {cpu:g} CPU, at least {least // GIB}Gi is required."
    needed = next((needed for above, needed in _CPU_OF_MEMORY if memory > above), 0.0)
    if cpu < needed:
        yield "cpu", f"Invalid value specified for cpu. For the specified value, at least {needed:g} CPU is required."


def _check_gpu(template: Message) -> Iterator[Violation]:
    kind = template.node_selector.accelerator
    holders = [each for each in template.containers if each.resources.limits.get("nvidia.com/gpu")]
    if not kind and not holders:
        return
    if kind not in _GPUS:
        yield Violation(
            "service.template.node_selector.accelerator", f"must be one of {', '.join(_GPUS)} where a GPU is asked for"
        )
        return
    if len(holders) != 1 or holders[0].resources.limits["nvidia.com/gpu"] != "1":
        yield Violation("service.template.containers", "exactly one container must ask for exactly one nvidia.com/gpu")
        return
    cpu, memory = _GPUS[kind]
    if total_cpu(template) < cpu or total_memory(template) < memory:
        yield Violation(
            "service.template.containers[0].resources.limits",
            f"{kind} requires at least {cpu} CPU and {memory // GIB}Gi of memory.",
        )
    if holders[0].resources.cpu_idle:
        yield Violation("service.template.containers[0].resources.cpu_idle", "GPU requires cpu to be always allocated.")
    if template.execution_environment == 1:
        yield Violation(
            "service.template.execution_environment", "GPU requires the second generation execution environment."
        )
