"""What the screens must not wait for when they start."""

from __future__ import annotations

import subprocess
import sys


def test_the_first_screen_is_drawn_without_the_plans_model_the_commands_and_the_clouds_clients() -> None:
    heavy = ("pydantic", "typer", "google.auth", "grpc", "httpx", "docker")
    code = f"""
import sys
import wizard.cli, wizard.cli.opening, tui.app, tui.screens.home
print([name for name in {heavy!r} if name in sys.modules])
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
