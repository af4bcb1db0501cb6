"""The templates are found where Sendoff is installed: from a wheel, and from an editable install."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import uv

ROOT = Path(__file__).parents[2]
ASK = (
    "from wizard.bundle.sources import framework_source, render, server_source\n"
    "print(len(server_source('fastapi').code()), len(server_source('flask').code()))\n"
    "print(framework_source('scikit-learn').imports, len(render('dockerignore', {})))\n"
)


def asked(python: str | Path, folder: Path) -> str:
    """What the templates look like from another folder than this one."""
    answer = subprocess.run([str(python), "-c", ASK], cwd=folder, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


@pytest.mark.index
@pytest.mark.parametrize("how", [[], ["--editable"]], ids=["wheel", "editable"])
def test_the_templates_are_found(how: list[str], tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for part in ("pyproject.toml", "README.md", "LICENSE", "wizard", "tui", "jupyter_ext", "templates"):
        subprocess.run(["cp", "-r", str(ROOT / part), str(source)], check=True)
    environment = tmp_path / "environment"
    installer = uv.find_uv_bin()
    subprocess.run([installer, "venv", "--quiet", "--python", sys.executable, str(environment)], check=True)
    python = environment / "bin" / "python"
    install = [installer, "pip", "install", "--quiet", "--no-deps", "--python", str(python)]
    subprocess.run([*install, *how, str(source)], check=True)
    subprocess.run([*install, "jinja2", "markupsafe"], check=True)
    assert asked(python, tmp_path) == asked(sys.executable, tmp_path)
