"""How a service, its revisions and its traffic are described, wherever it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from wizard.runtimes.runtime import RuntimeName

TargetName = Literal["local", "cloud_run"]


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """A service as it is now."""

    name: str
    url: str
    runtime: RuntimeName | Literal["cloud run"]
    running: bool
    """Some revision of it takes requests."""
    healthy: bool
    """Here: it answers /health. In a cloud: the cloud says that what serves is ready."""
    started: float
    """When it was released, seconds since the epoch; 0 where it is not known."""
    memory: int
    """Bytes it uses now; 0 where it does not run, or runs elsewhere."""
    revision: str
    """The one that most requests go to; empty where there is none."""
    project: str
    """Folder of the project it belongs to."""
    note: str = ""
    """Why the rest is not known, e.g. that no engine answers; or what did not go well last."""
    target: TargetName = "local"
    place: str = ""
    """Where a cloud runs it, in words: project and region."""
    traffic: Mapping[str, int] = field(default_factory=dict)
    """Revision → per cent of the requests; {} where there is nothing to split."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tag → its own address."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One version of a service that can have traffic."""

    name: str
    created: float
    """Seconds since the epoch."""
    percent: int
    """Of the requests that it gets now."""
    tags: Mapping[str, str]
    """Tag → its own address."""
    image: str
    ready: bool
    note: str = ""
    """Why it is not ready."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Traffic that was moved: the split before and after, revision → per cent."""

    before: Mapping[str, int]
    after: Mapping[str, int]

    def __str__(self) -> str:
        return f"{split_in_words(self.before)} → {split_in_words(self.after)}"


def split_in_words(split: Mapping[str, int]) -> str:
    """ "housing-3f2a9c41", or "housing-3f2a9c41 90 %, housing-77aa0c12 10 %"."""
    if len(split) == 1:
        return next(iter(split))
    ordered = sorted(split.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{name} {percent} %" for name, percent in ordered) or "no revision"
