"""A real IPython shell that runs cells, and a clean Python that loads what was saved from it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import joblib
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from jupyter_ext.capture.live_session import LiveSession
from jupyter_ext.capture.rescue import Rescued, rescue
from jupyter_ext.capture.rescue_against import against
from jupyter_ext.capture.rescue_parts import notebook_parts

_CLEAN = """
import json, os, sys
import joblib, sklearn.pipeline, sklearn.preprocessing, sklearn.linear_model
for line in sys.stdin:
    if os.fork():
        os.wait()
        continue
    os.chdir(line.strip())
    sys.path.insert(0, os.getcwd())
    try:
        model, asked = joblib.load("model.pkl"), joblib.load("asked.pkl")
        answers = model.predict(asked).tolist()
    except BaseException as error:
        answers = f"{type(error).__name__}: {error}"
    print(json.dumps(answers), flush=True)
    os._exit(0)
"""


class CleanPython:
    """A Python that never saw the notebook: each model is loaded in a process of its own, split from one that has scikit-learn."""

    def __init__(self) -> None:
        command = [sys.executable, "-c", _CLEAN]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def answers(self, folder: Path) -> Any:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{folder}\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate(timeout=60)


class Notebook:
    """`run(cell)` runs a cell; a cell that raises fails the test."""

    def __init__(self, shell: InteractiveShell, folder: Path, clean: CleanPython) -> None:
        self._clean = clean
        self.shell = shell
        self.folder = folder
        self.session = LiveSession(shell)

    def run(self, *cells: str) -> None:
        for cell in cells:
            self.shell.run_cell(cell, store_history=True).raise_error()

    def __getitem__(self, name: str) -> Any:
        return self.shell.user_ns[name]

    def rescued(self, name: str = "model") -> Rescued:
        return rescue(notebook_parts(self[name]), self.session)

    def saved(self, name: str = "model", asked: str = "X") -> Rescued:
        """Save the model against what was rescued of the notebook, and hold its answers in a clean Python against the live ones."""
        found = self.rescued(name)
        (self.folder / f"{found.module_name}.py").write_text(found.source)
        with against(found):
            joblib.dump(self[name], self.folder / "model.pkl")
        joblib.dump(self[asked], self.folder / "asked.pkl")
        assert self._clean.answers(self.folder) == self[name].predict(self[asked]).tolist(), found.source
        return found


@contextmanager
def running(folder: Path, clean: CleanPython) -> Iterator[Notebook]:
    main = sys.modules["__main__"]
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell(config=config)
    try:
        notebook = Notebook(shell, folder, clean)
        notebook.run("import numpy as np\nX = np.arange(12.0).reshape(6, 2) + 1\ny = X @ [2.0, 3.0] + 1")
        yield notebook
    finally:
        shell.restore_sys_module_state()
        sys.modules["__main__"] = main
