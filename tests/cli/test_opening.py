"""What `sendoff` opens: the screens where they can be drawn, plain prompts or a word where not; and `sendoff resume`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from tests.cli.conftest import SENDOFF
from tests.steps.planning import write_plan
from wizard.cli.opening import open_face
from wizard.cli.resume import what_was_left
from wizard.errors import SendoffError
from wizard.events import RunFinished, StageStarted
from wizard.run.journal import Journal
from wizard.run.left import left_at
from wizard.run.project import Project
from wizard.run.recent import note

MODEL = Path(__file__).parents[2] / "examples" / "housing" / "model.pkl"
TELL = """
import sys
from wizard.cli.opening import fancy_terminal, terminal
heavy = {"textual", "rich", "wizard.steps.deploy"} & set(sys.modules)
open(sys.argv[1], "w").write(f"{terminal().value} {fancy_terminal()} {sorted(heavy)}")
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SENDOFF_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.mark.parametrize(
    ("environment", "redirected", "told"),
    [
        ({"TERM": "xterm-256color"}, "", "screens True []"),
        ({"TERM": "dumb"}, "", "prompts False []"),
        ({"TERM": ""}, "", "prompts False []"),
        ({"TERM": "xterm", "CI": "true"}, "", "prompts False []"),
        ({"TERM": "xterm"}, "2>/dev/null", "prompts False []"),
        ({"TERM": "xterm"}, ">/dev/null", "none False []"),
        ({"TERM": "xterm"}, "</dev/null", "none False []"),
        ({"TERM": "dumb"}, "</dev/null >/dev/null 2>&1", "none False []"),
        ({"TERM": "xterm-color", "JPY_PARENT_PID": "4711"}, "", "none False []"),
    ],
)
def test_what_can_be_drawn_is_known_before_any_screen_library_is_imported(
    tmp_path: Path, environment: dict[str, str], redirected: str, told: str
) -> None:
    (tmp_path / "tell.py").write_text(TELL)
    answer = tmp_path / "answer"
    kept = {name: value for name, value in os.environ.items() if name != "CI"}
    command = f"{sys.executable} {tmp_path / 'tell.py'} {answer} {redirected}"
    child = pexpect.spawn("/bin/sh", ["-c", command], env={**kept, **environment}, timeout=120)
    child.expect(pexpect.EOF)
    child.close()
    assert answer.read_text() == told


def test_in_a_cell_of_a_notebook_it_says_what_to_write_there(tmp_path: Path) -> None:
    """`!sendoff model.pkl` has a terminal, and nobody at it: screens would wait for a key for ever."""
    (tmp_path / "model.pkl").touch()
    child = pexpect.spawn(
        SENDOFF, ["model.pkl"], cwd=tmp_path, env={**os.environ, "JPY_PARENT_PID": "4711"}, encoding="utf-8", timeout=60
    )
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 1
    assert "%load_ext jupyter_ext" in child.before


@pytest.fixture
def project(tmp_path: Path, home: Path) -> Project:
    folder = tmp_path / "houses"
    folder.mkdir()
    project = Project.of_plan(write_plan(Path(shutil.copy(MODEL, folder))))
    project.prepare()
    return project


def run_ended(project: Project, *, ok: bool | None) -> None:
    journal = Journal(project, "release")
    journal.put(StageStarted("build", "Build the image"))
    if ok is not None:
        error = None if ok else SendoffError("It failed.").as_dict()
        journal.put(RunFinished(ok=ok, error=error))
    journal.close()


def draft(project: Project) -> Path:
    path = project.state / "draft.json"
    path.write_text(json.dumps({"session": {"step": "model", "left": [], "values": {}}}))
    return path


@pytest.mark.parametrize(("ok", "left"), [(None, True), (False, True), (True, False)])
def test_a_run_that_did_not_come_to_its_end_was_left(project: Project, ok: bool | None, left: bool) -> None:
    assert left_at(project.plan_path) is None
    run_ended(project, ok=ok)
    assert (left_at(project.plan_path) is not None) is left


def test_answers_are_taken_up_before_a_run(project: Project) -> None:
    run_ended(project, ok=False)
    path = draft(project)
    left = left_at(project.plan_path)
    assert left is not None
    assert (left.draft, left.run) == (path, None)


def test_what_was_left_here_comes_first_then_what_was_left_last(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_ended(project, ok=False)
    note(project.plan_path)
    monkeypatch.chdir(tmp_path)
    assert what_was_left().plan_path == project.plan_path
    here = Project.of_plan(tmp_path / "sendoff.yaml")
    here.prepare()
    draft(here)
    assert what_was_left().plan_path == here.plan_path
    assert what_was_left(project.folder).plan_path == project.plan_path
    assert what_was_left(project.plan_path).plan_path == project.plan_path


@pytest.mark.usefixtures("home")
def test_where_nothing_was_left_it_says_how_to_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for path in (None, tmp_path, tmp_path / "sendoff.yaml"):
        with pytest.raises(SendoffError) as caught:
            what_was_left(path)
        assert caught.value.why
        assert "sendoff MODEL" in caught.value.fix


def test_a_run_at_work_is_not_taken_up_a_second_time(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    from wizard.cli.resume import resume

    monkeypatch.chdir(project.folder)
    with project.held("release"):
        run_ended(project, ok=None)
        with pytest.raises(SendoffError) as caught:
            resume()
        assert caught.value.code == "busy"
        note(project.plan_path)
        monkeypatch.chdir(project.folder.parent)
        with pytest.raises(SendoffError) as nothing:
            what_was_left()
        assert nothing.value.what == "Nothing was left to take up."


@pytest.mark.parametrize("name", ["nothing.pkl", "no/such/folder/model.pkl", "nothing.yaml"])
def test_a_file_that_is_not_there_is_said_at_once(tmp_path: Path, name: str) -> None:
    with pytest.raises(SendoffError) as caught:
        open_face(tmp_path / name)
    assert name in caught.value.what
    assert caught.value.fix


def test_answers_cannot_be_taken_up_without_a_terminal(project: Project) -> None:
    draft(project)
    answer = subprocess.run(
        [SENDOFF, "resume"], cwd=project.folder, input="", capture_output=True, text=True, timeout=120, check=False
    )
    assert answer.returncode == 1
    assert "There is no terminal to ask on." in answer.stderr


@pytest.fixture
def terminal(project: Project) -> Iterator[list[pexpect.spawn]]:
    terminals: list[pexpect.spawn] = []
    yield terminals
    for each in terminals:
        each.close(force=True)


@pytest.mark.parametrize(
    ("arguments", "left", "seen"),
    [
        (["model.pkl"], "nothing", "Model"),
        (["sendoff.yaml"], "nothing", "Review"),
        (["resume"], "answers", "Model"),
        (["resume"], "run", "Build the image"),
    ],
)
def test_on_a_terminal_the_screens_open_at_the_right_place(
    project: Project, terminal: list[pexpect.spawn], arguments: list[str], left: str, seen: str
) -> None:
    if left == "answers":
        draft(project)
    if left == "run":
        run_ended(project, ok=None)
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    screens = pexpect.spawn(
        SENDOFF,
        arguments,
        cwd=project.folder,
        env={**environment, "TERM": "xterm-256color"},
        dimensions=(40, 120),
        encoding="utf-8",
        timeout=120,
    )
    terminal.append(screens)
    screens.expect(seen)
    screens.send("\x11")  # Ctrl-Q
    screens.expect(pexpect.EOF)
    assert "Traceback" not in screens.before


def test_a_run_is_taken_up_with_the_plan_it_was_of(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Project.of_plan(project.folder / "other.yaml")
    shutil.copy(project.plan_path, other.plan_path)
    run_ended(other, ok=False)
    note(other.plan_path)
    monkeypatch.chdir(project.folder)
    assert what_was_left().plan_path == other.plan_path
    assert what_was_left(other.plan_path).plan_path == other.plan_path
    with pytest.raises(SendoffError):
        what_was_left(project.plan_path)
