"""Model files made by real libraries, old ones in throw-away environments, kept between runs."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import pytest
import uv

SCRIPT = Path(__file__).with_name("make_models.py")
CACHE = Path(os.environ.get("SENDOFF_CACHE", Path.home() / ".cache" / "sendoff-ci"))
RELEASES = {
    "1.2.2": ("numpy<1.25", "pandas<2.2", "scipy<1.12", "joblib<1.4"),
    "1.3.2": ("numpy<1.27", "pandas<2.2", "scipy<1.12", "joblib<1.4"),
    "1.5.2": ("numpy<2", "pandas<3", "joblib<1.5"),
}
"""scikit-learn releases with the libraries of their time; all have wheels for Python 3.11."""


@dataclass(frozen=True)
class Models:
    """A folder of saved models, and what is true of each."""

    folder: Path
    sklearn: str
    numpy: str
    entries: list[dict[str, Any]]

    def path(self, name: str, how: str = "") -> Path:
        """The file of one model, saved in one way or any."""
        return next(
            self.folder / entry["file"] for entry in self.entries if entry["name"] == name and how in ("", entry["how"])
        )


def _models(release: str) -> Models:
    """The models of one release ("current": this environment's), made at the first call on this machine."""
    marks = [SCRIPT.read_text(), release, sys.version, *RELEASES.get(release, ())]
    if release == "current":
        import numpy
        import sklearn

        marks += [sklearn.__version__, numpy.__version__, joblib.__version__]
    folder = CACHE / f"models-{hashlib.sha256('|'.join(marks).encode()).hexdigest()[:16]}"
    if not (folder / "index.json").exists():
        _make(release, folder)
    index = json.loads((folder / "index.json").read_text())
    return Models(folder, index["sklearn"], index["numpy"], index["models"])


def _make(release: str, folder: Path) -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="models-") as made:
        out = Path(made, "models")
        out.mkdir()
        python = sys.executable
        if release != "current":
            environment = Path(made, "environment")
            command = [uv.find_uv_bin(), "venv", "--quiet", "--python", sys.executable, str(environment)]
            subprocess.run(command, check=True)
            python = str(environment / "bin" / "python")
            wanted = [f"scikit-learn=={release}", "lz4", *RELEASES[release]]
            install = [uv.find_uv_bin(), "pip", "install", "--quiet", "--only-binary", ":all:", "--python", python]
            subprocess.run([*install, *wanted], check=True)
        subprocess.run([python, str(SCRIPT), str(out)], check=True, stderr=subprocess.DEVNULL)
        try:
            shutil.move(out, folder)
        except OSError:  # another test process was quicker
            if not (folder / "index.json").exists():
                raise


@pytest.fixture(scope="session")
def current_models() -> Models:
    """Models of this environment's scikit-learn."""
    return _models("current")


@pytest.fixture(
    scope="session",
    params=["current", *(pytest.param(release, marks=pytest.mark.index) for release in RELEASES)],
    ids=lambda release: f"scikit-learn {release}",
)
def models(request: pytest.FixtureRequest) -> Models:
    """Models of several scikit-learn releases, one after the other."""
    return _models(request.param)


@pytest.fixture
def saved(tmp_path: Path) -> Callable[..., Path]:
    """Save an object with joblib, or bytes as they are; the path."""

    def save(content: object, name: str = "model.pkl", **settings: Any) -> Path:
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            joblib.dump(content, path, **settings)
        return path

    return save
