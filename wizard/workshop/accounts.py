"""Resource Manager's project and IAM's service accounts: the few calls about who and where one is."""

from __future__ import annotations

import zlib
from typing import Any

from google.cloud import iam_admin_v1, resourcemanager_v3

from wizard.workshop.api_error import ApiError, Code
from wizard.workshop.messages import Message, PolicyMessage
from wizard.workshop.place import Place
from wizard.workshop.policies import Policies
from wizard.workshop.resource_names import last

_Project: Any = resourcemanager_v3.Project.pb()
_Account: Any = iam_admin_v1.ServiceAccount.pb()


class Projects:
    """google.cloud.resourcemanager.v3.Projects, with one project."""

    def __init__(self, policies: Policies, place: Place) -> None:
        self._policies = policies
        self._place = place

    def get(self, request: Any, caller: str) -> Message:
        self._policies.require(caller, "resourcemanager.projects.get", self._own(request.name))
        return self._project()

    def search(self, _request: Any, caller: str) -> Message:
        held = self._policies.test(
            caller, f"projects/{self._place.project}", ["resourcemanager.projects.get"]
        ).permissions
        return resourcemanager_v3.SearchProjectsResponse.pb()(projects=[self._project()] if held else [])

    def get_policy(self, request: Any, caller: str) -> PolicyMessage:
        name = self._own(request.resource)
        self._policies.require(caller, "resourcemanager.projects.getIamPolicy", name)
        return self._policies.get(name)

    def set_policy(self, request: Any, caller: str) -> PolicyMessage:
        name = self._own(request.resource)
        self._policies.require(caller, "resourcemanager.projects.setIamPolicy", name)
        return self._policies.set(name, request.policy)

    def test_permissions(self, request: Any, caller: str) -> Message:
        return self._policies.test(caller, self._own(request.resource), request.permissions)

    def _own(self, name: str) -> str:
        """By id, however it was named; another project's name stays what it is."""
        return f"projects/{self._place.project}" if last(name) == self._place.project_number else name

    def _project(self) -> Message:
        return _Project(
            name=f"projects/{self._place.project_number}",
            project_id=self._place.project,
            display_name=self._place.project,
            state=int(resourcemanager_v3.Project.State.ACTIVE),
        )


class Accounts:
    """google.iam.admin.v1.IAM: every well-formed account of the project exists, until it is planted that one does not."""

    def __init__(self, policies: Policies, place: Place) -> None:
        self._policies = policies
        self._place = place

    def get(self, request: Any, caller: str) -> Message:
        email = last(request.name)
        name = f"projects/{self._place.project}/serviceAccounts/{email}"
        self._policies.require(caller, "iam.serviceAccounts.get", name)
        if email != self._place.default_account and not email.endswith(
            f"@{self._place.project}.iam.gserviceaccount.com"
        ):
            raise ApiError(Code.NOT_FOUND, f"Unknown service account: {email}.")
        return _Account(
            name=name, project_id=self._place.project, email=email, unique_id=str(zlib.crc32(email.encode()))
        )

    def get_policy(self, request: Any, caller: str) -> PolicyMessage:
        name = self._own(request.resource)
        self._policies.require(caller, "iam.serviceAccounts.getIamPolicy", name)
        return self._policies.get(name)

    def test_permissions(self, request: Any, caller: str) -> Message:
        return self._policies.test(caller, self._own(request.resource), request.permissions)

    def _own(self, resource: str) -> str:
        """`-` stands for the account's own project."""
        return f"projects/{self._place.project}/serviceAccounts/{last(resource)}"
