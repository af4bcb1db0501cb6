"""A requirement at one exact version: what the key "Pin row" of the packages does."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.locking.lock import Lock


def pinned(requirement: str, lock: Lock) -> str:
    """The requirement at the version that the lock has; as it is where it cannot be read, or is not in the lock."""
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.specifiers import SpecifierSet
    from packaging.utils import canonicalize_name

    try:
        wanted = Requirement(requirement)
    except InvalidRequirement:
        return requirement
    version = lock.version(canonicalize_name(wanted.name))
    if version is None or wanted.url:
        return requirement
    wanted.specifier = SpecifierSet(f"=={version}")
    return str(wanted)
