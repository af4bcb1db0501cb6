"""The value this package yields: a service that answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Release:
    """A revision of a service on a target."""

    target: str
    """"local" or "cloud_run"."""
    service: str
    revision: str
    url: str
    runtime: str
    """"container" or "process"."""
    handle: str
    """What the target knows it by: container id, process id, or Cloud Run's full name of the service."""
    image: str
    """Image id; for a process, the bundle's digest; for Cloud Run, NAME@sha256:…"""
    call: str
    """A command that calls it."""
    undo: str
    """A command that takes it down, or goes back to the revision before."""
    labels: Mapping[str, str] = field(default_factory=dict)
    place: str = ""
    """Where a cloud runs it, in words: project and region."""
    traffic: Mapping[str, int] = field(default_factory=dict)
    """Revision → per cent of the requests; {} where there is nothing to split."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """The revision's own addresses, by tag."""
    proof: str = ""
    """How the revision was proved before it got traffic, in a sentence."""
    changed: bool = True
    """False where it was all there already and nothing was written."""
