"""What follows from what was measured: one sentence each for memory, concurrency, startup probe and instances."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from wizard.plan.plan import MIB, Plan
from wizard.plan.quantities import format_bytes
from wizard.rehearsal.report import Latency

SIZES = tuple(size * MIB for size in (128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768))
"""Memory sizes people choose from, bytes."""
HEADROOM = 1.3
"""Peak times this must fit: a rehearsal of seconds does not see every request."""
COMFORT = 0.5
"""Seconds within which nearly all callers should have their answer."""
NOTICEABLE = 2.0
"""Seconds of cold start that a caller notices."""


def sensible_memory(peak: int) -> int:
    """The smallest usual size that holds the peak with headroom, bytes."""
    return next((size for size in SIZES if size >= peak * HEADROOM), math.ceil(peak * HEADROOM / MIB) * MIB)


def consequences(
    plan: Plan, runtime: str, start_seconds: float, peak: int, latency: Sequence[Latency]
) -> tuple[str, ...]:
    """The sentences, most important first."""
    return (
        *_memory(plan, runtime, peak),
        *_concurrency(latency),
        *_startup(start_seconds),
    )


def _memory(plan: Plan, runtime: str, peak: int) -> Iterator[str]:
    if not peak:
        return
    given, enough = plan.service.memory, sensible_memory(peak)
    seen = f"Memory: it peaked at {peak / MIB:.0f} MiB"
    if runtime == "process":
        seen += " as a process"
    if enough > given:
        yield f"{seen} of {format_bytes(given)}; raise service.memory to {format_bytes(enough)}."
    elif enough < given:
        yield f"{seen} of {format_bytes(given)}; {format_bytes(enough)} would do (service.memory)."
    else:
        yield f"{seen} of {format_bytes(given)}, which is the right size."


def _concurrency(latency: Sequence[Latency]) -> Iterator[str]:
    if not latency:
        return
    lone, full = latency[0], latency[-1]
    if full.concurrency <= lone.concurrency:
        yield f"Concurrency: one caller at a time gets {lone.per_second:.0f} answers a second."
        return
    gain = full.per_second / lone.per_second if lone.per_second else 0.0
    seen = (
        f"Concurrency: {full.concurrency} callers at once get {full.per_second:.0f} answers a second, "
        f"{gain:.1f} times what one caller gets, 99 of 100 within {full.p99:.0f} ms"
    )
    if gain < 0.8:
        yield f"{seen}; a lower service.concurrency lets the platform start another instance instead."
    elif full.p99 <= COMFORT * 1000:
        yield f"{seen}; keep service.concurrency at {full.concurrency}."
    else:
        fewer = max(1, min(full.concurrency - 1, int(full.per_second * COMFORT)))
        yield (
            f"{seen}; service.concurrency {fewer} keeps the wait near {COMFORT * 1000:.0f} ms and lets the platform start "
            "instances earlier."
        )


def _startup(start_seconds: float) -> Iterator[str]:
    allowed = min(240, max(10, math.ceil(start_seconds * 4 / 10) * 10))
    yield (
        f"Startup probe: it was healthy after {start_seconds:.1f} s; ask GET /health every second for up to {allowed} s, "
        "which leaves room for a slower machine."
    )
    if start_seconds > NOTICEABLE:
        yield (
            f"Instances: with none kept warm, the first caller after a pause waits about {start_seconds:.0f} s more; one "
            "minimum instance avoids that and is paid for while idle."
        )
    else:
        yield f"Instances: none need be kept warm; a cold start costs about {start_seconds:.1f} s."
