"""The straight road: its stages in order, what each is made from, and when a result still holds.

A stage never knows which comes after it. Each has a *key*, the hash of everything it depends on: a stage whose key is in
the ledger, and whose result still holds in the world, is not done twice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from wizard import __version__
from wizard.bundle.bundle import Bundle
from wizard.errors import EngineError
from wizard.events import Reporter
from wizard.images.image import Image
from wizard.inspection.inspection import Inspection
from wizard.locking.environment import Environment
from wizard.locking.lock import Lock
from wizard.rehearsal.report import RehearsalReport
from wizard.run.project import Project
from wizard.targets.release import Release

if TYPE_CHECKING:
    from wizard.images.engine import Engine
    from wizard.images.push import Pushed
    from wizard.plan.plan import Plan
    from wizard.runtimes import Runtime
    from wizard.targets.cloud_run.cloud import Cloud
    from wizard.targets.cloud_run.preflight_finding import Preflight

V = TypeVar("V")


@dataclass
class Road:
    """How far one run has come. Stages read what was made before them and add their own value."""

    project: Project
    consent: bool = False
    """The person agreed that what the target lacks, e.g. a repository, is made for them."""
    _values: dict[str, Any] = field(default_factory=dict)
    _engine: Engine | EngineError | None = None
    given_plan: Plan | None = None
    """The plan, where it was read already."""
    _cloud: Cloud | None = None

    @property
    def written_plan(self) -> Plan:
        """The plan as it lies in the project, read once: who edits it meanwhile edits the next run. Raises PlanError."""
        if self.given_plan is None:
            from wizard.plan import load_plan

            self.given_plan = load_plan(self.project.plan_path)
        return self.given_plan

    @property
    def inspection(self) -> Inspection:
        return cast(Inspection, self._values["inspect"])

    @property
    def plan(self) -> Plan:
        return cast("Plan", self._values["plan"])

    @property
    def preflight(self) -> Preflight:
        """What was found of the cloud; only for a target that has one."""
        return cast("Preflight", self._values["preflight"])

    @property
    def lock(self) -> Lock:
        return cast(Lock, self._values["lock"])

    @property
    def bundle(self) -> Bundle:
        return cast(Bundle, self._values["bundle"])

    @property
    def built(self) -> Image | Environment:
        """The image, or where no engine is the locked environment the bundle runs in."""
        return cast("Image | Environment", self._values["build"])

    @property
    def report(self) -> RehearsalReport:
        return cast(RehearsalReport, self._values["rehearse"])

    @property
    def pushed(self) -> Pushed:
        """The image in the target's registry; only for a target that has one."""
        return cast("Pushed", self._values["push"])

    @property
    def release(self) -> Release:
        return cast(Release, self._values["release"])

    @property
    def image(self) -> Image | None:
        return self.built if isinstance(self.built, Image) else None

    def put(self, stage: str, value: object) -> None:
        """Add a stage's value."""
        self._values[stage] = value

    def engine(self) -> Engine:
        """The container engine, asked for once. Raises EngineError."""
        if self._engine is None:
            from wizard.images import connect

            try:
                self._engine = connect()
            except EngineError as error:
                self._engine = error
        if isinstance(self._engine, EngineError):
            raise self._engine
        return self._engine

    def engine_or_none(self) -> Engine | None:
        """The engine if the plan wants one and one answers; raises EngineError where the plan insists on it."""
        target = self.plan.target
        if target.kind == "local":
            wanted = target.runtime
        else:
            wanted = "process" if self.cloud().runs_processes else "container"
        if wanted == "process":
            return None
        try:
            return self.engine()
        except EngineError:
            if wanted == "container":
                raise
            return None

    def cloud(self) -> Cloud:
        """The target's clients, made once. Raises TargetError where nobody is signed in."""
        if self._cloud is None:
            from wizard.targets.cloud_run.cloud import Cloud

            assert self.plan.target.kind == "cloud_run"
            self._cloud = Cloud.of(self.plan.target)
        return self._cloud

    def close(self) -> None:
        """Hang up. Another call opens what it needs again."""
        if self._cloud is not None:
            self._cloud.close()
            self._cloud = None

    def runtime(self) -> Runtime:
        """What starts the thing that was built."""
        from wizard.runtimes import ContainerRuntime, ProcessRuntime

        built = self.built
        if isinstance(built, Image):
            return ContainerRuntime(self.engine(), built)
        return ProcessRuntime(Path(self.bundle.folder), Path(built.python))


def key_of(*parts: object) -> str:
    """Hash of a stage's inputs; a new version of Sendoff does its stages anew."""
    text = json.dumps([__version__, *parts], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage(Generic[V]):
    """One arrow of the road."""

    name: str
    title: str
    """What it does, in the person's words."""
    work: Callable[[Road, Reporter], V]
    """Does it."""
    note: Callable[[V], str]
    """Sums its value up in one line."""
    kinds: tuple[type[V], ...] = ()
    """The classes its value may have, to read it back."""
    key: Callable[[Road], str] | None = None
    """Hash of what it depends on. None: done every time, because that is cheap and changes nothing that is right already."""
    holds: Callable[[Road, V], bool] = lambda road, value: True
    """Whether an earlier value is still true in the world."""
    targets: frozenset[str] | None = None
    """The kinds of target that have this stage; None: all."""

    def belongs_to(self, target: str) -> bool:
        """The road to that kind of target has this stage."""
        return self.targets is None or target in self.targets
