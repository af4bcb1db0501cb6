"""The lock installed on this machine: where no engine is the service runs in it, and parity is measured in it."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wizard.errors import LockError
from wizard.events import Reporter
from wizard.locking.lock import Lock
from wizard.locking.problem import Problem
from wizard.locking.uv_command import Outcome, Uv

_ABANDONED = 24 * 3600
"""Seconds after which a half-made environment belongs to nobody any more: no install takes a day."""


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment made of a lock. `python` is its interpreter, `bin` the folder of its commands."""

    python: str
    bin: str


def ensure_environment(lock: Lock, root: Path, reporter: Reporter) -> Environment:
    """The environment of this lock under `root`, made if it is not there yet.

    It is made beside its place and renamed into it when complete, so that one which exists is whole, whatever was
    interrupted and however many make it at once. Raises `LockError` (kind `environment`) where this machine cannot hold
    it, and `CancelledError`.
    """
    root = root.absolute()
    place = root / lock.sha256[:16]
    if _works(place):
        return _environment(place)
    root.mkdir(parents=True, exist_ok=True)
    _clear(root)
    uv = Uv(reporter)
    making = Path(tempfile.mkdtemp(prefix=".making-", dir=root))
    try:
        made = making / place.name
        reporter.progress(0, 2, what=f"Python {lock.python}")
        _make(uv, lock, made)
        reporter.progress(1, 2, what=f"{len(lock.packages)} packages")
        _install(uv, lock, made)
        _put(made, place, making)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    reporter.progress(2, 2)
    return _environment(place)


def _make(uv: Uv, lock: Lock, made: Path) -> None:
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    # Our own interpreter is known to work; another one is uv's to find (or to fetch, where the person's settings let it).
    python = sys.executable if here == lock.python else lock.python
    outcome = uv.run(
        ["venv", "--python", python, "--no-project", "--relocatable", "--no-progress", str(made)],
        folder=str(made.parent),
    )
    if outcome.ok:
        return
    raise LockError(
        f"There is no Python {lock.python} on this machine to run the model with.",
        f"The lock is for Python {lock.python}, and a model's packages do not load in another. Found here: "
        f"{', '.join(_pythons(uv, made.parent)) or 'none'}.",
        f"Install it (`uv python install {lock.python}`), set image.python to one that is here, or start a Docker engine: "
        "the image brings its own Python.",
        kind=Problem.ENVIRONMENT,
        evidence=outcome.evidence,
    )


def _install(uv: Uv, lock: Lock, made: Path) -> None:
    requirements = made.parent / "requirements.txt"
    requirements.write_text(lock.requirements, encoding="utf-8")
    outcome = uv.run(
        [
            "pip",
            "install",
            "--python",
            str(made),
            "--require-hashes",
            "--no-deps",
            "--only-binary",
            ":all:",
            "--compile-bytecode",
            "--requirements",
            str(requirements),
        ],
        folder=str(made.parent),
        loud=True,
    )
    if not outcome.ok:
        raise _cannot_install(outcome)


def _cannot_install(outcome: Outcome) -> LockError:
    from wizard.locking.index_trouble import index_trouble

    if trouble := index_trouble(outcome):
        return trouble
    full = "No space left on device" in outcome.stderr or "os error 28" in outcome.stderr
    if full:
        why, fix = (
            "The disk is full.",
            "Free some space (`uv cache prune` gives back what uv no longer needs) and run it again.",
        )
    elif not _is_target():
        why = (
            f"The lock is for Linux on x86-64; this machine is {_machine()}, and not every package has a build for it."
        )
        fix = "Start a Docker engine: there the image runs as it will in production."
    else:
        why = "uv could not install one of its packages."
        fix = "See uv's own words below. `uv cache clean` helps where a cached file is damaged."
    return LockError(
        "The locked packages cannot be installed on this machine.",
        why,
        fix,
        kind=Problem.ENVIRONMENT,
        evidence=outcome.evidence,
    )


def _put(made: Path, place: Path, making: Path) -> None:
    """Move the finished environment to its place; where another process was first, its own stays."""
    for _ in range(2):
        try:
            made.rename(place)
            return
        except OSError:
            if _works(place):
                return
            # It lost its interpreter (an upgraded Python): aside with it, then once more.
            place.rename(making / "broken")
    made.rename(place)


def _works(place: Path) -> bool:
    """Whether an environment stands there and its interpreter still exists."""
    return Path(_environment(place).python).exists()


def _environment(place: Path) -> Environment:
    folder = place / ("Scripts" if sys.platform == "win32" else "bin")
    return Environment(str(folder / ("python.exe" if sys.platform == "win32" else "python")), str(folder))


def _clear(root: Path) -> None:
    """Remove what interrupted calls left behind."""
    for path in root.glob(".making-*"):
        try:
            abandoned = time.time() - path.stat().st_mtime > _ABANDONED
        except OSError:
            continue
        if abandoned:
            shutil.rmtree(path, ignore_errors=True)


def _pythons(uv: Uv, folder: Path) -> Sequence[str]:
    """Minor versions of the Pythons on this machine."""
    import re

    outcome = uv.run(["python", "list", "--only-installed"], folder=str(folder), timeout=20)
    found = {match[1] for match in re.finditer(r"^\w+-(3\.\d+)", outcome.stdout, re.MULTILINE)}
    return sorted(found, key=lambda version: int(version.split(".")[1]))


def _is_target() -> bool:
    return sys.platform == "linux" and os.uname().machine == "x86_64"


def _machine() -> str:
    import platform

    return f"{platform.system()} on {platform.machine()}"
