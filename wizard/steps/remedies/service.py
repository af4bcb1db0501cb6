"""Remedies for what runs: memory, CPU, port, name, engine, base image, and the lines of the contract it is rehearsed against."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from wizard.errors import BuildError, EngineError, RehearsalError, SendoffError, TargetError
from wizard.plan.quantities import format_bytes
from wizard.steps.remedies.remedy import Remedy

if TYPE_CHECKING:
    from wizard.plan.plan import Plan

_MIB = 1024**2
_PEAKED = re.compile(r"It peaked at (?P<peak>\d+) MiB of \d+ MiB")
_LONGEST_STARTUP = 240
"""Seconds Cloud Run's startup probe waits at most."""
_MOST_CPU = 8.0


def service_remedies(error: SendoffError, plan: Plan) -> Iterator[Remedy]:
    """For a service that did not start, did not keep the contract, or got no place to run."""
    from wizard.advice.cause import CauseKind
    from wizard.rehearsal import contract

    cause = error.cause if isinstance(error, RehearsalError | TargetError) else ""
    text = f"{error.what} {error.why}"
    if contract.MEMORY.title in text and (peaked := _PEAKED.search(text)):
        yield _memory(plan, int(peaked["peak"]) * _MIB)
    if cause == CauseKind.OUT_OF_MEMORY:
        yield _memory(plan, plan.service.memory)
    if cause == CauseKind.SLOW_LOAD:
        yield from _slow_start(plan)
    if cause == CauseKind.VERSION_MISMATCH:
        yield from _version(plan)
    if contract.BATCHING.title in text:
        yield Remedy("Predict each request by itself", {"serving.batching": False}, stage="bundle")
    if contract.LOAD.title in text and plan.service.concurrency > 1:
        fewer = plan.service.concurrency // 2
        yield Remedy(f"Take {fewer} requests at a time", {"service.concurrency": fewer}, stage="bundle")
    if plan.target.kind != "local" or not isinstance(error, TargetError):
        return
    if cause == CauseKind.PORT_TAKEN and plan.target.port:
        yield Remedy("Take any free port", {"target.port": 0}, stage="release")
    if cause == CauseKind.NAME_TAKEN:
        name = other_name(plan)
        yield Remedy(f"Call the service {name}", {"service.name": name}, stage="bundle")


def _memory(plan: Plan, peak: int) -> Remedy:
    """The smallest usual size that holds the peak and is larger than what it had, with the CPUs that go with it."""
    from wizard.plan.cloud_run_resources import least_cpu
    from wizard.rehearsal.consequences import SIZES, sensible_memory

    size = next((size for size in SIZES if size > plan.service.memory and size >= sensible_memory(peak)), SIZES[-1])
    settings: dict[str, Any] = {"service.memory": size}
    if plan.target.kind == "cloud_run" and (cpu := least_cpu(size, plan.target.gpu) or 0) > plan.service.cpu:
        settings["service.cpu"] = cpu
    return Remedy(f"Give it {format_bytes(size)} of memory", settings, stage="rehearse")


def _slow_start(plan: Plan) -> Iterator[Remedy]:
    target = plan.target
    if target.kind == "cloud_run":
        probe = target.startup_probe
        failures = (_LONGEST_STARTUP - probe.initial_delay) // probe.period
        if failures > probe.failures:
            label = f"Wait up to {_LONGEST_STARTUP} s for its start"
            yield Remedy(label, {"target.startup_probe.failures": failures}, stage="release")
        if not target.startup_boost:
            yield Remedy("Give it more CPU while it starts", {"target.startup_boost": True}, stage="release")
    if plan.service.cpu < _MOST_CPU:
        cpu = max(1.0, 2 * plan.service.cpu)
        yield Remedy(f"Give it {cpu:g} CPU{'s' if cpu > 1 else ''}", {"service.cpu": cpu}, stage="rehearse")


def _version(plan: Plan) -> Iterator[Remedy]:
    """The very version that saved the model, where the plan asks for another or for any."""
    framework, version = plan.model.framework, plan.model.version
    if not version:
        return
    pinned = f"{framework}=={version}"
    lines = [pinned if _is(line, framework) else line for line in plan.image.requirements]
    if pinned in lines:
        yield Remedy(f"Pin {framework} {version}, which saved the model", {"image.requirements": lines}, stage="lock")


def _is(line: str, name: str) -> bool:
    return re.split(r"[\s=<>!~\[@;]", line.strip(), maxsplit=1)[0].lower().replace("_", "-") == name


def other_name(plan: Plan) -> str:
    """The service's name with a number behind it, the next where it has one."""
    from wizard.plan.cloud_run_naming import LONGEST_NAME

    stem, _, number = plan.service.name.rpartition("-")
    if stem and number.isdecimal():
        return f"{stem}-{int(number) + 1}"
    return f"{plan.service.name[: LONGEST_NAME - 2].rstrip('-')}-2"


def engine_remedies(error: EngineError, plan: Plan) -> Iterator[Remedy]:
    """Doing without an engine, where the target allows it."""
    del error
    if plan.target.kind == "local" and plan.target.runtime != "process" and sys.platform != "win32":
        yield Remedy("Run it as a plain process, without an engine", {"target.runtime": "process"}, stage="build")


def base_remedies(error: BuildError, plan: Plan) -> Iterator[Remedy]:
    """The official image of the plan's Python, where the one that was named cannot be had."""
    if "image.base" in error.fix and error.what.upper().find("FROM") >= 0:
        base = f"python:{plan.image.python}-slim"
        yield Remedy(f"Build on {base}", {"image.base": base}, stage="bundle")
