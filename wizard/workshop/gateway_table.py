"""What the gateway is told: for each service and tag, which revisions answer and in what shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from wizard.workshop.runtime import Backend


@dataclass(frozen=True, slots=True)
class Share:
    revision: str
    """Full resource name."""
    percent: int
    backend: Backend
    timeout: float
    """Seconds a request may take; then 504."""
    concurrency: int


@dataclass(frozen=True, slots=True)
class Routes:
    """All of one service. Replaced as a whole, at once: a request sees the old table or the new one."""

    service: str
    """Full resource name."""
    traffic: tuple[Share, ...]
    """Percentages add up to 100; () answers 404."""
    tags: Mapping[str, Share] = field(default_factory=dict)
    project: str = ""


class Gateway(Protocol):
    """One loopback port for each service, and one for each of its tags."""

    def publish(self, routes: Routes, ports: Mapping[str, int]) -> Mapping[str, int]:
        """Put the table in force; returns the port for "" (the service) and for each tag. `ports` are those it had before,
        taken again where they are free. Returns only when the new table is in force."""
        ...

    def drain(self, revision: str, timeout: float) -> bool:
        """Wait until no request is under way to that revision any more; False where `timeout` seconds did not do."""
        ...

    def withdraw(self, service: str) -> None:
        """Close all its ports."""
        ...
