"""In a container, held to its limits: what a process cannot show, and faults only a container has."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import docker
import pytest

from wizard.bundle.bundle import Bundle
from wizard.errors import CancelledError
from wizard.events import Cancel, Event, Reporter, silent
from wizard.inspection.inspection import Inspection
from wizard.plan.plan import MIB, Plan
from wizard.rehearsal import Check, Outcome, ParitySet, RehearsalReport, rehearse, require_passed
from wizard.rehearsal.rehearsing import LABEL
from wizard.runtimes import ContainerRuntime, owner

pytestmark = pytest.mark.engine

ROWS = tuple((float(a), float(b), 2.0) for a, b in itertools.product(range(4), range(4)))
EXPECTED = ParitySet(ROWS, tuple(1 + 2 * a - 3 * b + 0.5 * c for a, b, c in ROWS), None, "the line it was made from")

AS_ROOT = 'CMD ["python", "server.py"]'
NO_PROGRAM = 'USER 65532\nCMD ["no-such-server"]'
FOREIGN = "RUN printf '\\177ELF\\002\\001\\001' > /server && chmod 755 /server\nUSER 65532\nCMD [\"/server\"]"
UNREADABLE = 'RUN chmod 600 handler.py service.json\nUSER 65532\nCMD ["python", "server.py"]'
UNDER_A_SHELL = "USER 65532\nCMD python server.py; true"

Rehearse = Callable[..., RehearsalReport]


@pytest.fixture
def rehearsed(
    planned: Callable[..., Plan],
    inspection: Inspection,
    light_bundle: Bundle,
    container_runtime: Callable[..., ContainerRuntime],
) -> Rehearse:
    """Rehearses an image of the small service with a fault, under its own Dockerfile ending."""

    def make(fault: str = "", *ending: str, reporter: Reporter | None = None, **service: Any) -> RehearsalReport:
        return rehearse(
            planned(fault, **service),
            inspection,
            light_bundle,
            container_runtime(*ending),
            reporter or silent(),
            expected=EXPECTED,
            probe_seconds=30.0,
            load_seconds=0.2,
        )

    return make


def failed(report: RehearsalReport) -> list[Check]:
    return [check for check in report.checks if check.outcome is Outcome.FAILED]


def left_over(engine: docker.DockerClient) -> list[str]:
    me = owner.me()
    found = engine.api.containers(all=True, filters={"label": LABEL})
    return [one["Id"] for one in found if one["Labels"].get(owner.LABEL) == me]


def test_a_container_that_keeps_the_contract_passes_every_check(
    rehearsed: Rehearse, engine: docker.DockerClient
) -> None:
    report = rehearsed()
    require_passed(report)
    assert report.runtime == "container"
    assert {check.outcome for check in report.checks} == {Outcome.PASSED}
    assert len(report.checks) == 22
    assert 0 < report.idle_memory <= report.peak_memory < 256 * MIB
    assert left_over(engine) == []


@pytest.mark.parametrize(
    ("fault", "ending", "check", "evidence", "fix"),
    [
        ("loopback", (), "listens-on-port", "listens on 127.0.0.1:", "0.0.0.0"),
        ("wrong-port", (), "listens-on-port", "listens on port 5000; it was told PORT=", 'os.environ["PORT"]'),
        ("exits", (), "listens-on-port", "exit code 3", "docker run"),
        ("missing-module", (), "listens-on-port", "a_module_nobody_installed", "image.extra_requirements"),
        ("out-of-memory", (), "listens-on-port", "256 MiB", "512 MiB instead of 256 MiB"),
        ("writes", (), "listens-on-port", "/app/cache.json", "/tmp"),
        ("swallowed-write", (), "read-only", "/app/cache.json", "/tmp"),
        ("", (AS_ROOT,), "non-root", "user 0", "USER"),
        ("", (NO_PROGRAM,), "listens-on-port", "does not exist", "CMD"),
        ("", (FOREIGN,), "listens-on-port", "processor", "--platform linux/amd64"),
        ("", (UNREADABLE,), "listens-on-port", "service.json", "--chown"),
        ("", (UNDER_A_SHELL,), "stops-in-time", "was killed", "exec form"),
    ],
)
def test_a_fault_fails_the_check_it_breaks(
    rehearsed: Rehearse,
    engine: docker.DockerClient,
    fault: str,
    ending: tuple[str, ...],
    check: str,
    evidence: str,
    fix: str,
) -> None:
    report = rehearsed(fault, *ending)
    found = {one.name: one for one in failed(report)}
    assert check in found
    assert evidence in found[check].evidence
    assert fix in found[check].fix
    assert left_over(engine) == []


@pytest.mark.parametrize("when", ["waiting for the first healthy answer", "bad requests", "latency", "SIGTERM"])
def test_cancelling_at_any_time_removes_the_container(
    rehearsed: Rehearse, engine: docker.DockerClient, when: str
) -> None:
    cancel = Cancel()

    def sink(event: Event) -> None:
        if getattr(event, "what", None) == when:
            cancel.set()

    with pytest.raises(CancelledError):
        rehearsed(reporter=Reporter("rehearsal", sink, cancel))
    assert left_over(engine) == []


def test_what_a_killed_rehearsal_left_is_removed_by_the_next_and_what_runs_is_not(
    rehearsed: Rehearse, build_small: Callable[..., str], engine: docker.DockerClient
) -> None:
    nobody = owner.me().rpartition("/")[0] + "/1"  # our process id, started at another time: a program that is gone
    orphan = engine.containers.create(build_small(), labels={LABEL: "1", owner.LABEL: nobody})
    running = engine.containers.create(build_small(), labels={LABEL: "2", owner.LABEL: owner.me()})
    try:
        rehearsed()
        assert left_over(engine) == [running.id]
        with pytest.raises(docker.errors.NotFound):
            engine.containers.get(orphan.id)
    finally:
        running.remove(force=True)
