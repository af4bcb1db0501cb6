"""From a report to an error, where the rehearsal was not passed."""

from __future__ import annotations

from wizard.errors import RehearsalError
from wizard.rehearsal.report import Check, Outcome, RehearsalReport


def require_passed(report: RehearsalReport) -> None:
    """Raise RehearsalError from the first failed check; do nothing where all passed."""
    failed = [check for check in report.checks if check.outcome is Outcome.FAILED]
    if failed:
        raise _error(failed[0], failed[1:])
    if report.parity is not None and not report.parity.agrees:
        raise RehearsalError(
            "The service does not answer what the model alone answers.",
            f"{report.parity.agreed} of {report.parity.rows} rows agreed.",
            "Compare handler.py with what the model was trained on.",
            evidence=report.parity.differences,
        )


def _error(check: Check, others: list[Check]) -> RehearsalError:
    seen, *quoted = check.evidence.splitlines() or [""]
    also = [f"also failed: {other.title}" for other in others]
    return RehearsalError(
        f"The rehearsal failed at this line: “{check.title}”",
        seen,
        check.fix,
        cause=check.cause,
        evidence=[*quoted, *also],
    )
