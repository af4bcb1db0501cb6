"""Files made aside and brought to their place together, or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import platform
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jupyter_ext.capture.errors import CaptureError, InTheWayError

_PIECE = 1 << 20
_PREFIX = ".capturing-"
_KEPT = ".before"
"""Where what is replaced lies until all is placed."""
_FORGOTTEN = 24 * 3600
"""Seconds after which a folder of this kind belongs to nobody, though it cannot be told here whether its kernel was killed."""


@contextmanager
def made_aside(folder: Path) -> Iterator[Path]:
    """A folder inside `folder`, on the same disk, to write into. It is gone afterwards, and so is `folder` if it was made for it
    and stayed empty. Raises CaptureError where nothing can be written there.
    """
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    aside = folder / f"{_whose(os.getpid())}{secrets.token_hex(4)}"
    try:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _sweep(folder)
            aside.mkdir(mode=0o700)
        except OSError as error:
            raise unwritable(folder, error) from None
        yield aside
    finally:
        try:
            _clear(aside, made)
        except KeyboardInterrupt:  # in the middle of it: all of it is to be gone all the same
            _clear(aside, made)
            raise


def place(aside: Path, folder: Path, *, overwrites: frozenset[str]) -> None:
    """Bring every file of `aside` to the same place in `folder`: all of them or none. One that has the same bytes there is left
    alone.

    Raises InTheWayError where another file has a name that is not in `overwrites` (with forward slashes, seen from the folder),
    CaptureError where the disk refuses.
    """
    names = [name for name in files_below(aside) if not _same(aside / name, folder / name)]
    for name in names:
        there = folder / name
        blocked = next((above for above in _between(there, folder) if _exists(above) and not above.is_dir()), None)
        if blocked is not None or there.is_dir() or (name not in overwrites and _exists(there)):
            raise in_the_way(blocked or there)
    kept = aside / _KEPT
    placed: list[str] = []
    made: list[Path] = []
    try:
        kept.mkdir()
        for name in names:
            there = folder / name
            if _exists(there):
                (kept / name).parent.mkdir(parents=True, exist_ok=True)
                there.replace(kept / name)
            made = [above for above in _between(there, folder) if not above.exists()] + made
            there.parent.mkdir(parents=True, exist_ok=True)
            placed.append(name)
            (aside / name).replace(there)
    except BaseException as error:  # an interrupt between two files, too, must not leave one of them
        for name in reversed(placed):
            there = folder / name
            there.unlink(missing_ok=True)
            with contextlib.suppress(FileNotFoundError):
                (kept / name).replace(there)
        _take_back(made)
        if isinstance(error, OSError):
            raise unwritable(folder, error) from None
        raise


def files_below(folder: Path) -> list[str]:
    """The files in a folder and its folders, with forward slashes, in order."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _between(there: Path, folder: Path) -> list[Path]:
    """The folders that a path lies in below `folder`, innermost first."""
    return [above for above in there.parents if above != folder and above.is_relative_to(folder)]


def in_the_way(there: Path) -> InTheWayError:
    """The error for a name that is taken."""
    kind = "folder" if there.is_dir() else "file"
    return InTheWayError(
        f"{there.name} is there already, and is another {kind}.",
        f"{there.parent} has a {kind} of that name whose content is not this model's.",
        "Save the model under another name, or say that it replaces the file."
        if kind == "file"
        else "Save the model under another name.",
    )


def unwritable(folder: Path, error: OSError) -> CaptureError:
    """The error for a disk that refuses."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return no_room(folder, None)
    return CaptureError(
        f"Nothing can be saved in {folder}.",
        f"{error.strerror or error}.",
        "Choose a folder you may write to.",
    )


def no_room(folder: Path, needed: int | None) -> CaptureError:
    """The error for a disk that is full, or would be: `needed` in bytes, where it is known."""
    from wizard.plan.quantities import approximate_bytes

    try:
        free = f"{approximate_bytes(shutil.disk_usage(folder).free)} are free"
    except OSError:
        free = "it is full"
    wanted = (
        f"The model takes about {approximate_bytes(needed)}; " if needed is not None else "On the disk of the folder "
    )
    return CaptureError(
        f"The disk has no room for the model in {folder}.",
        f"{wanted}{free}.",
        "Make room, or choose a folder on another disk.",
    )


def _clear(aside: Path, made: list[Path]) -> None:
    shutil.rmtree(aside, ignore_errors=True)
    _take_back(made)


def _whose(pid: int) -> str:
    """How the names of the folders begin that a process makes: folders are shared between machines, numbers are not."""
    return f"{_PREFIX}{re.sub(r'[^0-9A-Za-z_]', '_', platform.node())}-{pid}-"


def _sweep(folder: Path) -> None:
    """Remove what killed kernels left half done: gigabytes, where they were saving a large model."""
    from wizard.runtimes.process_table import started

    for left in folder.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            pid = left.name.rpartition("-")[0].rpartition("-")[2]
            killed = pid.isdigit() and left.name.startswith(_whose(int(pid))) and not started(int(pid))
            if killed or time.time() - left.stat().st_mtime > _FORGOTTEN:
                shutil.rmtree(left)


def _exists(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def _same(one: Path, other: Path) -> bool:
    """Whether both files have the same bytes."""
    if not other.is_file() or one.stat().st_size != other.stat().st_size:
        return False
    with one.open("rb") as left, other.open("rb") as right:
        while piece := left.read(_PIECE):
            if piece != right.read(_PIECE):
                return False
    return True


def _take_back(folders: list[Path]) -> None:
    """Remove the folders that were made, innermost first, as far as they are empty."""
    for folder in folders:
        with contextlib.suppress(OSError):
            folder.rmdir()
