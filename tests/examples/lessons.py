"""The lesson notebooks, run from top to bottom by programs that nobody watches, each on a machine of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat

from wizard.runtimes.ports import free_port

NOTEBOOKS = Path(__file__).parents[2] / "examples" / "notebooks"
LESSONS = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))
REFUSES = "shows-a-refusal"
"""Tag of a cell in which a command is answered with a refusal."""
_MINUTES = 8


class Classroom:
    """A folder with the notebooks, and a state of Sendoff, Jupyter and IPython that nobody else uses."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self._environment = {
            **os.environ,
            "SENDOFF_HOME": str(folder / "home"),
            "IPYTHONDIR": str(folder / "ipython"),
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_DATA_DIR": str(folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "COLUMNS": "110",
            **environment,
        }

    def by_nbconvert(self, lesson: str) -> nbformat.NotebookNode:
        """The notebook with its outputs."""
        path = self._copy(lesson)
        self._run("nbconvert", "--to", "notebook", "--execute", "--output", "done.ipynb", path.name)
        return self._read()

    def by_papermill(self, lesson: str) -> nbformat.NotebookNode:
        path = self._copy(lesson)
        self._run("papermill", "--no-progress-bar", "--kernel", "python3", path.name, "done.ipynb")
        return self._read()

    def sendoff(self, *arguments: str) -> list[Any]:
        """What a command answers, as data."""
        answer = self._call("wizard", *arguments, "--json")
        assert answer.returncode == 0, answer.stdout + answer.stderr
        return [json.loads(line) for line in answer.stdout.splitlines()]

    def _copy(self, lesson: str) -> Path:
        return Path(shutil.copy(NOTEBOOKS / f"{lesson}.ipynb", self.folder))

    def _run(self, program: str, *arguments: str) -> None:
        done = self._call(program, *arguments)
        assert done.returncode == 0, done.stderr[-5000:]

    def _call(self, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=60 * _MINUTES,
        )

    def _read(self) -> nbformat.NotebookNode:
        return nbformat.read(self.folder / "done.ipynb", as_version=4)

    def close(self) -> None:
        """End what a lesson that broke off left running."""
        for service in self.sendoff("status")[0]["services"]:
            if service["running"]:
                self.sendoff("down", service["name"], "--yes")
        self.sendoff("workshop", "down")


@contextmanager
def classroom(folder: Path, runtime: str, **environment: str) -> Iterator[Classroom]:
    """`runtime`: what the local Cloud Run runs services with, "process" or "engine". It is up, at a port of its own."""
    room = Classroom(folder, **environment)
    room.sendoff("workshop", "up", "--port", str(free_port()), "--runtime", runtime)
    try:
        yield room
    finally:
        room.close()


def check(lesson: nbformat.NotebookNode) -> None:
    """What commands print and what is displayed is what the text around the cells says; `!command` fails without a word."""
    for cell in lesson.cells:
        if cell.cell_type != "code":
            continue
        printed = "".join(output.text for output in cell.outputs if output.output_type == "stream")
        assert ("✗" in printed) == (REFUSES in cell.metadata.get("tags", [])), printed
        assert "Traceback" not in printed, printed
        for output in cell.outputs:
            if output.output_type == "display_data":
                assert {"text/html", "text/plain"} <= set(output.data), cell.source
    assert len(nbformat.writes(lesson)) < 250_000
