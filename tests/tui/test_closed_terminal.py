"""A terminal that is gone without a word: nobody is told by SIGHUP who has no controlling terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

SENDOFF = str(Path(sys.executable).with_name("sendoff"))


def test_the_wizard_ends_when_its_terminal_is_gone_and_does_not_read_its_end_for_ever(
    housing: Path, home: Path
) -> None:
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "TMUX")}
    wizard = subprocess.Popen(
        [SENDOFF, str(housing)],
        stdin=its,
        stdout=its,
        stderr=its,
        env={**environment, "TERM": "xterm-256color", "SENDOFF_HOME": str(home)},
        cwd=housing.parent,
        start_new_session=True,
    )
    try:
        os.close(its)
        seen, deadline = b"", time.monotonic() + 60
        while b"LinearRegression" not in seen and time.monotonic() < deadline:
            seen += os.read(ours, 65536)
        assert b"LinearRegression" in seen
        os.close(ours)
        wizard.wait(30)
    finally:
        if wizard.poll() is None:
            wizard.kill()
            wizard.wait()
