"""Puts the model file into the bundle: its bytes are hashed on the way, so that what arrives is what was inspected."""

from __future__ import annotations

import hashlib
from pathlib import Path

from wizard.errors import BundleError
from wizard.events import Reporter

_CHUNK = 4 * 1024**2


def place_model(source: Path, target: Path, sha256: str, reporter: Reporter) -> int:
    """Copy `source` to `target`; returns its size in bytes.

    A copy, not a hard link: training again writes into the same file, and would change a finished bundle. On file
    systems that can, the copy shares its blocks with the original until one of them changes.
    Raises BundleError where the file is gone or no longer the one that was inspected.
    """
    try:
        total = source.stat().st_size
        file = source.open("rb")
    except FileNotFoundError:
        raise BundleError(
            f"The model file {source.name} is not there any more.",
            f"The plan names {source}.",
            "Put it back, or correct model.path in the plan.",
        ) from None
    digest = hashlib.sha256()
    with file, target.open("wb") as out:
        cloned = _clone(file.fileno(), out.fileno())
        done = 0
        while chunk := file.read(_CHUNK):
            reporter.check()
            digest.update(chunk)
            if not cloned:
                out.write(chunk)
            done += len(chunk)
            reporter.progress(done, total, unit="bytes", what=source.name)
    if (found := digest.hexdigest()) != sha256:
        raise BundleError(
            f"{source.name} has changed since it was inspected.",
            f"Its SHA-256 is {found[:12]}…, the plan speaks of {sha256[:12]}….",
            "Inspect and plan again: the new file may need other packages or other inputs.",
        )
    return done


def _clone(source: int, target: int) -> bool:
    """Make `target` share the blocks of `source` (reflink); False where the file system cannot."""
    try:
        import fcntl

        fcntl.ioctl(target, getattr(fcntl, "FICLONE", 0x40049409), source)
    except (ImportError, OSError):
        return False
    return True
