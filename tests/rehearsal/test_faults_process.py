"""Each planted fault ends in the check it breaks, with its cause and a fix that would remove it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from wizard.bundle.bundle import Bundle
from wizard.errors import CancelledError, RehearsalError
from wizard.events import Cancel, Event, Reporter, silent
from wizard.inspection.inspection import Inspection
from wizard.plan.plan import Plan
from wizard.rehearsal import Check, Outcome, ParitySet, RehearsalReport, rehearse, require_passed
from wizard.runtimes import ProcessRuntime

ROWS = tuple((float(a), float(b), 2.0) for a, b in itertools.product(range(4), range(4)))
EXPECTED = ParitySet(ROWS, tuple(1 + 2 * a - 3 * b + 0.5 * c for a, b, c in ROWS), None, "the line it was made from")

Rehearse = Callable[..., RehearsalReport]


@pytest.fixture
def rehearsed(
    planned: Callable[..., Plan], inspection: Inspection, light_bundle: Bundle, process_runtime: ProcessRuntime
) -> Rehearse:
    """Rehearses the small service with a fault."""

    def make(fault: str = "", reporter: Reporter | None = None, probe_seconds: float = 30.0) -> RehearsalReport:
        return rehearse(
            planned(fault),
            inspection,
            light_bundle,
            process_runtime,
            reporter or silent(),
            expected=EXPECTED,
            probe_seconds=probe_seconds,
            load_seconds=0.1,
        )

    return make


def failed(report: RehearsalReport) -> list[Check]:
    return [check for check in report.checks if check.outcome is Outcome.FAILED]


def left_over(state: Path) -> list[Path]:
    return list(state.glob("*/process.json"))


def test_a_service_that_keeps_the_contract_passes_and_is_measured(rehearsed: Rehearse, state: Path) -> None:
    report = rehearsed()
    assert failed(report) == []
    require_passed(report)
    assert report.passed and report.runtime == "process"
    assert 0 < report.start_seconds < 30
    assert report.peak_memory >= report.idle_memory > 5_000_000
    assert [one.concurrency for one in report.latency] == [1, 8]
    assert all(one.failed == 0 and 0 < one.p50 <= one.p95 <= one.p99 for one in report.latency)
    assert report.parity is not None and report.parity.agrees and report.parity.rows == len(ROWS)
    assert {sentence.partition(":")[0] for sentence in report.advice} == {
        "Memory",
        "Concurrency",
        "Startup probe",
        "Instances",
    }
    assert left_over(state) == []


def test_what_a_process_cannot_show_is_said_in_words(rehearsed: Rehearse) -> None:
    report = rehearsed()
    uncovered = {check.name: check.evidence for check in report.checks if check.outcome is Outcome.NOT_COVERED}
    assert set(uncovered) == {"non-root", "read-only"}
    assert all("engine" in evidence for evidence in uncovered.values())


@pytest.mark.parametrize(
    ("fault", "check", "evidence", "fix"),
    [
        ("wrong-port-here", "listens-on-port", "was told PORT=", 'os.environ["PORT"]'),
        ("exits", "listens-on-port", "exit code 3", "docker run"),
        ("crash", "listens-on-port", "could not convert string to float: 'n/a'", "traceback"),
        ("crash", "listens-on-port", "server.py, line", "traceback"),
        ("missing-module", "listens-on-port", "a_module_nobody_installed", "image.extra_requirements"),
        ("no-health", "ready-means-ready", "404", "GET /health"),
        ("error-500", "refuses-malformed-json", "500", "server.py"),
        ("nameless", "refuses-malformed-json", "does not name features", "server.py"),
        ("dies-on-bad-input", "stays-up", "exit code 7", ""),
        ("leaks", "stateless", "later 200", "handler.py"),
        ("plain-logs", "logs-json", "listening on", "logging"),
        ("drops-requests", "finishes-requests", "was lost", "server.py"),
        ("ignores-sigterm", "stops-in-time", "was killed", "SIGTERM"),
    ],
)
def test_a_fault_fails_the_check_it_breaks(
    rehearsed: Rehearse, state: Path, fault: str, check: str, evidence: str, fix: str
) -> None:
    report = rehearsed(fault)
    first = failed(report)[0]
    assert first.name == check
    assert evidence in first.evidence
    assert fix in first.fix and first.fix
    assert not report.passed
    with pytest.raises(RehearsalError) as caught:
        require_passed(report)
    assert caught.value.fix == first.fix and caught.value.why == first.evidence.splitlines()[0]
    assert left_over(state) == []


@pytest.mark.parametrize(
    ("fault", "seconds", "evidence"),
    [
        ("slow", 12, "never listened on port"),  # long enough that Python's own start is no loading any more
        ("slow-load", 2.5, "still loading after"),
        ("never-ready", 2.5, "still loading after"),
    ],
)
def test_a_service_that_is_not_up_in_time_says_how_far_it_came(
    rehearsed: Rehearse, state: Path, fault: str, seconds: float, evidence: str
) -> None:
    [check] = failed(rehearsed(fault, probe_seconds=seconds))
    assert check.name == "listens-on-port" and evidence in check.evidence
    assert left_over(state) == []


def test_a_service_that_opens_another_port_while_it_loads_is_given_its_time(rehearsed: Rehearse) -> None:
    report = rehearsed("metrics-first")
    assert failed(report) == []
    assert report.start_seconds > 7


@pytest.mark.parametrize("when", ["waiting for the first healthy answer", "bad requests", "latency", "SIGTERM"])
def test_cancelling_at_any_time_leaves_nothing_running(rehearsed: Rehearse, state: Path, when: str) -> None:
    cancel = Cancel()

    def sink(event: Event) -> None:
        if getattr(event, "what", None) == when:
            cancel.set()

    with pytest.raises(CancelledError):
        rehearsed(reporter=Reporter("rehearsal", sink, cancel))
    assert left_over(state) == []
