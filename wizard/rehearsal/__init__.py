"""The rehearsal: the service run under the target's contract before it is released.

`rehearse` runs it and reports, `require_passed` turns a failed report into an error, a `ParitySet` holds answers to expect.
"""

from typing import TYPE_CHECKING, Any

from wizard.rehearsal.parity_set import ParitySet
from wizard.rehearsal.report import Check, Latency, Outcome, Parity, RehearsalReport
from wizard.rehearsal.verdict import require_passed

if TYPE_CHECKING:
    from wizard.rehearsal.rehearsing import rehearse

__all__ = [
    "Check",
    "Latency",
    "Outcome",
    "Parity",
    "ParitySet",
    "RehearsalReport",
    "rehearse",
    "require_passed",
]


def __getattr__(name: str) -> Any:
    # It brings the plan's model with it: only who rehearses pays for that.
    if name == "rehearse":
        from wizard.rehearsal.rehearsing import rehearse

        return rehearse
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
