"""Revisions: how one is made from a template, and the calls about them."""

from __future__ import annotations

import random
import string
import uuid
from collections.abc import Callable
from typing import Any

from google.cloud import run_v2

from wizard.workshop.api_error import ApiError, Code
from wizard.workshop.messages import (
    ConditionState,
    NewRevision,
    OperationMessage,
    RevisionMessage,
    ServiceMessage,
    copied,
    fingerprint,
    new_etag,
    now,
    set_condition,
)
from wizard.workshop.operations import Operations
from wizard.workshop.paging import page
from wizard.workshop.place import Place
from wizard.workshop.policies import Policies
from wizard.workshop.resource_names import last, location, revision_parts
from wizard.workshop.state import Entry, State

_SAME_IN_BOTH = (
    "scaling", "vpc_access", "timeout", "node_selector", "service_mesh", "encryption_key_shutdown_duration",
)  # fmt: skip
_SAME_SCALARS = (
    "execution_environment", "encryption_key", "encryption_key_revocation_action", "session_affinity",
    "max_instance_request_concurrency", "gpu_zonal_redundancy_disabled",
)  # fmt: skip
CONDITIONS = ("Ready", "ResourcesAvailable", "ContainerReady", "ContainerHealthy")
"""Those a revision has from its beginning, in this order."""


def make_revision(service: ServiceMessage, creator: str, place: Place) -> RevisionMessage:
    """A revision of the service's template as it is now, not yet at work."""
    service_id = last(service.name)
    template = service.template
    ending = "".join(random.choices(string.ascii_lowercase + string.digits, k=3))
    short = template.revision or f"{service_id}-{service.generation:05d}-{ending}"
    revision = NewRevision(
        name=f"{service.name}/revisions/{short}",
        uid=str(uuid.uuid4()),
        generation=1,
        service=service_id,
        launch_stage=service.launch_stage,
        reconciling=True,
        creator=creator,
        service_account=template.service_account,
        etag=new_etag(),
    )
    revision.log_uri = place.logs_url(revision.name)
    revision.labels.update(template.labels)
    revision.annotations.update(template.annotations)
    revision.create_time.CopyFrom(now())
    revision.update_time.CopyFrom(revision.create_time)
    for field in _SAME_IN_BOTH:
        if template.HasField(field):
            getattr(revision, field).CopyFrom(getattr(template, field))
    for field in _SAME_SCALARS:
        setattr(revision, field, getattr(template, field))
    revision.containers.extend(template.containers)
    revision.volumes.extend(template.volumes)
    for kind in CONDITIONS:
        set_condition(revision.conditions, kind, ConditionState.CONDITION_RECONCILING)
    return revision


def is_same(one: RevisionMessage, other: RevisionMessage) -> bool:
    """Whether both were made from templates that say the same."""
    plain = []
    for revision in (one, other):
        configured = NewRevision(service_account=revision.service_account, labels=revision.labels)
        configured.annotations.update(revision.annotations)
        for field in _SAME_IN_BOTH:
            if revision.HasField(field):
                getattr(configured, field).CopyFrom(getattr(revision, field))
        for field in _SAME_SCALARS:
            setattr(configured, field, getattr(revision, field))
        configured.containers.extend(revision.containers)
        configured.volumes.extend(revision.volumes)
        plain.append(fingerprint(configured))
    return plain[0] == plain[1]


class Revisions:
    """The calls of google.cloud.run.v2.Revisions."""

    def __init__(
        self,
        state: State,
        operations: Operations,
        policies: Policies,
        discard: Callable[[Entry, RevisionMessage], None],
    ) -> None:
        """`discard` ends what still runs of a revision, in the background."""
        self._state = state
        self._operations = operations
        self._policies = policies
        self._discard = discard

    def get(self, request: Any, caller: str) -> RevisionMessage:
        self._policies.require(caller, "run.revisions.get", request.name)
        with self._state.lock:
            return copied(self._state.find_revision(request.name)[1])

    def list(self, request: Any, caller: str) -> Any:
        """Newest first; of all services where the service is `-`."""
        parent, _, service_id = request.parent.rpartition("/services/")
        location(parent)
        self._policies.require(caller, "run.revisions.list", request.parent)
        with self._state.lock:
            if service_id != "-":
                self._state.find(request.parent)
            found = [
                revision
                for name, entry in self._state.entries.items()
                if name.startswith(f"{parent}/services/") and service_id in ("-", last(name))
                for revision in entry.revisions.values()
            ]
            found.sort(key=lambda revision: -revision.create_time.ToNanoseconds())
            shown, token = page(found, request.page_size, request.page_token)
            return run_v2.ListRevisionsResponse.pb()(revisions=shown, next_page_token=token)

    def delete(self, request: Any, caller: str) -> OperationMessage:
        self._policies.require(caller, "run.revisions.delete", request.name)
        parent = revision_parts(request.name)[0].rpartition("/services/")[0]
        with self._state.lock:
            entry, revision = self._state.find_revision(request.name)
            short = last(revision.name)
            if request.etag and request.etag != revision.etag:
                raise ApiError(Code.ABORTED, f"Conflict for resource '{short}': its etag is not the one given.")
            serving = any(each.revision == short for each in entry.service.traffic_statuses)
            # Also while a change is under way that leads to it.
            at_work = short in entry.wanted or any(job.revision == short for job in entry.jobs)
            if serving or at_work or entry.service.latest_created_revision == revision.name:
                raise ApiError(
                    Code.FAILED_PRECONDITION,
                    f'Revision "{short}" cannot be directly deleted because it is actively serving.',
                )
            if request.validate_only:
                return self._operations.done(parent, revision)
            self._discard(entry, revision)
            self._state.forget_revision(entry, short)
            if entry.service.latest_ready_revision == revision.name:
                entry.service.latest_ready_revision = ""
            self._state.touch(entry)
            revision.delete_time.CopyFrom(now())
        return self._operations.done(parent, revision)
