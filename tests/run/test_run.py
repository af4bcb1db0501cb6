"""A run strings stages together: it skips what holds, goes on after a failure, stops when asked, and hides no fault."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.run.staged import Bench, Made, failing
from wizard.errors import BuildError, CancelledError, ProjectBusyError
from wizard.events import Event, Reporter, RunFinished, Status
from wizard.run import Run
from wizard.run.journal import read_lines
from wizard.run.road import Road, Stage


class Workshop(Bench):
    """Two stages that count how often they work; a test changes what they do."""

    titles: Mapping[str, str] = {"first": "First", "second": "Second"}

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.keys = {"first": "1", "second": "1"}
        self.holds = True

    def stage(self, name: str) -> Stage[Any]:
        stage = super().stage(name)
        return replace(stage, key=lambda road: self.keys[name], holds=lambda road, value: self.holds)

    def run(self, until: str = "second", redo: frozenset[str] = frozenset()) -> Run:
        return Run(self.plan, until=until, redo=redo, stages=[self.stage("first"), self.stage("second")])

    def walk(self, **options: Any) -> Run:
        run = self.run(**options).start()
        run.wait()
        return run


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


def statuses(run: Run) -> list[tuple[str, Status]]:
    return [(stage.stage, stage.status) for stage in run.feed.snapshot().stages]


def test_the_stages_are_done_in_order_and_the_last_value_is_the_result(workshop: Workshop) -> None:
    run = workshop.walk()
    assert workshop.worked == ["first", "second"]
    result = run.feed.snapshot().result
    assert result is not None
    assert (result.ok, (result.result or {}).get("text")) == (True, "second")


@pytest.mark.parametrize("ok", [True, False])
def test_whoever_hears_of_the_end_may_begin_the_next_run_at_once(
    ok: bool, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not ok:
        workshop.work["second"] = failing(BuildError("The build failed."))
    run = workshop.run()
    tell, begun = run.feed.put, list[Run]()

    def hear(event: Event) -> None:
        tell(event)
        if isinstance(event, RunFinished):
            workshop.work.clear()
            begun.append(workshop.run().start())

    monkeypatch.setattr(run.feed, "put", hear)
    result = run.start().wait()
    assert result is not None
    assert result.ok is ok
    [after] = begun
    result = after.wait()
    assert result is not None
    assert result.ok


def test_what_is_done_and_still_holds_is_not_done_twice(workshop: Workshop) -> None:
    workshop.walk()
    run = workshop.walk()
    assert workshop.worked == ["first", "second"]
    assert statuses(run) == [("first", Status.SKIPPED), ("second", Status.SKIPPED)]


def test_a_stage_whose_inputs_changed_is_done_again(workshop: Workshop) -> None:
    workshop.walk()
    workshop.keys["second"] = "2"
    workshop.walk()
    assert workshop.worked == ["first", "second", "second"]


def test_a_result_that_no_longer_holds_in_the_world_is_made_again(workshop: Workshop) -> None:
    workshop.walk()
    workshop.holds = False
    workshop.walk()
    assert workshop.worked == ["first", "second", "first", "second"]


def test_a_stage_can_be_done_again_on_request(workshop: Workshop) -> None:
    workshop.walk()
    workshop.walk(redo=frozenset({"second"}))
    assert workshop.worked == ["first", "second", "second"]


def test_a_run_up_to_a_stage_goes_no_further(workshop: Workshop) -> None:
    workshop.walk(until="first")
    assert workshop.worked == ["first"]


def test_after_a_failure_the_next_run_goes_on_from_the_failed_stage(workshop: Workshop) -> None:
    workshop.work["second"] = failing(BuildError("The build failed.", "Because.", "Do this."))
    failed = workshop.walk()
    assert failed.error is not None
    assert failed.error.as_dict() == {
        "code": "build",
        "what": "The build failed.",
        "why": "Because.",
        "fix": "Do this.",
        "evidence": [],
        "stage": "second",
    }
    assert statuses(failed) == [("first", Status.DONE), ("second", Status.FAILED)]
    del workshop.work["second"]
    workshop.walk()
    assert workshop.worked == ["first", "second", "second"]


def test_a_fault_of_our_own_is_said_in_words_and_kept_for_a_report(workshop: Workshop) -> None:
    workshop.work["second"] = lambda road, reporter: 1 / 0  # type: ignore[return-value, arg-type]
    run = workshop.walk()
    assert run.error is not None
    assert "ZeroDivisionError" in run.error.why
    traces = list(run.project.journal.glob("*.traceback.txt"))
    assert len(traces) == 1
    assert "ZeroDivisionError" in traces[0].read_text()


def test_a_run_stops_when_asked_and_says_so(workshop: Workshop) -> None:
    working = threading.Event()

    def block(road: Road, reporter: Reporter) -> Made:
        working.set()
        reporter.cancel.wait(60)
        reporter.check()
        return Made("too far")

    workshop.work["first"] = block
    run = workshop.run().start()
    working.wait(60)
    run.cancel()
    run.wait()
    assert isinstance(run.error, CancelledError)
    assert workshop.worked == ["first"]


def test_a_second_run_on_the_project_is_refused_before_it_does_anything(workshop: Workshop) -> None:
    working, go = threading.Event(), threading.Event()

    def block(road: Road, reporter: Reporter) -> Made:
        working.set()
        go.wait(60)
        return Made("first")

    workshop.work["first"] = block
    first = workshop.run().start()
    working.wait(60)
    with pytest.raises(ProjectBusyError):
        workshop.run().start()
    go.set()
    first.wait()
    assert first.error is None
    assert workshop.worked == ["first", "second"]


def test_a_run_that_was_cut_off_is_mentioned_by_the_next(workshop: Workshop) -> None:
    run = workshop.walk()
    journal = next(run.project.journal.glob("*.jsonl"))
    whole = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(whole[:-2]))
    again = workshop.walk()
    assert "cut off in the stage 'second'" in again.feed.snapshot().notices[0].text


def test_the_journal_holds_all_that_the_feed_held(workshop: Workshop) -> None:
    def chatter(road: Road, reporter: Reporter) -> Made:
        for number in range(20_000):
            reporter.log(f"line {number}")
        return Made("second")

    workshop.work["second"] = chatter
    run = workshop.walk()
    lines = [r["text"] for r in read_lines(next(run.project.journal.glob("*.jsonl"))) if r["type"] == "LogLine"]
    assert lines == [f"line {number}" for number in range(20_000)]


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from tests.run.test_run import Made, Workshop
workshop = Workshop(Path(sys.argv[1]))
def chatter(road, reporter):
    for number in range(20_000):
        reporter.log(f"line {number}")
    return Made("second")
workshop.work["second"] = chatter
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
run = workshop.run().start()
finished = run.wait(60)
print(finished.ok, *(notice.text for notice in run.feed.snapshot().notices))
"""


def test_a_disk_that_is_full_costs_the_journal_and_not_the_run(tmp_path: Path) -> None:
    code = [sys.executable, "-c", FULL_DISK, str(tmp_path)]
    answer = subprocess.run(code, capture_output=True, text=True, cwd=Path(__file__).parents[2], timeout=100)
    assert answer.stdout.startswith("True The journal cannot be written any more"), answer.stderr
