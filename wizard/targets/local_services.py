"""The services of this machine: listed, found, logged, called, taken down."""

from __future__ import annotations

import contextlib
import difflib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wizard.errors import EngineError, SendoffError, TargetError
from wizard.runtimes.runtime import Instance, Runtime, RuntimeName
from wizard.targets import registry
from wizard.targets.calling import Reply, call, healthy
from wizard.targets.registry import Record

GRACE = 10.0
"""Seconds a service has to end after it was asked to."""


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """A service as it is now."""

    name: str
    url: str
    runtime: RuntimeName
    running: bool
    healthy: bool
    started: float
    """When it was released, seconds since the epoch."""
    memory: int
    """Bytes it uses now; 0 where it does not run."""
    revision: str
    project: str
    note: str = ""
    """Why the rest is not known, e.g. that no engine answers."""


@dataclass(frozen=True)
class Service:
    """One service that was released on this machine."""

    record: Record

    @property
    def name(self) -> str:
        return self.record.name

    @property
    def url(self) -> str:
        return self.record.url

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

    def down(self) -> None:
        """Stop it (SIGTERM first) and remove everything of it. Raises EngineError; then it is still known."""
        take_away(self.instance())
        for left in self.record.leftovers:
            take_away(runtime_of(self.record, left.runtime).find(left.handle))
        registry.forget(self.name)


def services() -> list[ServiceStatus]:
    """Every service released on this machine by this account, by name."""
    return [Service(record).status() for record in registry.read_all()]


def find(name: str) -> Service:
    """The service of that name. Raises TargetError naming the nearest one where there is none."""
    record = registry.read(name)
    if record is not None:
        return Service(record)
    known = [one.name for one in registry.read_all()]
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if near:
        fix = f"Did you mean {near[0]}?"
    elif known:
        fix = "See `sendoff status` for those there are."
    else:
        fix = "Release one with `sendoff up`."
    why = f"Released here: {', '.join(known)}." if known else "Nothing has been released on this machine yet."
    raise TargetError(f"There is no service {name!r}.", why, fix)


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
