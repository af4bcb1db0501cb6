"""A local Cloud Run in this process, and what it takes to release a small model to it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from google.cloud import run_v2

from wizard.bundle.bundle import Bundle
from wizard.events import Cancel, Event, LogLine, Notice, Reporter, StageProgress
from wizard.images.push import Pushed
from wizard.plan.cloud_run import CloudRunTarget
from wizard.plan.plan import ImageSection, ModelSection, Plan, ServiceSection
from wizard.rehearsal.parity_set import ParitySet
from wizard.rehearsal.report import RehearsalReport
from wizard.targets.cloud_run.cloud import Cloud
from wizard.targets.cloud_run.place import Place
from wizard.targets.cloud_run.releasing import release
from wizard.targets.release import Release
from wizard.workshop.local import LocalCloudRun
from wizard.workshop.tokens import OWNER, Authority

SERVICE = "housing"
ROWS = ((1.0, 2.0), (0.5, -3.0), (10.0, 4.5))


def answer(row: Any) -> float:
    """What the model says."""
    return float(2 * row[0] - row[1])


def report(rows: tuple[Any, ...] = ROWS) -> RehearsalReport:
    """A rehearsal that was passed, with the answers it saw."""
    expected = ParitySet(rows, tuple(answer(row) for row in rows), None, "the model alone")
    return RehearsalReport("container", (), 1.0, 1, 1, (), None, (), expected)


def plan(*, service: dict[str, Any] | None = None, **target: Any) -> Plan:
    """A plan for the local Cloud Run; values of the target by name."""
    return Plan(
        model=ModelSection(path="model.pkl", framework="scikit-learn"),
        image=ImageSection(requirements=("scikit-learn==1.5.0",)),
        service=ServiceSection(**{"name": SERVICE, **(service or {})}),
        target=CloudRunTarget(**{"kind": "cloud_run", "project": "demo-project", "traffic_wait": 0, **target}),
    )


def pushed(version: str = "1", name: str = SERVICE) -> Pushed:
    """An image in the repository: another for each version."""
    digest = "sha256:" + hashlib.sha256(version.encode()).hexdigest()
    return Pushed(f"us-central1-docker.pkg.dev/demo-project/sendoff/{name}", digest, (version,), 1)


@dataclass
class Models:
    """What the revisions answer: the model's own answers, unless it is told otherwise for the ones with a certain image."""

    wrong: set[str] = field(default_factory=set)
    """Short names of revisions that answer wrongly."""
    asked: list[str] = field(default_factory=list)
    """Revisions in the order in which they were asked for predictions."""

    before: Callable[[], object] = lambda: None
    """Called before each answer."""

    def __call__(self, revision: str, body: bytes) -> bytes:
        name = revision.rpartition("/")[2]
        self.asked.append(name)
        self.before()
        off = 1.0 if name in self.wrong or "*" in self.wrong else 0.0
        data = json.loads(body)
        if "instances" in data:
            return json.dumps({"predictions": [answer(row) + off for row in data["instances"]]}).encode()
        return json.dumps({"prediction": answer(data["features"]) + off}).encode()


@dataclass
class Minted:
    """Tokens of the local Cloud Run's own making, without its HTTP door."""

    authority: Authority
    principal: str = OWNER

    @property
    def member(self) -> str:
        return f"user:{self.principal}"

    def access_token(self) -> str:
        return self.authority.mint_access(self.principal)

    def identity_token(self, audience: str) -> str:
        return self.authority.mint_identity(self.principal, audience)


def cloud_for(local: LocalCloudRun, principal: str = OWNER) -> Cloud:
    return Cloud(
        Place("demo-project", "us-central1", f"http://{local.address}"),
        Minted(local.authority, principal),
        grpc_address=local.address,
    )


@dataclass
class Witness:
    """Hears all that is reported."""

    cancel: Cancel = field(default_factory=Cancel)
    events: list[Event] = field(default_factory=list)
    on_event: Callable[[Event], None] = lambda event: None

    @property
    def reporter(self) -> Reporter:
        def hear(event: Event) -> None:
            self.events.append(event)
            self.on_event(event)

        return Reporter("release", hear, self.cancel)

    @property
    def lines(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, LogLine)]

    @property
    def notices(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Notice)]

    @property
    def told(self) -> list[str]:
        return [event.what for event in self.events if isinstance(event, StageProgress)]


@dataclass
class Releases:
    """Releases to one local Cloud Run."""

    local: LocalCloudRun
    cloud: Cloud
    models: Models
    folder: Path

    def __call__(
        self,
        version: str = "1",
        *,
        of: Plan | None = None,
        witness: Witness | None = None,
        rows: tuple[Any, ...] = ROWS,
        cloud: Cloud | None = None,
        patience: float = 30.0,
    ) -> Release:
        return release(
            of or plan(),
            Bundle(str(self.folder), ()),
            pushed(version),
            report(rows),
            (witness or Witness()).reporter,
            project=self.folder,
            cloud=cloud or self.cloud,
            patience=patience,
        )

    def service(self, name: str = SERVICE) -> run_v2.Service:
        return self.cloud.services.get_service(name=self.cloud.place.service(name))

    def revisions(self, name: str = SERVICE) -> list[str]:
        """Short names, oldest first."""
        found = self.cloud.revisions.list_revisions(parent=self.cloud.place.service(name))
        return [one.name.rpartition("/")[2] for one in reversed(list(found))]

    def traffic(self, name: str = SERVICE) -> dict[str, int]:
        return {one.revision: one.percent for one in self.service(name).traffic_statuses if one.percent}

    def tags(self, name: str = SERVICE) -> dict[str, str]:
        return {one.tag: one.revision for one in self.service(name).traffic_statuses if one.tag}

    def plant(self, fault: str, count: int = 1, **details: object) -> None:
        self.local.faults.plant(fault, count, **details)


def made_by_another_tool(up: Releases, **settings: object) -> str:
    """A service as `gcloud run deploy` leaves it: traffic follows the latest revision. Returns that revision."""
    latest = run_v2.TrafficTargetAllocationType.TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST
    service = run_v2.Service(
        template=run_v2.RevisionTemplate(containers=[run_v2.Container(image=pushed("0").reference)]),
        traffic=[run_v2.TrafficTarget(type_=latest, percent=100)],
        **settings,
    )
    up.cloud.services.create_service(parent=up.cloud.place.parent, service=service, service_id=SERVICE).result(
        timeout=20
    )
    return up.revisions()[0]
