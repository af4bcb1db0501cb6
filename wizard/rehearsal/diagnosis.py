"""What to say where the service could not be started, or ended while it was asked."""

from __future__ import annotations

import time

from wizard.advice.causes import Facts, recognise
from wizard.errors import TargetError
from wizard.rehearsal.connection import NoAnswerError
from wizard.rehearsal.contract import LISTENS, Line
from wizard.rehearsal.report import Check
from wizard.rehearsal.service import Service

_SURVIVES = Line(
    "stays-up",
    "It stays up and answers whatever it is asked.",
    "See its last log lines, correct handler.py, rehearse again.",
)

_ENDING = 3.0
"""Seconds between the last connection's end and the exit code, where the machine is busy."""


def never_started(error: TargetError) -> Check:
    """The runtime could not even start it: the image's command cannot be run, or is for another processor."""
    cause = recognise(error.evidence, 1, False)
    if cause is None or cause.kind.value in ("exited", "crash"):
        return LISTENS.failed("\n".join((f"{error.what} {error.why}", *error.evidence)), error.fix)
    return LISTENS.failed("\n".join((f"{cause.title} {cause.why}", *error.evidence)), cause.fix, cause.kind)


def died(service: Service, during: str, silence: NoAnswerError) -> Check:
    """It answered before, and then did not."""
    instance = service.instance
    seen = f"While it was asked about {during}, {silence}."
    deadline = time.monotonic() + _ENDING
    while (runs := instance.running()) and time.monotonic() < deadline:
        time.sleep(0.02)
    logs = service.log_lines()
    if runs:
        return _SURVIVES.failed("\n".join((seen, *(f"log: {line}" for line in logs[-3:]))))
    facts = Facts(port=service.port, memory_limit=service.plan.service.memory)
    cause = recognise(logs, instance.exit_code() or 0, instance.out_of_memory(), facts)
    if cause is None:
        return _SURVIVES.failed(seen)
    shown = "\n".join((f"{seen} {cause.title} {cause.why}", *map(str, cause.evidence)))
    return _SURVIVES.failed(shown, cause.fix, cause.kind)
