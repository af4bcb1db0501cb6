"""The calls of google.cloud.run.v2.Services: what is accepted, and what it changes."""

from __future__ import annotations

import uuid
from typing import Any

from google.cloud import run_v2
from google.rpc import error_details_pb2

from wizard.workshop.api_error import ApiError, Code, Violation, violated
from wizard.workshop.defaults import fill_in
from wizard.workshop.deploying import begin_conditions
from wizard.workshop.faults import Fault, Faults
from wizard.workshop.merging import OUTPUT_ONLY, merged
from wizard.workshop.messages import (
    OperationMessage,
    PolicyMessage,
    RevisionMessage,
    ServiceMessage,
    copied,
    fingerprint,
    is_ready,
    new_etag,
    now,
)
from wizard.workshop.operations import Operations
from wizard.workshop.paging import page
from wizard.workshop.place import Place
from wizard.workshop.policies import Policies
from wizard.workshop.quotas import Quotas
from wizard.workshop.reconciler import Reconciler
from wizard.workshop.resource_names import last, location, service_parts
from wizard.workshop.revisions import is_same, make_revision
from wizard.workshop.state import Entry, Job, State, Task
from wizard.workshop.validation import check_gpu_quota, check_service, check_service_id

SOMEBODY_ELSE = "colleague@localhost.example"
"""Who makes the change of the fault etag-conflict."""


class Services:
    """Thread-safe. Every call takes the raw request and the caller's address, and answers with a raw message."""

    def __init__(
        self,
        state: State,
        operations: Operations,
        reconciler: Reconciler,
        policies: Policies,
        faults: Faults,
        quotas: Quotas,
        place: Place,
    ) -> None:
        self._state = state
        self._operations = operations
        self._reconciler = reconciler
        self._policies = policies
        self._faults = faults
        self._quotas = quotas
        self._place = place

    def get(self, request: Any, caller: str) -> ServiceMessage:
        self._policies.require(caller, "run.services.get", request.name)
        with self._state.lock:
            return copied(self._state.find(request.name).service)

    def list(self, request: Any, caller: str) -> Any:
        """Newest first."""
        if location(request.parent).region == "-":
            raise ApiError(
                Code.INVALID_ARGUMENT,
                "Location must be a valid Google Cloud region, and cannot be the '-' wildcard.",
            )
        self._policies.require(caller, "run.services.list", request.parent)
        with self._state.lock:
            found = [
                entry.service
                for name, entry in self._state.entries.items()
                if name.startswith(f"{request.parent}/services/")
            ]
            found.sort(key=lambda service: -service.create_time.ToNanoseconds())
            shown, token = page(found, request.page_size, request.page_token)
            return run_v2.ListServicesResponse.pb()(services=shown, next_page_token=token)

    def create(self, request: Any, caller: str) -> OperationMessage:
        location(request.parent)
        if request.service.name:
            raise violated(
                "CreateServiceRequest", [Violation("service.name", "must be empty; give service_id instead")]
            )
        self._policies.require(caller, "run.services.create", request.parent)
        return self._create(
            "CreateServiceRequest", request.parent, request.service_id, request.service, request.validate_only, caller
        )

    def update(self, request: Any, caller: str) -> OperationMessage:
        parent, service_id = service_parts(request.service.name)
        with self._state.lock:
            entry = self._state.entries.get(request.service.name)
            if entry is None and request.allow_missing:
                self._policies.require(caller, "run.services.create", parent)
                return self._create(
                    "UpdateServiceRequest", parent, service_id, request.service, request.validate_only, caller
                )
            self._policies.require(caller, "run.services.update", request.service.name)
            entry = self._state.find(request.service.name)
            self._check_etag(entry, request.service.etag)
            _check_not_deleting(entry)
            wanted = merged(entry.service, request.service, list(request.update_mask.paths))
            check_service("UpdateServiceRequest", service_id, wanted, self._quotas)
            fill_in(wanted, self._quotas, self._place.default_account, entry.service)
            check_gpu_quota(wanted, self._quotas)
            wanted.etag = entry.service.etag
            if not entry.service.invoker_iam_disabled:
                self._check_may_open(wanted, caller)
            if fingerprint(wanted) != fingerprint(entry.service):
                wanted.generation = entry.service.generation + 1
            wanted.last_modifier = caller
            revision = None
            if fingerprint(wanted.template) != fingerprint(entry.service.template):
                self._check_deployable(wanted, caller)
                revision = self._revision_for(entry, wanted, caller)
            if request.validate_only:
                return self._operations.done(parent, wanted)
            entry.service = wanted
            return self._accept(entry, parent, revision)

    def delete(self, request: Any, caller: str) -> OperationMessage:
        parent, _ = service_parts(request.name)
        self._policies.require(caller, "run.services.delete", request.name)
        with self._state.lock:
            entry = self._state.find(request.name)
            self._check_etag(entry, request.etag)
            _check_not_deleting(entry)
            if request.validate_only:
                return self._operations.done(parent, entry.service)
            entry.service.reconciling = True
            entry.service.delete_time.CopyFrom(now())
            entry.service.expire_time.seconds = entry.service.delete_time.seconds + 30 * 86400
            self._state.touch(entry)
            operation = self._operations.begin(parent, entry.service, request.name)
            self._reconciler.enqueue(entry, Job(operation.name, request.name, Task.DELETE))
            return operation

    def get_policy(self, request: Any, caller: str) -> PolicyMessage:
        self._policies.require(caller, "run.services.getIamPolicy", request.resource)
        self._check_exists(request.resource)
        return self._policies.get(request.resource)

    def set_policy(self, request: Any, caller: str) -> PolicyMessage:
        self._policies.require(caller, "run.services.setIamPolicy", request.resource)
        self._check_exists(request.resource)
        return self._policies.set(request.resource, request.policy)

    def test_permissions(self, request: Any, caller: str) -> Any:
        return self._policies.test(caller, request.resource, request.permissions)

    def _create(
        self, request_name: str, parent: str, service_id: str, given: ServiceMessage, validate_only: bool, caller: str
    ) -> OperationMessage:
        check_service_id(request_name, service_id)
        service = copied(given)
        for field in (*OUTPUT_ONLY, "etag"):
            service.ClearField(field)
        service.name = f"{parent}/services/{service_id}"
        check_service(request_name, service_id, service, self._quotas)
        fill_in(service, self._quotas, self._place.default_account)
        check_gpu_quota(service, self._quotas)
        self._check_may_open(service, caller)
        self._check_deployable(service, caller)
        with self._state.lock:
            if service.name in self._state.entries:
                raise ApiError(Code.ALREADY_EXISTS, f"Resource '{service_id}' already exists.")
            self._check_room(parent)
            service.uid = str(uuid.uuid4())
            service.generation = 1
            service.create_time.CopyFrom(now())
            service.update_time.CopyFrom(service.create_time)
            service.creator = service.last_modifier = caller
            if validate_only:
                return self._operations.done(parent, service)
            entry = self._state.entries[service.name] = Entry(service)
            return self._accept(entry, parent, make_revision(service, caller, self._place))

    def _revision_for(self, entry: Entry, wanted: ServiceMessage, caller: str) -> RevisionMessage:
        """A new revision of the wanted template, or the one of that name where it came up and is the same in everything."""
        made = make_revision(wanted, caller, self._place)
        before = entry.revisions.get(last(made.name))
        if before is None:
            return made
        if not is_ready(before) or not is_same(before, made):
            raise ApiError(
                Code.ALREADY_EXISTS,
                f"Revision named '{last(made.name)}' with different configuration already exists.",
            )
        wanted.latest_ready_revision = before.name
        return before

    def _accept(self, entry: Entry, parent: str, revision: RevisionMessage | None) -> OperationMessage:
        """Write the change down and have it made true. Hold the lock."""
        service = entry.service
        if revision is not None:
            entry.revisions[last(revision.name)] = revision
            service.latest_created_revision = revision.name
        desired = service.SerializeToString()
        begin_conditions(service, new_revision=revision is not None and not is_ready(revision))
        self._state.touch(entry)
        operation = self._operations.begin(parent, service, service.name)
        short = last(revision.name) if revision is not None else ""
        self._reconciler.enqueue(entry, Job(operation.name, service.name, Task.DEPLOY, short, desired))
        return operation

    def _check_exists(self, name: str) -> None:
        with self._state.lock:
            self._state.find(name)

    def _check_room(self, parent: str) -> None:
        if sum(name.startswith(f"{parent}/services/") for name in self._state.entries) >= self._quotas.services:
            raise ApiError(
                Code.RESOURCE_EXHAUSTED,
                f"Quota exceeded for total allowable count of services per project per region: {self._quotas.services}.",
            )

    def _check_may_open(self, service: ServiceMessage, caller: str) -> None:
        """To switch the invoker check off is to let everybody in: whoever may not write the policy may not do that either."""
        if service.invoker_iam_disabled:
            self._policies.require(caller, "run.services.setIamPolicy", service.name)

    def _check_deployable(self, service: ServiceMessage, caller: str) -> None:
        """Whether the caller may act as the service's account, and no organisation policy forbids the service."""
        self._policies.require_act_as(caller, service.template.service_account, self._place.project)
        forbidden = next(
            (
                each
                for each in self._faults.planted()
                if each.fault is Fault.ORG_POLICY and "constraint" in each.details
            ),
            None,
        )
        if forbidden is None or not self._faults.take(Fault.ORG_POLICY, constraint=forbidden.details["constraint"]):
            return
        constraint = "constraints/" + forbidden.details["constraint"].removeprefix("constraints/")
        detail = error_details_pb2.PreconditionFailure()
        detail.violations.add(
            type=constraint,
            subject=f"orgpolicy:projects/{self._place.project}",
            description=f"Constraint {constraint} violated for project {self._place.project}.",
        )
        raise ApiError(
            Code.FAILED_PRECONDITION,
            "The request has violated one or more Org Policies. Please refer to the respective violations for more "
            "information.",
            details=[detail],
        )

    def _check_etag(self, entry: Entry, etag: str) -> None:
        if not etag:
            return
        if self._faults.take(Fault.ETAG_CONFLICT):
            entry.service.last_modifier = SOMEBODY_ELSE
            entry.service.generation += 1
            entry.service.etag = new_etag()
            self._state.keep(entry)
        if etag != entry.service.etag:
            raise ApiError(
                Code.ABORTED,
                f"Conflict for resource '{last(entry.service.name)}': version '{etag.strip(chr(34))}' was specified but "
                f"current version is '{entry.service.etag.strip(chr(34))}'.",
            )


def _check_not_deleting(entry: Entry) -> None:
    if entry.deleting:
        raise ApiError(
            Code.FAILED_PRECONDITION,
            f"Resource '{last(entry.service.name)}' is being deleted; wait until that is done.",
        )
