"""A real terminal that a test can type into, resize and read: a tmux server of its own."""

from __future__ import annotations

import os
import secrets
import shlex
import subprocess
import time
from pathlib import Path


class Terminal:
    """One window with a command in it; ended with the `with` block, and the command with it."""

    def __init__(
        self, command: list[str], folder: Path, *, columns: int = 120, rows: int = 40, **environment: str
    ) -> None:
        self._socket = f"sendoff-{secrets.token_hex(4)}"
        variables = {**os.environ, **environment}
        for name in ("CI", "TMUX", "NO_COLOR", "COLUMNS", "LINES"):  # they say who reads; here it is a person
            variables.pop(name, None)
        self._variables = variables
        self._run(
            "-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows), "-c", str(folder), "-s", "it",
            f"{shlex.join(command)}; echo exit $?; exec cat",
        )  # fmt: skip

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_raised: object) -> None:
        subprocess.run(["tmux", "-L", self._socket, "kill-server"], capture_output=True, check=False)

    def keys(self, *names: str) -> None:
        """Press keys by tmux's names: F2, Enter, C-q, M-Right."""
        self._run("send-keys", "-t", "it", *names)

    def write(self, text: str) -> None:
        """Type a text as it is."""
        self._run("send-keys", "-t", "it", "-l", text)

    def resize(self, columns: int, rows: int) -> None:
        self._run("resize-window", "-t", "it", "-x", str(columns), "-y", str(rows))

    def hang_up(self) -> None:
        """Close the terminal under the command, as closing the window or losing the connection does, and wait for its end."""
        session = str(self.pid)
        self._run("kill-session", "-t", "it")
        deadline = time.monotonic() + 60
        while subprocess.run(["pgrep", "-s", session], capture_output=True, check=False).returncode == 0:
            if time.monotonic() > deadline:
                raise AssertionError("the command goes on without its terminal")
            time.sleep(0.05)

    @property
    def pid(self) -> int:
        """Of the shell that runs the command."""
        return int(self._run("display-message", "-p", "-t", "it", "#{pane_pid}"))

    def text(self) -> str:
        """What is in sight."""
        return self._run("capture-pane", "-p", "-t", "it")

    def words(self) -> str:
        """What is in sight, with every run of spaces and line ends as one space."""
        return " ".join(self.text().split())

    def until(self, *texts: str, seconds: float = 90.0) -> str:
        """Wait until all of the texts are in sight; fails with the screen where they do not come."""
        deadline = time.monotonic() + seconds
        while True:
            seen = self.words()
            missing = [text for text in texts if text not in seen]
            if not missing:
                return seen
            if time.monotonic() > deadline:
                raise AssertionError(f"{missing} did not come within {seconds} s; the screen:\n{self.text()}")
            time.sleep(0.05)

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-L", self._socket, *arguments], env=self._variables, capture_output=True, text=True, check=True
        )
        return done.stdout
