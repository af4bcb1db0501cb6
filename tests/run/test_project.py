"""A project is held by one run at a time, whatever happens to the process that holds it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from wizard.errors import ProjectBusyError, SendoffError
from wizard.run import Project

HOLD = """
import sys
from pathlib import Path
from wizard.run import Project
with Project.of_plan(Path(sys.argv[1])).held("up"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.of_plan(tmp_path / "sendoff.yaml")


def holder(project: Project) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(project.plan_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_run_is_refused_and_told_who_is_at_work(project: Project) -> None:
    process = holder(project)
    try:
        with pytest.raises(ProjectBusyError) as caught, project.held("build"):
            pass
        assert str(process.pid) in caught.value.why
        assert "sendoff up" in caught.value.why
    finally:
        process.communicate()
    with project.held("build"):
        pass


def test_a_killed_run_frees_the_project(project: Project) -> None:
    process = holder(project)
    process.kill()
    process.communicate()
    with project.held("build"):
        pass


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SendoffError) as caught, Project.of_plan(tmp_path / "file" / "sendoff.yaml").held("up"):
        pass
    assert "cannot keep its notes" in caught.value.what


def test_what_sendoff_keeps_stays_out_of_version_control(project: Project) -> None:
    project.prepare()
    assert (project.state / ".gitignore").read_text() == "*\n"
