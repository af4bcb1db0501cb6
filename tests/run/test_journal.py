"""The journal and the ledger: append-only, believed only line by whole line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wizard.events import LogLine, RunFinished, StageStarted
from wizard.run.journal import Journal, Ledger, interrupted, read_lines
from wizard.run.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project.of_plan(tmp_path / "sendoff.yaml")
    project.prepare()
    return project


def test_every_event_is_in_the_journal_in_order(project: Project) -> None:
    journal = Journal(project, "up")
    for number in range(5_000):
        journal.put(LogLine("build", f"line {number}"))
    journal.put(RunFinished(ok=True))
    journal.close()
    records = list(read_lines(journal.path))
    assert [r["text"] for r in records if r["type"] == "LogLine"] == [f"line {n}" for n in range(5_000)]
    assert records[-1]["type"] == "RunFinished"


def test_a_run_that_was_cut_off_is_noticed_with_its_stage(project: Project) -> None:
    assert interrupted(project) is None
    journal = Journal(project, "up")
    journal.put(StageStarted("build", "Build the image"))
    assert interrupted(project) == "build"
    journal.put(RunFinished(ok=False))
    journal.close()
    assert interrupted(project) is None


def test_a_result_is_known_only_for_the_very_same_inputs(project: Project) -> None:
    Ledger(project).record("lock", "key-1", {"a": 1}, "run")
    assert Ledger(project).result("lock", "key-1") == {"a": 1}
    assert Ledger(project).result("lock", "key-2") is None
    assert Ledger(project).result("build", "key-1") is None


def test_the_newest_result_of_a_stage_counts(project: Project) -> None:
    for number in range(3):
        Ledger(project).record("lock", f"key-{number}", number, "run")
    assert Ledger(project).result("lock", "key-2") == 2
    assert Ledger(project).result("lock", "key-1") is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(min_value=0, max_value=400))
def test_a_line_torn_by_a_kill_costs_only_itself(project: Project, cut: int) -> None:
    project.done.unlink(missing_ok=True)
    Ledger(project).record("lock", "k", {"packages": ["é"]}, "run")
    whole = project.done.read_bytes()
    Ledger(project).record("build", "k", {"x": "y" * 50}, "run")
    project.done.write_bytes(project.done.read_bytes()[: len(whole) + cut])
    after = Ledger(project)
    assert after.result("lock", "k") == {"packages": ["é"]}
    after.record("release", "k", 3, "run")
    again = Ledger(project)
    assert again.result("release", "k") == 3
    assert again.result("lock", "k") == {"packages": ["é"]}


def test_old_journals_are_let_go(project: Project) -> None:
    for number in range(30):
        (project.journal / f"20200101-0000{number:02}-aaaa.jsonl").write_text(
            json.dumps({"type": "RunFinished"}) + "\n"
        )
    newest = Journal(project, "up")
    newest.close()
    kept = sorted(project.journal.glob("*.jsonl"))
    assert len(kept) == 20
    assert newest.path in kept
