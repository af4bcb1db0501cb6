"""One change of a service made true, step by step, with the conditions written as each step is done."""

from __future__ import annotations

import threading
import time
from typing import Any

from wizard.workshop.api_error import ApiError, Code
from wizard.workshop.deploy_errors import DeployError
from wizard.workshop.fleet import Fleet, mark_active
from wizard.workshop.gateway_table import Gateway
from wizard.workshop.messages import (
    CommonReason,
    ConditionState,
    Message,
    RevisionMessage,
    ServiceMessage,
    condition_of,
    has_failed,
    is_ready,
    set_condition,
    write_condition,
)
from wizard.workshop.operations import Operations
from wizard.workshop.resource_names import last
from wizard.workshop.state import Entry, Job, State
from wizard.workshop.traffic import reachable, statuses

_RECONCILING = ConditionState.CONDITION_RECONCILING
_SUCCEEDED = ConditionState.CONDITION_SUCCEEDED
_FAILED = ConditionState.CONDITION_FAILED


class GoingDownError(Exception):
    """The local Cloud Run is going down: the change is taken up again after the restart."""


def begin_conditions(service: ServiceMessage, *, new_revision: bool) -> None:
    """The conditions of a service whose change has just been accepted."""
    service.reconciling = True
    said = "Deploying revision." if new_revision else ""
    write_condition(service.terminal_condition, "Ready", _RECONCILING, said)
    set_condition(service.conditions, "RoutesReady", _RECONCILING)
    if new_revision:
        set_condition(service.conditions, "ConfigurationsReady", _RECONCILING, "Deploying revision.")


class Deploy:
    """One job of a service. Used once."""

    def __init__(
        self,
        state: State,
        operations: Operations,
        fleet: Fleet,
        gateway: Gateway,
        entry: Entry,
        job: Job,
        *,
        pause: float,
        closing: threading.Event,
    ) -> None:
        """`pause`: seconds that each step takes longer."""
        self._state = state
        self._operations = operations
        self._fleet = fleet
        self._gateway = gateway
        self._entry = entry
        self._job = job
        self._pause = pause
        self._closing = closing
        self._wanted = job.wanted()

    def run(self) -> None:
        """Make the change true or write down why it failed. Raises GoingDownError."""
        entry = self._entry
        revision = entry.revisions.get(self._job.revision)
        with self._state.lock:
            begin_conditions(entry.service, new_revision=revision is not None and not is_ready(revision))
            self._state.touch(entry)
        try:
            self._step()
            if revision is not None and is_ready(revision):
                self._service("ConfigurationsReady", _SUCCEEDED)
            elif revision is not None:
                self._bring_up(revision)
            self._route()
        except DeployError as failure:
            if self._closing.is_set():
                raise GoingDownError from failure
            self._fail(failure, revision)

    def abandon(self, error: ApiError) -> None:
        """End the operation without more work."""
        with self._state.lock:
            self._end(error=error)

    def _cancelled(self) -> bool:
        return self._closing.is_set() or self._entry.deleting

    # The new revision

    def _bring_up(self, revision: RevisionMessage) -> None:
        began = time.monotonic()
        self._service("ConfigurationsReady", _RECONCILING, "Importing container image.")
        self._fleet.import_image(revision)
        self._revision(
            revision, "ContainerReady", f"Container image import completed in {time.monotonic() - began:.2f}s."
        )
        self._service("ConfigurationsReady", _RECONCILING, "Provisioning resources.")
        instance = self._fleet.provision(revision)
        self._revision(revision, "ResourcesAvailable", "Provisioning of resources completed.")
        self._service("ConfigurationsReady", _RECONCILING, "Starting container.")
        starting = time.monotonic()
        self._fleet.start(self._entry, revision, instance, self._cancelled)
        self._revision(
            revision, "ContainerHealthy", f"Containers became healthy in {time.monotonic() - starting:.2f}s."
        )
        if revision.scaling.min_instance_count:
            self._revision(revision, "MinInstancesProvisioned", "All minimum instances are provisioned.")
        with self._state.lock:
            revision.reconciling = False
            revision.observed_generation = revision.generation
            self._entry.service.latest_ready_revision = revision.name
        self._revision(revision, "Ready", f"Deploying revision succeeded in {time.monotonic() - began:.2f}s.")
        self._service("ConfigurationsReady", _SUCCEEDED)

    # The routes

    def _route(self) -> None:
        entry = self._entry
        self._service("RoutesReady", _RECONCILING, "Shifting traffic.")
        with self._state.lock:
            planned = statuses(self._wanted.traffic, last(entry.service.latest_ready_revision))
            self._check_routable(planned)
            needed = {short: entry.revisions[short] for short in sorted(reachable(planned))}
            entry.wanted |= set(needed)
        for revision in needed.values():
            self._fleet.start(entry, revision, self._fleet.provision_again(revision), self._cancelled)
        if self._cancelled():
            raise DeployError("The service is being deleted.", code=Code.CANCELLED)
        with self._state.lock:
            routes = self._fleet.routes(entry, planned)
            ports = dict(entry.ports)
        published = dict(self._gateway.publish(routes, ports))
        with self._state.lock:
            entry.ports.update(published)
            service = entry.service
            service.uri = f"http://127.0.0.1:{published['']}"
            del service.urls[:]
            service.urls.append(service.uri)
            for status in planned:
                if status.tag:
                    status.uri = f"http://127.0.0.1:{published[status.tag]}"
            del service.traffic_statuses[:]
            service.traffic_statuses.extend(planned)
            service.observed_generation = self._wanted.generation
            for revision in needed.values():
                mark_active(revision, active=True)
        self._service("RoutesReady", _SUCCEEDED)
        with self._state.lock:
            entry.wanted = set(needed)
            self._end()
            self._fleet.retire_unwanted(entry)

    def _check_routable(self, planned: list[Message]) -> None:
        for status in planned:
            revision = self._entry.revisions.get(status.revision)
            if not status.revision:
                newest = self._entry.revisions.get(last(self._entry.service.latest_created_revision))
                raise (
                    _not_ready(newest) if newest is not None else DeployError("No revision is ready to serve traffic.")
                )
            if revision is None:
                raise DeployError(
                    f"Revision '{status.revision}' does not exist or is deleted. "
                    "Update all traffic to route to currently available revisions.",
                    reason=CommonReason.REVISION_FAILED,
                )
            if not is_ready(revision):
                raise _not_ready(revision)

    # The end

    def _fail(self, failure: DeployError, revision: RevisionMessage | None) -> None:
        entry = self._entry
        with self._state.lock:
            service = entry.service
            text = failure.message
            blamed = revision is not None and not is_ready(revision)
            if blamed and revision is not None:
                text = f"Revision '{last(revision.name)}' is not ready and cannot serve traffic. {failure.message}"
                revision.reconciling = False
                if failure.condition:
                    set_condition(revision.conditions, failure.condition, _FAILED, failure.message, **failure.reasons)
                set_condition(revision.conditions, "Ready", _FAILED, failure.message, **failure.reasons)
                set_condition(service.conditions, "ConfigurationsReady", _FAILED, text, **failure.reasons)
            if blamed and service.traffic_statuses:
                # What served before goes on serving: its routes are as ready as they were.
                set_condition(service.conditions, "RoutesReady", _SUCCEEDED)
            else:
                set_condition(service.conditions, "RoutesReady", _FAILED, text, reason=CommonReason.REVISION_FAILED)
            self._end(error=ApiError(failure.code, text))
            entry.wanted = reachable(service.traffic_statuses)
            self._fleet.retire_unwanted(entry)

    def _end(self, error: ApiError | None = None) -> None:
        """Write the service's last word on this job and finish its operation. Hold the lock."""
        entry, service = self._entry, self._entry.service
        if len(entry.jobs) <= 1:
            service.reconciling = False
            newest = condition_of(service.conditions, "ConfigurationsReady")
            wrong = error.message if error is not None else ""
            if not wrong and newest is not None and newest.state == _FAILED:
                wrong = newest.message  # traffic may move, but the service is not ready before its newest revision is
            if wrong:
                write_condition(
                    service.terminal_condition, "Ready", _FAILED, wrong, reason=CommonReason.REVISION_FAILED
                )
            else:
                write_condition(service.terminal_condition, "Ready", _SUCCEEDED)
        self._state.touch(entry)
        self._operations.finish(self._job.operation, response=service, error=error, metadata=service)
        self._state.keep(entry, ended=self._job)

    def _service(self, kind: str, state: int, message: str = "") -> None:
        with self._state.lock:
            set_condition(self._entry.service.conditions, kind, state, message)
            self._state.touch(self._entry)
        self._step()

    def _revision(self, revision: RevisionMessage, kind: str, message: str) -> None:
        with self._state.lock:
            set_condition(revision.conditions, kind, _SUCCEEDED, message)
            self._state.touch(self._entry)
        self._step()

    def _step(self) -> None:
        deadline = time.monotonic() + self._pause
        while (left := deadline - time.monotonic()) > 0 and not self._cancelled():
            self._closing.wait(min(left, 0.1))
        if self._closing.is_set():
            raise GoingDownError
        if self._entry.deleting:
            raise DeployError("The service is being deleted.", code=Code.CANCELLED)


def _not_ready(revision: RevisionMessage) -> DeployError:
    ready: Any = condition_of(revision.conditions, "Ready")
    said = ready.message if ready is not None and has_failed(revision) else "It has not been started."
    return DeployError(
        f"Revision '{last(revision.name)}' is not ready and cannot serve traffic. {said}",
        reason=CommonReason.REVISION_FAILED,
    )
