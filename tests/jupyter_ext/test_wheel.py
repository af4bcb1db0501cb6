"""What is installed has all of the notebook wizard: its modules, its styles and scripts, and JupyterLab's extension."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import uv

ROOT = Path(__file__).parents[2]


@pytest.mark.index
def test_a_wheel_has_every_file_of_the_notebook_wizard(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for part in ("pyproject.toml", "README.md", "LICENSE", "wizard", "tui", "jupyter_ext", "templates"):
        subprocess.run(["cp", "-r", str(ROOT / part), str(source)], check=True)
    command = [uv.find_uv_bin(), "build", "--quiet", "--wheel", "--python", sys.executable, "--out-dir", str(tmp_path)]
    subprocess.run([*command, str(source)], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        packed = set(opened.namelist())
    extension = ROOT / "jupyter_ext" / "labextension"
    data = wheel.name.partition("-py3")[0] + ".data/data/share/jupyter/labextensions/sendoff"
    wanted = set()
    for path in (ROOT / "jupyter_ext").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            inside = path.is_relative_to(extension)
            wanted.add(f"{data}/{path.relative_to(extension)}" if inside else str(path.relative_to(ROOT)))
    assert wanted - packed == set()
