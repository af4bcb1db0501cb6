"""The services of this machine: looked at, logged, called, taken down."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from wizard.errors import EngineError, SendoffError, TargetError
from wizard.runtimes.runtime import Instance, Runtime, RuntimeName
from wizard.targets import registry
from wizard.targets.calling import Reply, call, healthy
from wizard.targets.registry import Record
from wizard.targets.status import Moved, Revision, ServiceStatus

GRACE = 10.0
"""Seconds a service has to end after it was asked to."""


@dataclass(frozen=True)
class Service:
    """One service that was released on this machine."""

    record: Record

    @property
    def name(self) -> str:
        return self.record.name

    @property
    def target(self) -> Literal["local"]:
        return "local"

    @property
    def url(self) -> str:
        return self.record.url

    @property
    def bundle(self) -> str:
        """Folder of the bundle it runs."""
        return self.record.bundle

    def close(self) -> None:
        """There is nothing to let go of."""

    def status(self) -> ServiceStatus:
        """How it is, asked just now. An engine that does not answer is a note, not an error."""
        record, running, memory, note = self.record, False, 0, ""
        try:
            instance = self.instance()
            if instance is not None and instance.running():
                running, memory = True, instance.memory().current
            else:
                note = "It has ended." if instance is not None else "It is gone: something else removed it."
        except EngineError as error:
            note = error.what
        return ServiceStatus(
            name=record.name,
            url=record.url,
            runtime=record.runtime,
            running=running,
            healthy=running and healthy(record.url),
            started=record.started,
            memory=memory,
            revision=record.revision,
            project=record.project,
            note=note,
        )

    def instance(self) -> Instance | None:
        """What runs it; None where that was removed. Raises EngineError."""
        return runtime_of(self.record).find(self.record.handle)

    def logs(self, follow: bool = False, tail: int | None = None) -> Iterator[str]:
        """Lines of its output, oldest first. Raises TargetError where nothing is left of it, EngineError."""
        instance = self.instance()
        if instance is None:
            raise TargetError(
                f"The service {self.name} has no log any more.",
                f"Its {self.record.runtime} was removed by something else than Sendoff.",
                f"Release it again with `sendoff up`, or forget it with `sendoff down {self.name}`.",
                evidence=[f"{self.record.runtime} {self.record.handle[:12]}"],
            )
        return instance.logs(follow=follow, tail=tail)

    def predict(self, body: Mapping[str, Any], path: str = "/predict") -> Reply:
        """POST `body` to it. An error status is an answer too; TargetError where none comes."""
        return call(self.name, self.url, path, body)

    def what_goes(self, images: bool = True) -> tuple[str, ...]:  # noqa: ARG002  (as every service has it)
        """What `down` takes away, a line each. Images stay whatever is asked: they are the engine's."""
        return (f"the service {self.name} at {self.url}",)

    def down(self, images: bool = True) -> None:  # noqa: ARG002
        """Stop it (SIGTERM first) and remove everything of it. Raises EngineError; then it is still known."""
        take_away(self.instance())
        for left in self.record.leftovers:
            take_away(runtime_of(self.record, left.runtime).find(left.handle))
        registry.forget(self.name)

    def revisions(self) -> tuple[Revision, ...]:
        """The one that was released last: the one before it was stopped when it took over."""
        record, status = self.record, self.status()
        percent = 100 if status.running else 0
        return (Revision(record.revision, record.started, percent, {}, record.image, status.healthy, status.note),)

    def set_traffic(self, shares: Mapping[str, int]) -> Moved:  # noqa: ARG002
        """Raises TargetError: there is nothing to split on this machine."""
        raise TargetError(
            f"The traffic of {self.name} cannot be split.",
            "A service on this machine has one revision at a time.",
            "Release to cloud_run, or to a local Cloud Run (`sendoff workshop up`), to split traffic.",
        )

    def rollback(self) -> Moved:
        """Raises TargetError: there is no way back."""
        return self.way_back()

    def way_back(self) -> Moved:
        """Raises TargetError: the revision before is gone."""
        raise TargetError(
            f"{self.name} cannot be rolled back.",
            "On this machine the revision before is stopped when a new one takes over.",
            "Put the earlier model file or plan back and run `sendoff up`.",
        )


def runtime_of(record: Record, name: RuntimeName | None = None) -> Runtime:
    """A runtime that finds what the record speaks of: its service or, by `name`, a leftover of another runtime.

    Raises EngineError where no engine answers.
    """
    if (name or record.runtime) == "container":
        from wizard.images.engine import connect
        from wizard.runtimes import ContainerRuntime

        return ContainerRuntime(connect(), record.image)
    from wizard.runtimes import ProcessRuntime

    return ProcessRuntime(record.bundle, sys.executable)


def take_away(instance: Instance | None) -> None:
    """Stop and remove; nothing to do for what is gone already."""
    if instance is None:
        return
    with contextlib.suppress(SendoffError):
        instance.stop(GRACE)
    instance.remove()
