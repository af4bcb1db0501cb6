"""A person's state folder of their own, and copies of the example models, for every test of the terminal wizard."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

os.environ["TEXTUAL_ANIMATIONS"] = "none"  # read when Textual is imported: what is drawn is where it will stay

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Textual runs on asyncio."""
    return "asyncio"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where Sendoff keeps what it knows of this person: empty."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("SENDOFF_HOME", str(folder))
    monkeypatch.delenv("NO_COLOR", raising=False)
    return folder


@pytest.fixture
def housing(tmp_path: Path) -> Path:
    """A copy of the regression example's model, in a project folder of its own."""
    return _copied("housing", "model.pkl", tmp_path)


@pytest.fixture
def churn(tmp_path: Path) -> Path:
    """A copy of the classification example's model, in a project folder of its own."""
    return _copied("churn", "model.joblib", tmp_path)


def _copied(example: str, model: str, tmp_path: Path) -> Path:
    folder = tmp_path / example
    shutil.copytree(EXAMPLES / example, folder, ignore=shutil.ignore_patterns(".sendoff", "__pycache__"))
    return folder / model
