"""A person's state folder of their own, and copies of the example models, for every test of the terminal wizard."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.steps.planning import write_plan

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
def housing_plan(housing: Path) -> Path:
    """The plan beside that model, as it is proposed."""
    return write_plan(housing)


@pytest.fixture
def churn(tmp_path: Path) -> Path:
    """A copy of the classification example's model, in a project folder of its own."""
    return _copied("churn", "model.joblib", tmp_path)


def _copied(example: str, model: str, tmp_path: Path) -> Path:
    folder = tmp_path / example
    made = shutil.ignore_patterns(".sendoff", "__pycache__", "bundle", "sendoff.yaml")  # there only where it was run
    shutil.copytree(EXAMPLES / example, folder, ignore=made)
    return folder / model
