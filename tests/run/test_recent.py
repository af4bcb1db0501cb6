"""The plans worked on last, each with how its last run ended."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from tests.steps.planning import planned
from wizard.events import RunFinished, StageFinished, StageStarted
from wizard.plan import save_plan
from wizard.run.journal import Journal
from wizard.run.project import Project
from wizard.run.recent import draft_of, note, recent
from wizard.run.run_summary import Ended


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SENDOFF_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def a_plan(folder: Path) -> Path:
    folder.mkdir()
    save_plan(planned(), folder / "sendoff.yaml")
    return folder / "sendoff.yaml"


def test_there_are_none_at_first() -> None:
    assert recent() == ()


def test_the_plans_worked_on_last_come_newest_first_with_service_and_target(tmp_path: Path) -> None:
    first, second = a_plan(tmp_path / "a"), a_plan(tmp_path / "b")
    for plan in (first, second, first):
        note(plan)
    assert [(each.plan_path, each.service, each.target) for each in recent()] == [
        (first, "housing", "local"),
        (second, "housing", "local"),
    ]
    assert recent(limit=1)[0].plan_path == first


def test_a_plan_that_is_gone_is_left_out(tmp_path: Path) -> None:
    plan = a_plan(tmp_path / "a")
    note(plan)
    plan.unlink()
    assert recent() == ()


def test_a_draft_without_a_written_plan_is_kept(tmp_path: Path) -> None:
    plan = tmp_path / "sendoff.yaml"
    draft = tmp_path / ".sendoff" / "draft.json"
    assert draft_of(plan) is None
    draft.parent.mkdir()
    draft.write_text("{}")
    note(plan)
    assert draft_of(plan) == draft
    assert [(each.draft, each.written, each.service) for each in recent()] == [(draft, False, "")]


def test_how_the_last_run_ended_is_told(tmp_path: Path) -> None:
    plan = a_plan(tmp_path / "a")
    project = Project.of_plan(plan)
    project.prepare()
    journal = Journal(project, "release")
    journal.put(StageStarted("release", "Release"))
    journal.put(StageFinished("release", True, 1.0, "http://127.0.0.1:8080"))
    journal.put(RunFinished(ok=True))
    journal.close()
    note(plan)
    last = recent()[0].last_run
    assert last is not None
    assert (last.ended, last.stage, last.what) == (Ended.OK, "release", "http://127.0.0.1:8080")


def test_a_plan_that_cannot_be_read_is_noted_all_the_same(tmp_path: Path) -> None:
    plan = tmp_path / "sendoff.yaml"
    plan.write_text(": no plan [")
    note(plan)
    assert [(each.plan_path, each.service) for each in recent()] == [(plan, "")]


@pytest.mark.parametrize(
    "text", ["", "[]", '{"plan": 3, "used": 1, "service": "", "target": ""}', '{"used": "x"}', "\0"]
)
def test_notes_of_another_layout_are_passed_over(home: Path, tmp_path: Path, text: str) -> None:
    plan = a_plan(tmp_path / "a")
    note(plan)
    (home / "recent" / "0000.json").write_text(text)
    assert [each.plan_path for each in recent()] == [plan]


def test_only_the_newest_fifty_are_remembered(home: Path, tmp_path: Path) -> None:
    (home / "recent").mkdir(parents=True)
    for number in range(60):
        kept = {"plan": str(tmp_path / f"{number}.yaml"), "used": number, "service": "", "target": ""}
        (home / "recent" / f"{number}.json").write_text(json.dumps(kept))
    recent()
    assert {path.stem for path in (home / "recent").iterdir()} == {str(number) for number in range(10, 60)}


def test_two_that_note_at_once_lose_nothing(tmp_path: Path) -> None:
    plans = [a_plan(tmp_path / str(number)) for number in range(8)]
    threads = [threading.Thread(target=note, args=(plan,)) for plan in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {each.plan_path for each in recent()} == set(plans)


def test_where_nothing_can_be_noted_nothing_happens(home: Path, tmp_path: Path) -> None:
    home.write_text("a file where the folder should be")
    note(a_plan(tmp_path / "a"))
    assert recent() == ()
