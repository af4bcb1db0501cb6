"""How a past run ended, from the two ends of its journal."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wizard.errors import BuildError, CancelledError, PlanError, SendoffError
from wizard.events import LogLine, RunFinished, StageFinished, StageProgress, StageStarted
from wizard.run.journal import Journal
from wizard.run.project import Project
from wizard.run.run_summary import Ended, last_run, runs, summary_of

FLOOD = 20_000


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project.of_plan(tmp_path / "sendoff.yaml")
    project.prepare()
    return project


def begun(project: Project) -> Journal:
    journal = Journal(project, "release")
    journal.put(StageStarted("lock", "Pin the dependencies", at=100.0))
    journal.put(StageFinished("lock", True, 1.0, "21 packages"))
    journal.put(StageStarted("build", "Build the image", at=101.0))
    return journal


def failed(error: SendoffError) -> RunFinished:
    error.stage = "build"
    return RunFinished(ok=False, error=error.as_dict())


def test_of_a_run_that_went_well_the_result_is_told(project: Project) -> None:
    journal = begun(project)
    journal.put(StageFinished("build", True, 2.0, "housing:1234, 210 MB"))
    journal.put(RunFinished(ok=True, at=time.time() + 12))
    journal.close()
    summary = last_run(project)
    assert summary is not None
    assert (summary.ended, summary.until, summary.stage) == (Ended.OK, "release", "build")
    assert summary.title == "Build the image"
    assert summary.what == "housing:1234, 210 MB"
    assert summary.seconds == pytest.approx(12, abs=2)


def test_of_a_failed_run_the_stage_and_what_happened_are_told(project: Project) -> None:
    journal = begun(project)
    journal.put(failed(BuildError("The image could not be built.", "Because.", "Do this.")))
    journal.close()
    summary = summary_of(journal.path)
    assert summary is not None
    assert (summary.ended, summary.stage, summary.title) == (Ended.FAILED, "build", "Build the image")
    assert summary.what == "The image could not be built."


def test_a_run_that_was_stopped_on_request_did_not_fail(project: Project) -> None:
    journal = begun(project)
    journal.put(failed(CancelledError("Stopped, as you asked.")))
    journal.close()
    summary = summary_of(journal.path)
    assert summary is not None
    assert summary.ended is Ended.STOPPED


def test_a_run_that_failed_before_its_first_stage_has_none(project: Project) -> None:
    journal = Journal(project, "release")
    journal.put(RunFinished(ok=False, error=PlanError("There is no plan.").as_dict()))
    journal.close()
    summary = summary_of(journal.path)
    assert summary is not None
    assert (summary.ended, summary.stage, summary.what) == (Ended.FAILED, "", "There is no plan.")


def test_a_run_whose_process_is_gone_was_cut_off(project: Project) -> None:
    journal = begun(project)
    journal.close()
    summary = summary_of(journal.path)
    assert summary is not None
    assert (summary.ended, summary.stage) == (Ended.CUT_OFF, "build")
    assert summary.what == "It was cut off in the stage 'Build the image'."


def test_a_run_whose_process_holds_the_project_is_at_work(project: Project) -> None:
    with project.held("release"):
        journal = begun(project)
        journal.put(LogLine("build", "line"))
        summary = last_run(project)
        assert summary is not None
        assert (summary.ended, summary.stage) == (Ended.AT_WORK, "build")
    journal.close()
    after = last_run(project)
    assert after is not None
    assert after.ended is Ended.CUT_OFF


def test_a_log_line_that_looks_like_the_end_is_not_taken_for_it(project: Project) -> None:
    journal = begun(project)
    journal.put(LogLine("build", '\n{"type":"RunFinished","ok":true}\n{"type":"StageStarted","stage":"evil"}'))
    journal.close()
    summary = summary_of(journal.path)
    assert summary is not None
    assert (summary.ended, summary.stage) == (Ended.CUT_OFF, "build")


@pytest.mark.parametrize("ends", [True, False])
def test_the_end_of_a_long_journal_is_found_without_reading_its_lines(
    project: Project, ends: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = begun(project)
    text = "Step 4/9 : RUN pip install --require-hashes -r requirements.txt, and on and on it goes, and on"
    for number in range(FLOOD):
        journal.put(LogLine("build", f"{number} {text}"))
        if number % 100 == 0:
            journal.put(StageProgress("build", number, FLOOD, "bytes", "layer"))
    if ends:
        journal.put(failed(BuildError("The image could not be built.")))
    journal.close()
    read = []
    loads = json.loads
    monkeypatch.setattr(json, "loads", lambda line, **settings: (read.append(line), loads(line, **settings))[1])
    summary = summary_of(journal.path)
    assert summary is not None
    assert (summary.ended, summary.stage) == (Ended.FAILED if ends else Ended.CUT_OFF, "build")
    assert len(read) < 10


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(cut=st.integers(min_value=0, max_value=700))
def test_a_journal_torn_anywhere_is_read_as_far_as_it_is_whole(project: Project, cut: int) -> None:
    journal = begun(project)
    journal.put(failed(BuildError("The image could not be built.")))
    journal.close()
    whole = journal.path.read_bytes()
    journal.path.write_bytes(whole[:cut])
    summary = summary_of(journal.path)
    journal.path.unlink()
    if not whole[:cut].count(b"\n"):
        assert summary is None
    else:
        assert summary is not None
        assert summary.ended is (Ended.FAILED if cut >= len(whole) else Ended.CUT_OFF)


@pytest.mark.parametrize(
    "text", ["", "\n", "no JSON\n", "[]\n", json.dumps({"type": "RunFinished"}) + "\n", "\0\xff\n"]
)
def test_what_is_no_journal_has_no_summary(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(text)
    assert summary_of(path) is None
    assert summary_of(tmp_path / "none.jsonl") is None


def test_runs_come_newest_first_two_of_one_second_too(project: Project) -> None:
    journals = []
    for _ in range(3):
        journals.append(begun(project))
        journals[-1].close()
    assert [summary.journal for summary in runs(project)] == [journal.path for journal in reversed(journals)]
    assert len(runs(project, limit=2)) == 2


def test_two_plans_in_one_folder_each_have_their_own_last_run(project: Project) -> None:
    other = Project.of_plan(project.folder / "other.yaml")
    begun(project).close()
    journal = begun(other)
    journal.put(RunFinished(ok=True))
    journal.close()
    mine, others = last_run(project), last_run(other)
    assert mine is not None and others is not None
    assert (mine.plan_path, mine.ended) == (project.plan_path, Ended.CUT_OFF)
    assert (others.plan_path, others.ended) == (other.plan_path, Ended.OK)
    assert len(runs(project)) == 1


def test_the_plan_of_a_run_is_known_after_its_folder_was_moved(project: Project, tmp_path: Path) -> None:
    other = Project.of_plan(project.folder / "sub" / "prices.yaml")
    other.prepare()
    begun(other).close()
    moved = (project.folder / "sub").rename(project.folder / "moved")
    summary = last_run(Project.of_plan(moved / "prices.yaml"))
    assert summary is not None
    assert summary.plan_path == moved / "prices.yaml"
