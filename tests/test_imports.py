"""Importing Sendoff is cheap: heavy libraries are loaded where they are used, and the core knows no screen."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {
    "docker", "pydantic", "rich", "httpx", "jinja2", "joblib", "numpy", "sklearn", "pandas", "requests", "textual",
    "ipywidgets", "IPython", "google", "uv", "ruamel", "asyncio",
}  # fmt: skip


def modules_after(code: str) -> set[str]:
    program = f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(json.loads(answer.stdout.splitlines()[-1]))


@pytest.mark.parametrize("code", ["import wizard", "import wizard.events, wizard.errors", "import wizard.inspection"])
def test_the_core_loads_nothing_heavy(code: str) -> None:
    bare = modules_after("pass")
    loaded = {name.partition(".")[0] for name in modules_after(code) - bare}
    assert loaded & (HEAVY | {"typer", "click"}) == set()


def test_the_commands_help_loads_nothing_heavy() -> None:
    code = "import sys; sys.argv = ['sendoff', '--help']\ntry:\n    from wizard.cli import main; main()\nexcept SystemExit: pass"
    bare = modules_after("pass")
    loaded = {name.partition(".")[0] for name in modules_after(code) - bare}
    assert loaded & HEAVY == set()
