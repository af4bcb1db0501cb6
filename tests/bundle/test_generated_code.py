"""The generated Python is code like ours: it passes the same checks in the folder it is shipped in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.serving.bundles import bundled
from tests.serving.examples import linear

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", params=["fastapi", "flask"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(request.param)
    bundled(linear(folder), folder / "bundle", request.param)
    return folder / "bundle"


def test_types_hold_under_mypy_strict(folder: Path) -> None:
    config = ROOT / "templates" / "mypy.ini"
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--config-file",
        str(config),
        "--cache-dir",
        str(folder.parent / "mypy"),
        ".",
    ]
    checked = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


def test_style_holds_under_ruff(folder: Path) -> None:
    config = ROOT / "pyproject.toml"
    for command in (["check", "--extend-ignore", "N"], ["format", "--check"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--no-cache", "--config", str(config), "."]
        checked = subprocess.run(ruff, cwd=folder, capture_output=True, text=True)
        assert checked.returncode == 0, checked.stdout


def test_a_person_reads_it_in_a_few_minutes(folder: Path) -> None:
    """What lies on top is short; below it each file is about one thing."""
    top = {path.name: len(path.read_text().splitlines()) for path in folder.glob("*.py")}
    parts = {path.name: len(path.read_text().splitlines()) for path in folder.glob("serving/*.py")}
    assert sum(top.values()) < 400, top
    assert max(parts.values()) <= 150, parts
