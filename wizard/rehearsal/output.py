"""What the service wrote: log lines a cloud can read, and no sign of a write that was refused."""

from __future__ import annotations

import json
from collections.abc import Sequence

from wizard.advice.causes import CauseKind, recognise
from wizard.rehearsal import contract
from wizard.rehearsal.report import Check

SEVERITIES = frozenset({"DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY"})
"""Cloud Logging's; anything else is shown as DEFAULT there."""


def check_log_lines(lines: Sequence[str]) -> Check:
    """Each line stands alone in Cloud Logging: it must be one JSON object with a known severity and a message."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if problem := _problem(line):
            return contract.LOGS.failed(f"{problem}\nlog line {number}: {line[:300]}")
    if not lines:
        return contract.LOGS.passed("It wrote nothing.")
    return contract.LOGS.passed(f"{len(lines)} lines, e.g. {lines[0][:200]}")


def check_read_only(lines: Sequence[str], runtime: str) -> Check:
    """The whole rehearsal ran on a read-only file system: what is left to see is a refused write that was swallowed."""
    if runtime == "process":
        return contract.READ_ONLY.not_covered(
            "A process on this machine may write wherever your account may. A container engine is needed."
        )
    cause = recognise(lines, 1, False)
    refused = [line for line in lines if "Read-only file system" in line]
    if refused:
        said = cause.title if cause and cause.kind is CauseKind.READ_ONLY else "A write was refused."
        return contract.READ_ONLY.failed(f"{said}\nlog line: {refused[0][:300]}")
    return contract.READ_ONLY.passed("All of this ran on a read-only file system with only /tmp writable.")


def _problem(line: str) -> str:
    try:
        entry = json.loads(line)
    except ValueError:
        return "A line is no JSON."
    if not isinstance(entry, dict):
        return "A line is no JSON object."
    if entry.get("severity") not in SEVERITIES:
        return "A line has no severity that Cloud Logging knows."
    if not isinstance(entry.get("message"), str):
        return "A line has no message."
    return ""
