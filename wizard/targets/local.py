"""The target `local`: the service stays up on this machine, and a new revision never costs the person the old one."""

from __future__ import annotations

import hashlib
import json
import shlex
import time
from dataclasses import dataclass, replace
from pathlib import Path

from wizard.advice.cause import CauseKind
from wizard.bundle.bundle import Bundle
from wizard.errors import EngineError, SendoffError, TargetError
from wizard.events import Reporter
from wizard.images.image import Image
from wizard.plan.plan import Plan
from wizard.runtimes.ports import is_free
from wizard.runtimes.process import ProcessInstance
from wizard.runtimes.runtime import Instance, Limits, Runtime, RuntimeName, Spec
from wizard.targets import registry
from wizard.targets.calling import healthy
from wizard.targets.local_services import Service, runtime_of, take_away
from wizard.targets.readiness import wait_until_healthy
from wizard.targets.registry import Leftover, Record
from wizard.targets.release import Release

SERVICE_LABEL = "dev.sendoff.service"
REVISION_LABEL = "dev.sendoff.revision"
PROJECT_LABEL = "dev.sendoff.project"
_INSIDE = 8080


def release(
    plan: Plan, bundle: Bundle, image: Image | None, runtime: Runtime, reporter: Reporter, project: str | Path
) -> Release:
    """Bring the bundle (or its image, in a container) up as the service `plan.service.name` and leave it running.

    It listens on 127.0.0.1 at `plan.target.port`; 0 keeps the port of an earlier release, or takes a free one. A revision
    that already runs and is healthy is returned as it is. A new one is seen healthy before the old one is stopped: where it
    is not, the old one was never touched. `project` is the folder of the project the service belongs to.

    Raises TargetError (port or name taken, service not healthy), EngineError, CancelledError; nothing half done remains.
    """
    reporter.check()
    work = _Release(plan, bundle, image, runtime, reporter, str(Path(project).absolute()))
    old = work.standing()
    if old is not None and work.unchanged(old):
        reporter.log(f"{old.revision} already runs at {old.url} and is healthy.")
        if old.leftovers:
            registry.write(replace(old, leftovers=work.clear(old.leftovers, old)))
        return work.released(old)
    return work.bring_up(old)


@dataclass
class _Release:
    plan: Plan
    bundle: Bundle
    image: Image | None
    runtime: Runtime
    reporter: Reporter
    project: str

    @property
    def name(self) -> str:
        return self.plan.service.name

    @property
    def content(self) -> str:
        return self.image.id if self.image is not None and self.runtime.name == "container" else self.bundle.sha256

    @property
    def fingerprint(self) -> str:
        service = self.plan.service
        parts = [self.runtime.name, self.content, service.cpu, service.memory, sorted(service.env.items())]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def standing(self) -> Record | None:
        """The earlier release of this service.

        Raises TargetError where the name belongs to another project's that runs, or may run.
        """
        old = registry.read(self.name)
        if old is None or old.project == self.project:
            return old
        try:
            instance = Service(old).instance()
            running = instance is not None and instance.running()
        except EngineError as error:  # its container may come back with the engine
            raise TargetError(
                f"The name {self.name} may be taken.",
                f"It belongs to the project in {old.project}; whether that service runs is not known: {error.what}",
                "Choose another service.name in sendoff.yaml, or try again when the engine answers.",
                cause=CauseKind.NAME_TAKEN,
                evidence=[f"{old.revision}, {old.runtime} {old.handle[:12]}"],
            ) from error
        if running:
            raise TargetError(
                f"The name {self.name} is taken.",
                f"A service of that name runs already at {old.url}; it belongs to the project in {old.project}.",
                f"Choose another service.name in sendoff.yaml, or take that one down with `sendoff down {self.name}`.",
                cause=CauseKind.NAME_TAKEN,
                evidence=[f"{old.revision}, {old.runtime} {old.handle[:12]}"],
            )
        return old

    def unchanged(self, old: Record) -> bool:
        """The very same revision runs, where it should, and is healthy."""
        if old.fingerprint != self.fingerprint or self.plan.target.port not in (0, old.port):
            return False
        instance = self._instance(old)
        return instance is not None and instance.running() and healthy(old.url)

    def bring_up(self, old: Record | None) -> Release:
        """Start the new revision, and only when it is healthy stop the old one."""
        number = (old.number if old else 0) + 1
        self._clear_unfinished(old)
        old_runs = old is not None and self._runs(old)
        port = self._port(old, old_runs)
        in_the_way = old is not None and old_runs and port == old.port
        try:
            fresh = self._up(f"sendoff-{self.name}-{number}", number, 0 if in_the_way else port)
        except SendoffError as error:
            if in_the_way and isinstance(error, TargetError) and old is not None:
                self.reporter.notice(f"{old.revision} goes on running at {old.url}.")
            raise
        leftovers = (*old.leftovers, Leftover(old.runtime, old.handle)) if old else ()
        record = self._record(fresh, number, leftovers)
        registry.write(record)
        # From here on the new revision is the service: whatever ends this program, something healthy is on record.
        record = replace(record, leftovers=self.clear(leftovers, record))
        if in_the_way:
            record = self._move(record, number, port)
        registry.write(record)
        return self.released(record)

    def _clear_unfinished(self, old: Record | None) -> None:
        """Take away what a release started that was killed before it could note it down."""
        noted = {old.handle, *(left.handle for left in old.leftovers)} if old else set()
        for instance in self.runtime.labelled({SERVICE_LABEL: self.name, PROJECT_LABEL: self.project}):
            if instance.handle not in noted:
                self.reporter.log(f"Removing {instance.name}, which an earlier release left unfinished.")
                take_away(instance)

    def _move(self, record: Record, number: int, port: int) -> Record:
        """A port can only be given when something is started: start the new revision again, at the old one's port."""
        try:
            moved = self._up(f"sendoff-{self.name}-{number}-{port}", number, port)
        except SendoffError as error:
            self.reporter.notice(
                f"The service is at {record.url} now: it could not get port {port} back ({error.what})"
            )
            return record
        first, leftovers = Leftover(record.runtime, record.handle), record.leftovers
        record = self._record(moved, number, (*leftovers, first))
        registry.write(record)
        take_away(self.runtime.find(first.handle))
        return replace(record, leftovers=leftovers)

    def released(self, record: Record) -> Release:
        """The record as the value of this stage."""
        return Release(
            target="local",
            service=record.name,
            revision=record.revision,
            url=record.url,
            runtime=record.runtime,
            handle=record.handle,
            image=record.image,
            call=self._call(record.url),
            undo=f"sendoff down {record.name}",
            labels=self._labels(record.revision),
        )

    def _up(self, name: str, number: int, port: int) -> Instance:
        """Started and healthy, or removed again and an error raised."""
        service = self.plan.service
        instance = self.runtime.start(
            Spec(
                name=name,
                port=_INSIDE,
                limits=Limits(memory=service.memory, cpu=service.cpu),
                env=service.env,
                labels=self._labels(self._revision(number)),
                publish=port,
                read_only=True,
                detached=True,
            )
        )
        try:
            wait_until_healthy(instance, service.memory, self.reporter)
            instance.bring_back()  # not before: what crashes at its start would never say so
        except BaseException:
            instance.remove()
            raise
        return instance

    def _port(self, old: Record | None, old_runs: bool) -> int:
        """The port to listen on; 0 where any will do."""
        wanted = self.plan.target.port
        if wanted or old is None:
            return wanted
        if old_runs or self._comes_free(old.port):
            return old.port
        self.reporter.notice(f"Port {old.port}, where the service was before, is in use; it gets another one.")
        return 0

    def _comes_free(self, port: int) -> bool:
        """The port is free, or is about to be: what has just been killed holds its port a moment longer."""
        return any(is_free(port) or self.reporter.cancel.wait(0.05) for _ in range(20)) and is_free(port)

    def clear(self, leftovers: tuple[Leftover, ...], record: Record) -> tuple[Leftover, ...]:
        """Take earlier revisions away, and return those that could not be: they stay on the record."""
        remaining = []
        for left in leftovers:
            try:
                take_away(self._runtime(record, left.runtime).find(left.handle))
            except SendoffError as error:
                remaining.append(left)
                self.reporter.log(f"{left.runtime} {left.handle[:12]} could not be removed yet: {error.what}")
        return tuple(remaining)

    def _runs(self, old: Record) -> bool:
        """The earlier revision runs. Without its engine it does not, and must not keep the new one from starting."""
        try:
            instance = self._instance(old)
            return instance is not None and instance.running()
        except EngineError as error:
            self.reporter.notice(
                f"{old.revision} is a {old.runtime} that cannot be reached ({error.what}); "
                "a release or `sendoff down` removes it when its engine answers again."
            )
            return False

    def _instance(self, record: Record) -> Instance | None:
        return self._runtime(record, record.runtime).find(record.handle)

    def _runtime(self, record: Record, name: RuntimeName) -> Runtime:
        return self.runtime if name == self.runtime.name else runtime_of(record, name)

    def _record(self, instance: Instance, number: int, leftovers: tuple[Leftover, ...]) -> Record:
        return Record(
            name=self.name,
            project=self.project,
            runtime=instance.runtime,
            handle=instance.handle,
            url=instance.url,
            port=int(instance.url.rpartition(":")[2]),
            number=number,
            revision=self._revision(number),
            fingerprint=self.fingerprint,
            image=self.content,
            bundle=str(instance.bundle) if isinstance(instance, ProcessInstance) else self.bundle.folder,
            started=time.time(),
            leftovers=leftovers,
        )

    def _revision(self, number: int) -> str:
        return f"{self.name}-{number:05d}-{self.fingerprint[:3]}"

    def _labels(self, revision: str) -> dict[str, str]:
        return {SERVICE_LABEL: self.name, REVISION_LABEL: revision, PROJECT_LABEL: self.project}

    def _call(self, url: str) -> str:
        sample = Path(self.bundle.folder) / "sample.json"
        try:
            body = json.dumps(json.loads(sample.read_text(encoding="utf-8")), ensure_ascii=False)
        except (OSError, ValueError):
            body = ""
        data = shlex.quote(body) if 0 < len(body) <= 400 else f"@{shlex.quote(str(sample))}"
        return f"curl -s {url}/predict -H 'Content-Type: application/json' -d {data}"
