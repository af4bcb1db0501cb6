"""The services of the local Cloud Run: raw messages, what is still to be done for each, and how both are kept."""

from __future__ import annotations

import json
import threading
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from wizard.workshop.api_error import not_found
from wizard.workshop.messages import (
    NewRevision,
    NewService,
    RevisionMessage,
    ServiceMessage,
    new_etag,
    now,
)
from wizard.workshop.persistence import Shelf
from wizard.workshop.resource_names import last, revision_parts
from wizard.workshop.runtime import Backend


class Task(StrEnum):
    DEPLOY = "deploy"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Job:
    """One accepted change that is being made true, or waits for the one before it."""

    operation: str
    """Full name."""
    service: str
    """Full name."""
    task: Task
    revision: str = ""
    """Short name of the revision this change made; empty where the template stayed as it was."""
    desired: bytes = b""
    """The service as it was asked for, serialised: a later update must not change what an earlier one does."""

    def wanted(self) -> ServiceMessage:
        return NewService.FromString(self.desired)


@dataclass
class Entry:
    """One service with all that belongs to it."""

    service: ServiceMessage
    revisions: dict[str, RevisionMessage] = field(default_factory=dict)
    """By short name, oldest first."""
    ports: dict[str, int] = field(default_factory=dict)
    """Loopback port for "" (the service) and for each tag it has ever had, so that an address comes back."""
    jobs: deque[Job] = field(default_factory=deque)
    """Oldest first; the first is the one at work."""
    at_work: bool = False
    """Whether a worker has this service."""
    deleting: bool = False
    running: dict[str, Backend] = field(default_factory=dict)
    """Revisions that run now, by short name."""
    stopping: set[str] = field(default_factory=set)
    """Revisions that are being stopped at this moment."""
    wanted: set[str] = field(default_factory=set)
    """Revisions that must stay up: routes lead to them, or soon will."""


class State:
    """All services, guarded by one lock. `changed` is notified at every visible change."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.entries: dict[str, Entry] = {}
        self._load()

    def find(self, name: str) -> Entry:
        """The service by its full name. Raises ApiError NOT_FOUND. Hold the lock."""
        entry = self.entries.get(name)
        if entry is None:
            raise not_found("SERVICE", name)
        return entry

    def find_revision(self, name: str) -> tuple[Entry, RevisionMessage]:
        """The revision by its full name, and its service. Raises ApiError NOT_FOUND. Hold the lock."""
        service, short = revision_parts(name)
        entry = self.entries.get(service)
        if entry is None or short not in entry.revisions:
            raise not_found("REVISION", name)
        return entry, entry.revisions[short]

    def touch(self, entry: Entry) -> None:
        """Mark the service as changed and tell who waits. Hold the lock."""
        entry.service.etag = new_etag()
        entry.service.update_time.CopyFrom(now())
        self.changed.notify_all()

    def keep(self, entry: Entry, *, begun: Job | None = None, ended: Job | None = None) -> None:
        """Write the service, its revisions and its ports to disk, with a job that begins or ends, all at once. Hold the lock."""
        name = entry.service.name
        rows: list[tuple[str, str, bytes | None]] = [
            ("service", name, entry.service.SerializeToString()),
            ("ports", name, json.dumps(entry.ports).encode()),
        ]
        rows += [("revision", each.name, each.SerializeToString()) for each in entry.revisions.values()]
        if begun is not None:
            told = {"service": begun.service, "task": begun.task, "revision": begun.revision}
            rows += [
                ("job", begun.operation, json.dumps(told).encode()),
                ("desired", begun.operation, begun.desired),
            ]
        if ended is not None:
            rows += [("job", ended.operation, None), ("desired", ended.operation, None)]
        self.shelf.change(rows)

    def forget_revision(self, entry: Entry, short: str) -> None:
        """Hold the lock."""
        revision = entry.revisions.pop(short)
        self.shelf.remove("revision", revision.name)

    def forget(self, name: str) -> None:
        """Remove the service and all of its own. Hold the lock."""
        entry = self.entries.pop(name)
        rows: list[tuple[str, str, bytes | None]] = [("service", name, None), ("ports", name, None)]
        rows += [("revision", each.name, None) for each in entry.revisions.values()]
        for job in entry.jobs:
            rows += [("job", job.operation, None), ("desired", job.operation, None)]
        self.shelf.change(rows)
        self.changed.notify_all()

    def busy(self) -> bool:
        """Whether any change is still under way. Hold the lock."""
        return any(entry.jobs or entry.at_work for entry in self.entries.values())

    def _load(self) -> None:
        for name, data in self.shelf.rows("service"):
            self.entries[name] = Entry(NewService.FromString(data))
        for name, data in self.shelf.rows("ports"):
            self.entries[name].ports = json.loads(data)
        for name, data in self.shelf.rows("revision"):
            self.entries[revision_parts(name)[0]].revisions[last(name)] = NewRevision.FromString(data)
        desired = dict(self.shelf.rows("desired"))
        for operation, data in self.shelf.rows("job"):
            told: dict[str, Any] = json.loads(data)
            job = Job(operation, told["service"], Task(told["task"]), told["revision"], desired.get(operation, b""))
            entry = self.entries[job.service]
            entry.jobs.append(job)
            entry.deleting = entry.deleting or job.task is Task.DELETE
