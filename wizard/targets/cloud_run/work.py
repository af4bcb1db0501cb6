"""A service at its place, and one release to it under way: what their parts have in common."""

from __future__ import annotations

import time
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import TYPE_CHECKING

from wizard.errors import TargetError
from wizard.events import Reporter, silent
from wizard.targets.cloud_run.cloud import Cloud
from wizard.targets.cloud_run.desired import cloud_run_target
from wizard.targets.cloud_run.progress import Progress
from wizard.targets.cloud_run.writing import read_revision, read_service

if TYPE_CHECKING:
    from google.cloud import run_v2

    from wizard.plan.cloud_run import CloudRunTarget
    from wizard.plan.plan import Plan

LONGEST = 900.0
"""Seconds to wait for Cloud Run: an image of some GB, the longest startup probe, and some."""
_FIRST_POLL = 0.05
_POLL = 0.5
_POLL_LOCAL = 0.1
"""A local Cloud Run counts no questions."""


@dataclass
class Site:
    """A service at its place, looked at by its name. `patience`: the most seconds to wait for Cloud Run in one step."""

    cloud: Cloud
    name: str
    reporter: Reporter
    patience: float = LONGEST

    def service(self) -> run_v2.Service | None:
        return read_service(self.cloud, self.name, self.reporter)

    def standing(self) -> run_v2.Service:
        """The service, which must be there. Raises TargetError."""
        service = self.service()
        if service is None:
            place = self.cloud.place
            raise TargetError(
                f"There is no service {self.name} in {place.project}, {place.region}.",
                "It was deleted, or is not made yet.",
                "Run `sendoff up` to create it.",
            )
        return service

    def revision(self, name: str) -> run_v2.Revision | None:
        return read_revision(self.cloud, self.name, name, self.reporter)

    def waiting(self) -> Waiting:
        longest = _POLL_LOCAL if self.cloud.place.is_local else _POLL
        return Waiting(self.name, self.reporter, self.patience, longest)


@dataclass
class Work(Site):
    """One release: a plan and an image on their way to a site."""

    _: KW_ONLY
    plan: Plan
    image: str
    """NAME@sha256:…"""
    progress: Progress

    @property
    def target(self) -> CloudRunTarget:
        return cloud_run_target(self.plan)

    def quiet(self) -> Work:
        """The same, told to nobody and not to be stopped: for putting things back."""
        return replace(self, reporter=silent(self.reporter.stage))


@dataclass
class Waiting:
    """Pauses between two looks, short ones first. Raises TargetError when patience ends, CancelledError."""

    name: str
    reporter: Reporter
    patience: float
    longest: float = _POLL
    """Seconds between two looks at most."""
    started: float = field(default_factory=time.monotonic)
    _pause: float = _FIRST_POLL

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    def pause(self) -> None:
        self.reporter.check()
        if self.seconds > self.patience:
            raise TargetError(
                f"Cloud Run is still at work on {self.name}.",
                f"It has not finished in {self.seconds:.0f} s.",
                "Run `sendoff up` again: it goes on waiting for the same revision and makes no second one.",
            )
        self.reporter.cancel.wait(self._pause)
        self._pause = min(self.longest, self._pause * 1.3)
        self.reporter.check()
