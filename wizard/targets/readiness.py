"""Waiting for a service on this machine to become healthy, and saying why where it does not."""

from __future__ import annotations

import time

from wizard.advice.causes import Facts, recognise
from wizard.errors import TargetError
from wizard.events import Reporter
from wizard.runtimes.runtime import Instance
from wizard.targets.calling import healthy

LONGEST = 240.0
"""Seconds a service may take to become healthy: as long as Cloud Run's startup probe waits."""


def wait_until_healthy(instance: Instance, memory_limit: int, reporter: Reporter, longest: float = LONGEST) -> None:
    """Return once GET /health answers 200. Raises TargetError with the cause, CancelledError."""
    started = time.monotonic()
    while (waited := time.monotonic() - started) < longest:
        reporter.check()
        reporter.progress(waited, None, unit="seconds", what="waiting for the first healthy answer")
        # Running too: what had the port before it may still answer there, while it ended for want of the port.
        if healthy(instance.url, timeout=5.0) and instance.running():
            return
        if not instance.running():
            break
        reporter.cancel.wait(0.05)
    reporter.check()
    raise _failure(instance, memory_limit, waited)


def _failure(instance: Instance, memory_limit: int, waited: float) -> TargetError:
    logs = list(instance.logs(tail=400))
    running = instance.running()
    exit_code = None if running else instance.exit_code() or 0
    port = int(instance.url.rpartition(":")[2])
    facts = Facts(port=port, waited=waited, memory_limit=memory_limit)
    cause = recognise(logs, exit_code, instance.out_of_memory(), facts)
    if cause is None:
        return TargetError("The service did not become healthy.", "Its last log lines are below.", evidence=logs[-5:])
    return TargetError(
        f"The service did not become healthy: {cause.title}",
        cause.why,
        cause.fix,
        cause=cause.kind,
        evidence=[str(one) for one in cause.evidence],
    )
