"""The value this package yields: exact requirements, resolved for the target."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Package:
    """One pinned distribution. `why` names who asked for it: "the model", "the server", or the package that needs it."""

    name: str
    version: str
    why: str
    size: int | None = None
    """Bytes of its wheel, where the index tells."""


@dataclass(frozen=True, slots=True)
class Lock:
    """What gets installed into the image: every package with its version and hashes, and nothing serving does not need."""

    python: str
    """Minor version it was resolved for, e.g. "3.11"."""
    platform: str
    """uv's name of the platform, e.g. "x86_64-manylinux_2_28"."""
    requirements: str
    """Text of requirements.txt, hashes included."""
    packages: tuple[Package, ...]
    as_of: str | None
    """Date (YYYY-MM-DD) the model's side was resolved as of; None: as of now."""

    @property
    def sha256(self) -> str:
        """Digest of the requirements text."""
        return hashlib.sha256(self.requirements.encode()).hexdigest()

    def version(self, name: str) -> str | None:
        """Version of the named distribution, or None where it is not locked."""
        return next((package.version for package in self.packages if package.name == name), None)
