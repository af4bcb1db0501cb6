"""Running a Python script as a process in a bundle's folder."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from wizard.errors import RehearsalError
from wizard.events import Reporter
from wizard.runtimes import script
from wizard.runtimes.script import LastWords


def run(
    python: Path,
    folder: Path,
    environment: Mapping[str, str],
    source: str,
    stdin: bytes,
    timeout: float,
    reporter: Reporter,
) -> bytes:
    """Stdout of the script; see `Runtime.run_script`."""
    reporter.check()
    words = LastWords(reporter)
    late = threading.Event()
    try:
        child = subprocess.Popen(
            [str(python), *script.arguments(source, stdin)],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise RehearsalError(
            "A script beside the model could not be started.",
            f"{error.strerror or error}: {error.filename or python}",
            "Make the locked environment again.",
        ) from error

    def kill() -> None:
        # Only while it is not reaped: afterwards the number may be somebody else's.
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signal.SIGKILL)

    def too_late() -> None:
        late.set()
        kill()

    assert child.stdin and child.stdout and child.stderr
    clock = threading.Timer(timeout, too_late)
    helpers = (
        threading.Thread(target=_send, args=(child.stdin, script.payload(source, stdin)), daemon=True),
        threading.Thread(target=_listen, args=(child.stderr, words), daemon=True),
    )
    try:
        clock.start()
        for helper in helpers:
            helper.start()
        with reporter.cancel.interrupting(kill):
            output = child.stdout.read()
            for helper in helpers:
                helper.join()
            code = child.wait()
    finally:
        clock.cancel()
        kill()
        child.wait()
        child.stdout.close()
        child.stderr.close()
    reporter.check()
    if late.is_set():
        raise script.timed_out(timeout, words)
    if code != 0:
        raise script.failed(128 - code if code < 0 else code, words)
    return output


def _send(pipe: IO[bytes], data: bytes) -> None:
    # A script that ends early closes its side: what it printed and its exit code tell why, not this.
    with contextlib.suppress(OSError), pipe:
        pipe.write(data)


def _listen(pipe: IO[bytes], words: LastWords) -> None:
    while piece := os.read(pipe.fileno(), 1 << 16):
        words.feed(piece)
    words.feed(b"")
