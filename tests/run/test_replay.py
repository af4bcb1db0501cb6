"""A past run, brought back from its journal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.run.test_run import Made, Workshop
from wizard.errors import BuildError, SendoffError
from wizard.events import LogLine, StageStarted, Status
from wizard.run.journal import Journal
from wizard.run.project import Project
from wizard.run.replay import replay
from wizard.run.run_summary import last_run


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    def chatter(road: Any, reporter: Any) -> Made:
        reporter.progress(3, 9, unit="bytes", what="layer")
        reporter.notice("Read this.")
        for number in range(15_000):
            reporter.log(f"line {number}")
        return Made("first")

    workshop = Workshop(tmp_path)
    workshop.work["first"] = chatter
    return workshop


def journal_of(workshop: Workshop) -> Path:
    summary = last_run(Project.of_plan(workshop.plan))
    assert summary is not None
    return summary.journal


def test_a_replayed_run_is_what_the_live_one_was(workshop: Workshop) -> None:
    live = workshop.walk().feed.snapshot()
    again = replay(journal_of(workshop)).snapshot()
    assert (again.stages, again.notices, again.result) == (live.stages, live.notices, live.result)


def test_all_log_lines_are_there_more_than_a_live_feed_keeps(workshop: Workshop) -> None:
    workshop.walk()
    count, lines, missed = replay(journal_of(workshop)).read(0, 100_000)
    assert (count, missed) == (15_000, 0)
    assert [line.text for line in lines] == [f"line {number}" for number in range(15_000)]


def test_a_failed_run_keeps_its_error_whole(workshop: Workshop) -> None:
    def fail(road: Any, reporter: Any) -> Made:
        raise BuildError("The build failed.", "Because.", "Do this.", evidence=["line 3"])

    workshop.work["second"] = fail
    run = workshop.walk()
    result = replay(journal_of(workshop)).snapshot().result
    assert result is not None
    assert run.error is not None
    assert result.error == run.error.as_dict()


def a_run_cut_off(folder: Path) -> tuple[Project, Journal]:
    project = Project.of_plan(folder / "sendoff.yaml")
    project.prepare()
    journal = Journal(project, "release")
    journal.put(StageStarted("build", "Build the image"))
    journal.put(LogLine("build", "half"))
    return project, journal


def test_a_run_that_was_cut_off_says_so_and_how_to_go_on(tmp_path: Path) -> None:
    _, journal = a_run_cut_off(tmp_path)
    journal.close()
    state = replay(journal.path).snapshot()
    assert [(stage.status, stage.note) for stage in state.stages] == [(Status.FAILED, "cut off")]
    assert state.result is not None
    assert state.result.error is not None
    assert state.result.error["stage"] == "build"
    assert "sendoff resume" in state.result.error["fix"]


def test_a_run_at_work_elsewhere_is_not_called_cut_off(tmp_path: Path) -> None:
    project = Project.of_plan(tmp_path / "sendoff.yaml")
    with project.held("release"):
        _, journal = a_run_cut_off(tmp_path)
        journal.close()
        result = replay(journal.path).snapshot().result
    assert result is not None
    assert result.error is not None
    assert result.error["what"] == "This run is at work in another process."


def test_records_of_another_layout_are_left_out(tmp_path: Path) -> None:
    _, journal = a_run_cut_off(tmp_path)
    journal.close()
    with journal.path.open("a") as file:
        file.write('{"type":"LogLine","stage":"build","text":7}\n{"type":"LogLine","mood":"odd"}\n')
        file.write('{"type":"Meteor","stage":"build"}\n{"type":"StageProgress","stage":"build","done":"x"}\n')
        file.write('{"type":"StageProgress","stage":"build","done":2,"total":null}\n{"type":"LogLine","sta')
    feed = replay(journal.path)
    assert [line.text for line in feed.read(0)[1]] == ["half"]
    assert feed.snapshot().stages[0].done == 2


def test_a_file_that_is_no_journal_is_an_error_with_a_fix(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text("hello\n")
    for name in ("x.jsonl", "gone.jsonl"):
        with pytest.raises(SendoffError) as caught:
            replay(tmp_path / name)
        assert caught.value.why
        assert caught.value.fix
