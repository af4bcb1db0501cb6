"""The value this package yields: a service that answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Release:
    """A revision of a service on a target."""

    target: str
    """"local", later "cloud_run" …"""
    service: str
    revision: str
    url: str
    runtime: str
    """"container" or "process"."""
    handle: str
    """What the target knows it by: container id, or process id."""
    image: str
    """Image id or, for a process, the bundle's digest."""
    call: str
    """A command that calls it."""
    undo: str
    """A command that takes it down."""
    labels: Mapping[str, str] = field(default_factory=dict)
