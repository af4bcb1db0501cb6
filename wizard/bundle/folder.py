"""The bundle's folder: what lies in one already, and how a new one takes its place in one piece."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from wizard.errors import BundleError

MARKER = ".bundle.json"
"""Holds the digest of every file as it was generated: what differs was edited, what is not in it was added."""


@dataclass(frozen=True, slots=True)
class Previous:
    """The bundle that lies in the folder already."""

    generated: Mapping[str, str]
    """Path → SHA-256 as it was generated."""
    present: Mapping[str, str]
    """Path → SHA-256 as it is now; without caches and hidden files."""

    @property
    def edited(self) -> frozenset[str]:
        """Generated files that were changed since."""
        return frozenset(path for path, sha256 in self.present.items() if self.generated.get(path, sha256) != sha256)

    @property
    def added(self) -> frozenset[str]:
        """Files of the person's own."""
        return frozenset(self.present.keys() - self.generated.keys())


NOTHING = Previous({}, {})


def previous(folder: Path) -> Previous:
    """What lies in the folder. Raises BundleError where it is something else than a bundle of ours."""
    _recover(folder)
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return NOTHING
    try:
        generated = json.loads((folder / MARKER).read_bytes())["files"]
        return Previous(dict(generated), dict(_hashes(folder)))
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError):
        raise BundleError(
            f"{folder} is there already and is not a bundle Sendoff wrote.",
            f"It has no readable {MARKER}, so nothing in it will be overwritten.",
            "Choose another folder, or move this one away.",
        ) from None


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """A new, empty folder that takes the place of `folder` when the block ends well, and is removed when it does not."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}.new-", dir=folder.parent))
    try:
        yield fresh
        _readable_by_all(fresh)
        aside = _aside(folder)
        if folder.exists():
            folder.rename(aside)
        try:
            fresh.rename(folder)
        except OSError:
            with suppress(OSError):
                aside.rename(folder)
            raise
        shutil.rmtree(aside, ignore_errors=True)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def write_file(path: Path, content: bytes) -> None:
    """Write a file, and the folders it lies in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def digest(file: Path) -> str:
    """SHA-256 of a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def files_in(folder: Path) -> Iterator[str]:
    """Paths of the files in a folder, sorted, with forward slashes; caches and hidden files left out."""
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__" and not name.startswith(".")]
        for name in names:
            if name == ".dockerignore" or (not name.startswith(".") and not name.endswith(".pyc")):
                yield (Path(parent) / name).relative_to(folder).as_posix()


def _readable_by_all(folder: Path) -> None:
    """Whatever this process's umask: the image takes the modes over, and the service runs as another user."""
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _hashes(folder: Path) -> Iterator[tuple[str, str]]:
    for path in files_in(folder):
        yield path, digest(folder / path)


def _aside(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.previous")


def _recover(folder: Path) -> None:
    """After a crash between the two renames of `replacing`: put the previous bundle back."""
    aside = _aside(folder)
    if aside.exists():
        if folder.exists():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.rename(folder)
