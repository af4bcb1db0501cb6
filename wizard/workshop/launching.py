"""Starting the workshop as a program of its own, and ending it."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from wizard.errors import SendoffError
from wizard.workshop.faults import WorkshopError
from wizard.workshop.folder import WorkshopFolder
from wizard.workshop.running import DAEMON, Running, find_running, process_of

_UP_WITHIN: Final = 60.0
"""Seconds; it takes two to three, most of them to import Google's libraries."""
_SAY_EVERY: Final = 2.0
_ENDS_WITHIN: Final = 20.0
_LOOK_AGAIN: Final = 0.05
_RUNTIMES: Final = ("auto", "engine", "process", "fake")


def launch(
    folder: Path, runtime: str, port: int | None, usual_port: int, project: str, region: str, say: Callable[[str], None]
) -> tuple[tuple[str, ...], Running]:
    """Start it and wait until it answers: its notices, and where it is. `port` None takes the one it had before, else
    the usual one. Raises SendoffError where it does not come up."""
    if runtime not in _RUNTIMES:
        raise WorkshopError(f"There is no runtime {runtime!r}.", "", f"Use one of {', '.join(_RUNTIMES)}.")
    _check_installed()
    place = WorkshopFolder(folder)
    place.enter()  # where it cannot be entered, it is said here and now
    before = place.about().ports.http
    own = folder / DAEMON
    own.mkdir(exist_ok=True)
    place.leave()
    for left in ("process.json", "error.json", "notices.json"):
        (own / left).unlink(missing_ok=True)
    command = [
        sys.executable, "-m", "wizard.workshop.daemon", str(folder), "--runtime", runtime,
        "--port", str(port or before or usual_port), "--project", project, "--region", region,
    ]  # fmt: skip
    with (own / "log").open("wb") as log:
        child = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C and the end of this terminal are not for it
        )
    say("Starting the local Cloud Run …")
    began = said = time.monotonic()
    while (running := find_running(folder)) is None:
        now = time.monotonic()
        if child.poll() is not None or now - began > _UP_WITHIN:
            with contextlib.suppress(ProcessLookupError):
                child.terminate()
            raise _why_not(own)
        if now - said > _SAY_EVERY:
            said = now
            say(f"… {now - began:.0f} s")
        time.sleep(_LOOK_AGAIN)
    child.returncode = 0  # it goes on without this program, which need not wait for its end
    return tuple(_read(own / "notices.json") or ()), running


def end(folder: Path, keep: bool) -> bool:
    """Stop the daemon and, unless `keep`, all that ran for it, also after one that was killed. Whether it was up."""
    from wizard.workshop.workshop import end_what_runs

    pid = process_of(folder)
    if pid is not None:
        _end_process(folder, pid)
    if not keep:
        end_what_runs(folder)
    return pid is not None


def wipe(folder: Path) -> None:
    """Stop it and remove its folder. Raises WorkshopError where that cannot be removed."""
    end(folder, keep=False)
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise WorkshopError(
            "The state of the local Cloud Run could not be removed.",
            f"{error.strerror or error}: {error.filename}.",
            f"Remove {folder} by hand.",
        ) from error


def _check_installed() -> None:
    if importlib.util.find_spec("httptools") is None:
        raise WorkshopError(
            "The local Cloud Run is not installed.",
            "It needs httptools, which Sendoff itself does without.",
            "pip install 'sendoff[workshop]'",
        )


def _end_process(folder: Path, pid: int) -> None:
    for number in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + _ENDS_WITHIN
        while time.monotonic() < deadline:
            if process_of(folder) is None:
                return
            time.sleep(_LOOK_AGAIN)


def _why_not(own: Path) -> SendoffError:
    told = _read(own / "error.json")
    if isinstance(told, dict):
        return WorkshopError(
            str(told.get("what")), str(told.get("why")), str(told.get("fix")), evidence=told.get("evidence") or ()
        )
    log = own / "log"
    return WorkshopError(
        "The local Cloud Run did not start.",
        f"The last lines of {log} are below.",
        "Correct what they name and run `sendoff workshop up` again.",
        evidence=log.read_text(encoding="utf-8", errors="replace").splitlines()[-10:],
    )


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
