"""The value this package yields: the plain folder that builds into the image."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BundleFile:
    """One file of the bundle. `path` is relative to the folder, with forward slashes; `size` in bytes."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Bundle:
    """A folder a person can read in five minutes and build with plain `docker build`."""

    folder: str
    """Absolute path."""
    files: tuple[BundleFile, ...]
    """Everything in it, sorted by path."""
    edited: tuple[str, ...] = ()
    """Files of the person's that were kept as they are: an edited handler.py."""

    @property
    def sha256(self) -> str:
        """Digest of the content: the same files give the same digest wherever the folder lies."""
        lines = "".join(f"{file.sha256}  {file.path}\n" for file in self.files)
        return hashlib.sha256(lines.encode()).hexdigest()

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)
