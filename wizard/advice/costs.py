"""What a service on Cloud Run will cost in a month of 30 days, from its machine and a guess of its traffic.

The requests are taken to come evenly over day and night. An instance works on several at once only where they overlap; so
the estimate is on the high side for traffic that comes in bursts, and says what it assumes.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Literal

from wizard.advice import cloud_run_prices as prices
from wizard.advice.cloud_run_prices import Tier

DAYS = 30
_DAY = Decimal(86_400)
_MONTH = DAYS * _DAY
_GIB = Decimal(2**30)
_NONE = Decimal(0)
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Machine:
    """What a service runs on."""

    cpu: float
    memory: int
    """Bytes."""
    concurrency: int = 80
    """Requests an instance takes at a time."""
    min_instances: int = 0
    max_instances: int = 100
    billing: Literal["request", "instance"] = "request"
    tier: Tier = 1
    """Price tier of its region."""
    gpu: str = "none"
    gpu_zonal_redundancy: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """What is asked of it."""

    requests_per_day: int
    seconds_per_request: float
    """Time it works on one request."""


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of the bill."""

    what: str
    quantity: Decimal
    """In a month, in `unit`."""
    unit: str
    unit_price: Decimal
    """Dollars."""
    free: Decimal
    """Dollars that the free tier takes off it, where nothing else in the billing account has used it up."""
    cost: Decimal
    """Dollars, not rounded."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a month costs, in US dollars."""

    machine: Machine
    usage: Usage
    lines: tuple[Line, ...]
    total: Decimal
    """Rounded to the cent."""
    dated: str
    """Year and month of the prices."""
    assumptions: tuple[str, ...]
    """What was taken for granted, each a sentence."""


def estimate(machine: Machine, usage: Usage) -> Estimate:
    """The bill of a month of 30 days. Quantities that are negative, or a machine without CPU, are the caller's mistake."""
    lines = _by_request(machine, usage) if machine.billing == "request" else _by_instance(machine, usage)
    total = sum((line.cost for line in lines), _NONE).quantize(_CENT, ROUND_HALF_UP)
    billed = tuple(line for line in lines if line.quantity)
    return Estimate(machine, usage, billed, total, prices.DATED, _assumptions(machine))


def _by_request(machine: Machine, usage: Usage) -> tuple[Line, ...]:
    rates, first = prices.RATES[machine.tier], prices.RATES[1]
    cpu, memory = _size(machine)
    active = _active_seconds(machine, usage)
    idle = max(_NONE, machine.min_instances * _MONTH - active)
    return (
        _line("CPU while working", active * cpu, "vCPU-s", rates.active_cpu, prices.FREE_ACTIVE_CPU * first.active_cpu),
        _line(
            "Memory while working", active * memory, "GiB-s", rates.active_memory,
            prices.FREE_ACTIVE_MEMORY * first.active_memory,
        ),
        _line("CPU kept warm", idle * cpu, "vCPU-s", rates.idle_cpu),
        _line("Memory kept warm", idle * memory, "GiB-s", rates.idle_memory),
        _line("Requests", _requests(usage), "requests", prices.REQUEST, prices.FREE_REQUESTS * prices.REQUEST),
    )  # fmt: skip


def _by_instance(machine: Machine, usage: Usage) -> tuple[Line, ...]:
    rates, first = prices.RATES[machine.tier], prices.RATES[1]
    cpu, memory = _size(machine)
    alive = _alive_seconds(machine, usage)
    gpu = prices.GPU_SECOND.get((machine.gpu, machine.gpu_zonal_redundancy), _NONE)
    free_memory = prices.FREE_INSTANCE_MEMORY * first.instance_memory
    return (
        _line(
            "CPU of instances", alive * cpu, "vCPU-s", rates.instance_cpu, prices.FREE_INSTANCE_CPU * first.instance_cpu
        ),
        _line("Memory of instances", alive * memory, "GiB-s", rates.instance_memory, free_memory),
        _line("GPU of instances", alive if gpu else _NONE, "GPU-s", gpu),
    )


def _line(what: str, quantity: Decimal, unit: str, unit_price: Decimal, free: Decimal = _NONE) -> Line:
    whole = quantity * unit_price
    taken_off = min(free, whole)
    return Line(what, quantity, unit, unit_price, taken_off, whole - taken_off)


def _active_seconds(machine: Machine, usage: Usage) -> Decimal:
    """Seconds in a month that instances work on requests, all instances together.

    Requests that never overlap are each rounded up; an instance that always has one works the whole month, and another is
    added for each `concurrency` requests at a time.
    """
    requests = _requests(usage)
    seconds = Decimal(str(usage.seconds_per_request))
    rounded = (seconds / prices.ROUNDING).to_integral_value(ROUND_CEILING) * prices.ROUNDING
    always_busy = max(_MONTH, requests * seconds / machine.concurrency)
    return min(requests * rounded, always_busy, machine.max_instances * _MONTH)


def _alive_seconds(machine: Machine, usage: Usage) -> Decimal:
    """Seconds in a month that instances live, all instances together: each goes on for a while after its last request."""
    requests = _requests(usage)
    seconds = Decimal(str(usage.seconds_per_request))
    needed = min(requests * (seconds + prices.KEPT_WARM), max(_MONTH, requests * seconds / machine.concurrency))
    return max(machine.min_instances * _MONTH, min(needed, machine.max_instances * _MONTH))


def _requests(usage: Usage) -> Decimal:
    return Decimal(usage.requests_per_day) * DAYS


def _size(machine: Machine) -> tuple[Decimal, Decimal]:
    """vCPUs and GiB of one instance."""
    return Decimal(str(machine.cpu)), machine.memory / _GIB


def _assumptions(machine: Machine) -> tuple[str, ...]:
    said = [
        "A month has 30 days, and requests come evenly over day and night.",
        "Nothing else in the billing account uses the free tier.",
        "Starts of instances, storage of the image, logs and traffic out of Google's network are not in it.",
    ]
    if machine.billing == "instance":
        said.append("Cloud Run keeps an instance for 15 minutes after its last request.")
    if machine.gpu != "none":
        said.append("The GPU costs what it costs in us-central1.")
    return tuple(said)
