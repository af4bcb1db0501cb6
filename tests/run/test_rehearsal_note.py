"""What a run says of a rehearsal that went well: figures that add up."""

from wizard.rehearsal.report import Check, Outcome, RehearsalReport
from wizard.run.stages import _rehearsed


def report(*outcomes: Outcome) -> RehearsalReport:
    checks = tuple(Check(f"check-{at}", "It holds.", outcome, "") for at, outcome in enumerate(outcomes))
    return RehearsalReport("process", checks, 1.25, 0, 0, (), None)


def test_checks_that_this_machine_cannot_make_are_no_riddle() -> None:
    note = _rehearsed(report(Outcome.PASSED, Outcome.NOT_COVERED, Outcome.PASSED))
    assert note == "2 of 3 checks passed (1 cannot be made here), up in 1.2 s"


def test_where_all_were_made_nothing_more_is_said() -> None:
    assert _rehearsed(report(Outcome.PASSED)) == "1 of 1 checks passed, up in 1.2 s"
