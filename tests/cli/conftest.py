"""`sendoff` at work in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SENDOFF = str(Path(sys.executable).with_name("sendoff"))
Sendoff = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def sendoff(tmp_path: Path) -> Sendoff:
    """Runs the command in the test's folder, which is also where services are kept."""

    def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "SENDOFF_HOME": str(tmp_path / "home"), "COLUMNS": "100"}
        return subprocess.run(
            [SENDOFF, *arguments],
            cwd=tmp_path,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            env=environment,
        )

    return run
