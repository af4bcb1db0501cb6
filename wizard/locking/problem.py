"""The ways in which locking fails. Each is the `kind` of a `LockError`, stable for `--json` and the journal."""

from __future__ import annotations

from enum import StrEnum


class Problem(StrEnum):
    """What stands between the plan's requirements and a lock."""

    NO_WHEEL = "no-wheel"
    """The version exists, but has no build for the image's Python."""
    SDIST_ONLY = "sdist-only"
    """The version is published as source only."""
    NO_VERSION = "no-version"
    """The package exists, that version does not."""
    TOO_NEW = "too-new"
    """The version exists, but was released after the day the model's side is resolved as of."""
    UNKNOWN_PACKAGE = "unknown-package"
    """No index has a package of that name."""
    CONFLICT = "conflict"
    """Two requirements exclude each other."""
    LOCAL = "local"
    """An editable install, a path or a `file://` address: nothing the image could install from."""
    VCS = "vcs"
    """A version-control address."""
    CREDENTIALS = "credentials"
    """A requirement that carries a password, which would end up in the image."""
    PLATFORM = "platform"
    """No build for Linux x86-64."""
    LOCAL_VERSION = "local-version"
    """A version such as 2.4.1+cu121, which only its publisher's own index has."""
    SYNTAX = "syntax"
    """Not a requirement."""
    INDEX = "index"
    """The package index cannot be reached, refuses us, or answers nonsense."""
    UV = "uv"
    """uv is missing, too old, or failed in a way we do not know."""
    ENVIRONMENT = "environment"
    """The lock cannot be installed on this machine."""
