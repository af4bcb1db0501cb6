"""The wizard as a person has it: the real command in a real terminal, typed into, resized and read."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tui.terminal import Terminal

SENDOFF = str(Path(sys.executable).with_name("sendoff"))
SIZES = ((120, 40), (80, 24), (44, 16))
pytestmark = pytest.mark.tmux


@pytest.fixture
def project(tmp_path: Path, housing: Path) -> Path:
    """A folder with a model in it and nothing else."""
    folder = tmp_path / "houses"
    folder.mkdir()
    shutil.copy(housing, folder / "model.pkl")
    return folder


@pytest.fixture
def terminal(project: Path) -> Iterator[Terminal]:
    with Terminal([SENDOFF, "model.pkl"], project) as opened:
        yield opened


def to_review(terminal: Terminal) -> None:
    terminal.until("● Model", "scikit-learn")
    for title in ("Serving", "Image", "Where to", "Settings", "Review"):
        terminal.keys("F2")
        terminal.until(f"● {title}")


def test_the_command_opens_the_wizard_at_a_model_and_says_good_bye(terminal: Terminal, project: Path) -> None:
    terminal.until("● Model", "LinearRegression", "median_income")
    terminal.keys("F2")
    terminal.until("● Serving", "FastAPI")
    terminal.keys("C-q")
    terminal.until("sendoff resume goes on here", "exit 0")
    assert (project / ".sendoff" / "draft.json").exists()
    assert not (project / "sendoff.yaml").exists()


def test_it_is_redrawn_at_once_in_whatever_size_the_terminal_gets(terminal: Terminal) -> None:
    terminal.until("● Model", "scikit-learn")
    for columns, rows in (*SIZES, (200, 50), (44, 16), (120, 40)):
        terminal.resize(columns, rows)
        terminal.until("Model file", "Next")
        assert max(len(line) for line in terminal.text().splitlines()) <= columns


def test_answers_are_taken_up_where_they_were_left(project: Path, home: Path) -> None:
    with Terminal([SENDOFF, "model.pkl"], project) as terminal:
        to_review(terminal)
        terminal.keys("F3")
        terminal.until("● Settings")
        terminal.keys("C-a", "C-k")
        terminal.write("my-houses")
        terminal.until("my-houses", "your choice")
        terminal.hang_up()
    with Terminal([SENDOFF, "resume"], project) as terminal:
        terminal.until("● Settings", "my-houses", "your choice")


@pytest.mark.engine
@pytest.mark.index
@pytest.mark.usefixtures("base_image")
@pytest.mark.parametrize("columns, rows", [SIZES[0], SIZES[-1]])
def test_a_model_becomes_a_service_that_answers_and_is_taken_down(project: Path, columns: int, rows: int) -> None:
    plan = subprocess.run(
        [SENDOFF, "plan", "model.pkl", "--set", f"service.name=houses-{columns}"], cwd=project, capture_output=True
    )
    assert plan.returncode == 0
    try:
        with Terminal([SENDOFF, "sendoff.yaml"], project, columns=columns, rows=rows) as terminal:
            terminal.until("● Review" if columns > 60 else "Review")
            terminal.keys("F2")
            terminal.until("Build the image")
            terminal.until(f"houses-{columns} answers at", seconds=300)
            terminal.keys("t")
            terminal.until("Try it", "median_income", "f9 Send")
            terminal.keys("F9")
            terminal.until("200 in", "prediction")
    finally:
        down = subprocess.run([SENDOFF, "down", f"houses-{columns}", "--yes"], cwd=project, capture_output=True)
    assert down.returncode == 0


def test_a_terminal_that_goes_away_in_mid_run_leaves_a_run_to_be_taken_up(project: Path) -> None:
    subprocess.run([SENDOFF, "plan", "model.pkl"], cwd=project, capture_output=True, check=True)
    with Terminal([SENDOFF, "sendoff.yaml"], project) as terminal:
        terminal.until("● Review")
        terminal.keys("F2")
        terminal.until("Pin the dependencies")
        terminal.hang_up()
    with Terminal([SENDOFF, "resume"], project) as terminal:
        terminal.until("cut off", "Try again")
