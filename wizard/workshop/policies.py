"""IAM: who may do what with which resource."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any

from google.iam.v1 import iam_policy_pb2, policy_pb2

from wizard.workshop.api_error import ApiError, Code
from wizard.workshop.faults import Fault, Faults
from wizard.workshop.messages import PolicyMessage, copied
from wizard.workshop.persistence import Shelf
from wizard.workshop.resource_names import project_of
from wizard.workshop.roles import PERMISSIONS, ROLES
from wizard.workshop.state import State
from wizard.workshop.tokens import OWNER

_KINDS = ("user:", "serviceAccount:", "group:", "domain:", "principal://", "principalSet://")
_EVERYBODY = ("allUsers", "allAuthenticatedUsers")


class Policies:
    """The policy of each resource by its full name, and that of the project above them. Thread-safe."""

    def __init__(self, state: State, faults: Faults, projects: tuple[str, ...]) -> None:
        """`projects`: the ids and numbers that exist."""
        self._state = state
        self._faults = faults
        self._projects = projects
        self._policies: dict[str, PolicyMessage] = {
            name: policy_pb2.Policy.FromString(data) for name, data in state.shelf.rows("policy")
        }

    @property
    def _shelf(self) -> Shelf:
        return self._state.shelf

    def get(self, resource: str) -> PolicyMessage:
        with self._state.lock:
            policy = copied(self._policies.get(resource) or policy_pb2.Policy())
        policy.etag = policy.etag or b"\x00\x20\x01"
        return policy

    def set(self, resource: str, policy: PolicyMessage) -> PolicyMessage:
        """Replace the policy. Raises ApiError ABORTED where somebody else was quicker."""
        for binding in policy.bindings:
            if binding.role not in ROLES:
                raise ApiError(Code.INVALID_ARGUMENT, f"Role {binding.role} is not supported for this resource.")
            if binding.HasField("condition"):
                raise ApiError(Code.UNIMPLEMENTED, "The local Cloud Run does not weigh conditions of bindings.")
            for member in binding.members:
                if member not in _EVERYBODY and not member.startswith(_KINDS):
                    raise ApiError(
                        Code.INVALID_ARGUMENT,
                        f"The member {member} is of an unknown type. Please set a valid type prefix for the member.",
                    )
        members = {member for binding in policy.bindings for member in binding.members}
        if members & set(_EVERYBODY) and self._faults.take(Fault.ORG_POLICY, constraint=""):
            raise ApiError(
                Code.FAILED_PRECONDITION,
                "One or more users named in the policy do not belong to a permitted customer, "
                "perhaps due to an organization policy.",
            )
        with self._state.lock:
            if policy.etag and policy.etag != self.get(resource).etag:
                raise ApiError(
                    Code.ABORTED,
                    "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.",
                )
            kept = copied(policy)
            kept.version = max(1, policy.version)
            kept.etag = os.urandom(8)
            self._policies[resource] = kept
            self._shelf.put("policy", resource, kept.SerializeToString())
            return copied(kept)

    def forget(self, resource: str) -> None:
        with self._state.lock:
            if self._policies.pop(resource, None) is not None:
                self._shelf.remove("policy", resource)

    def test(self, caller: str, resource: str, permissions: Iterable[str]) -> Any:
        """Those that the caller has, as TestIamPermissionsResponse. Raises ApiError for one that there is not."""
        permissions = tuple(permissions)
        unknown = next((each for each in permissions if each not in PERMISSIONS), None)
        if unknown is not None:
            raise ApiError(Code.INVALID_ARGUMENT, f"Permission {unknown} is not valid for this resource.")
        held = [each for each in permissions if self._has(caller, each, resource)]
        return iam_policy_pb2.TestIamPermissionsResponse(permissions=held)

    def require(self, caller: str, permission: str, resource: str) -> None:
        """Raises ApiError PERMISSION_DENIED where the caller lacks it, or the project is none of ours."""
        if not self._has(caller, permission, resource):
            raise ApiError(
                Code.PERMISSION_DENIED,
                f"Permission '{permission}' denied on resource '{resource}' (or resource may not exist).",
            )

    def require_act_as(self, caller: str, account: str, project: str) -> None:
        """Raises ApiError where the caller may not deploy as that account."""
        if not self._has(caller, "iam.serviceAccounts.actAs", f"projects/{project}/serviceAccounts/{account}"):
            raise ApiError(
                Code.PERMISSION_DENIED,
                f"Permission 'iam.serviceaccounts.actAs' denied on service account {account} (or it may not exist).",
            )

    def may_invoke(self, service: str, email: str | None) -> bool:
        """Whether that caller, or anybody (None), may call the service."""
        with self._state.lock:
            entry = self._state.entries.get(service)
            if entry is not None and entry.service.invoker_iam_disabled:
                return True
            return self._granted(email, "run.routes.invoke", service)

    def _has(self, caller: str, permission: str, resource: str) -> bool:
        if project_of(resource) not in self._projects:
            return False
        if permission == "iam.serviceAccounts.actAs" and self._faults.take(Fault.ACT_AS_DENIED):
            return False
        if self._faults.take(Fault.PERMISSION_DENIED, permission=permission):
            return False
        with self._state.lock:
            return self._granted(caller, permission, resource)

    def _granted(self, email: str | None, permission: str, resource: str) -> bool:
        if email == OWNER:
            return True
        names = {"allUsers"}
        if email is not None:
            names |= {"allAuthenticatedUsers", f"user:{email}", f"serviceAccount:{email}"}
            names.add(f"domain:{email.rpartition('@')[2]}")
        return any(
            permission in ROLES.get(binding.role, ()) and not names.isdisjoint(binding.members)
            for binding in self._bindings(resource)
        )

    def _bindings(self, resource: str) -> Iterator[Any]:
        for name in (resource, f"projects/{project_of(resource)}"):
            policy = self._policies.get(name)
            if policy is not None:
                yield from policy.bindings
