"""A person waits for the form: what only a run, a rescue or a written plan needs is not imported before it is there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import joblib
import pytest
from sklearn.linear_model import LinearRegression

_FOR_A_RUN = "wizard.run.run"
_FOR_A_RESCUE = "jupyter_ext.capture.rescue"
_FOR_A_PLAN_FILE = "wizard.plan.document"
_NOT_YET = (_FOR_A_RUN, _FOR_A_RESCUE, _FOR_A_PLAN_FILE)


@pytest.mark.parametrize("given", ["model", "'model.pkl'"], ids=["a live model", "a model file"])
def test_a_wizard_opens_without_what_comes_later(given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENDOFF_HOME", str(tmp_path / "home"))
    joblib.dump(LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0]), tmp_path / "model.pkl")
    script = (
        "import sys, threading, joblib\nfrom IPython.core.interactiveshell import InteractiveShell\n"
        "InteractiveShell.instance()\nmodel = joblib.load('model.pkl')\n"
        # what is found out beside the opening may import what it needs
        "here, opening = threading.current_thread(), []\n"
        "class Watched:\n"
        "    @staticmethod\n"
        "    def find_spec(name, path=None, target=None):\n"
        "        if threading.current_thread() is here:\n"
        "            opening.append(name)\n"
        "sys.meta_path.insert(0, Watched)\n"
        "from jupyter_ext import Wizard\n"
        f"wizard = Wizard({given})\nwizard.record()\n"
        f"print([name for name in {_NOT_YET!r} if name in opening])\nwizard.close()"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.split("\n")[-2:] == ["[]", ""], done.stderr
