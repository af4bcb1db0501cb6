"""The contract of IAM: who may call a service, who may change it, and who says so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc
import httpx
import pytest
from google.api_core import exceptions
from google.cloud import resourcemanager_v3, run_v2
from google.cloud.resourcemanager_v3.services.projects.transports import ProjectsGrpcTransport
from google.cloud.run_v2.services.services.transports import ServicesGrpcTransport
from google.iam.v1 import policy_pb2

from tests.workshop.admin import PARENT, Cloud, named

ADA = "ada@example.com"
PROJECT = "projects/demo-project"
COMPUTE = "123456789012-compute@developer.gserviceaccount.com"


@pytest.fixture
def channel(fake: Cloud) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(fake.local.address) as channel:
        yield channel


class _Bearer(grpc.UnaryUnaryClientInterceptor):  # type: ignore[misc]  # grpc has no types
    def __init__(self, token: str) -> None:
        self._token = token

    def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
        metadata = [*(details.metadata or ()), ("authorization", f"Bearer {self._token}")]
        return continuation(details._replace(metadata=metadata), request)


def services_as(cloud: Cloud, email: str) -> run_v2.ServicesClient:
    """The services' client of another principal."""
    channel = grpc.intercept_channel(
        grpc.insecure_channel(cloud.local.address), _Bearer(cloud.local.authority.mint_access(email))
    )
    return run_v2.ServicesClient(transport=ServicesGrpcTransport(channel=channel))


def grant(policy: policy_pb2.Policy, role: str, member: str) -> policy_pb2.Policy:
    policy.bindings.add(role=role, members=[member])
    return policy


def test_a_service_is_private_until_a_binding_opens_it(fake: Cloud) -> None:
    service = fake.deployed()
    assert httpx.get(service.uri).status_code == 403
    client = fake.clients
    policy = client.services("get_iam_policy", request={"resource": service.name})
    assert not policy.bindings
    policy = client.services(
        "set_iam_policy", request={"resource": service.name, "policy": grant(policy, "roles/run.invoker", "allUsers")}
    )
    assert httpx.get(service.uri).status_code == 200
    assert [(each.role, list(each.members)) for each in policy.bindings] == [("roles/run.invoker", ["allUsers"])]


def test_the_invoker_check_can_be_switched_off_instead(fake: Cloud) -> None:
    service = fake.service()
    service.invoker_iam_disabled = True
    assert httpx.get(fake.deployed(service=service).uri).status_code == 200


def test_a_named_caller_needs_a_binding_of_their_own(fake: Cloud) -> None:
    service = fake.deployed()
    headers = {"Authorization": f"Bearer {fake.local.authority.mint_identity(ADA, service.uri)}"}
    assert httpx.get(service.uri, headers=headers).status_code == 403
    policy = fake.clients.services("get_iam_policy", request={"resource": service.name})
    fake.clients.services(
        "set_iam_policy",
        request={"resource": service.name, "policy": grant(policy, "roles/run.invoker", f"user:{ADA}")},
    )
    assert httpx.get(service.uri, headers=headers).status_code == 200


def test_a_policy_written_from_an_older_reading_is_refused(fake: Cloud) -> None:
    fake.deployed()
    old = fake.clients.services("get_iam_policy", request={"resource": named("hello")})
    fake.clients.services("set_iam_policy", request={"resource": named("hello"), "policy": old})
    with pytest.raises(exceptions.Aborted, match=r"There were concurrent policy changes\."):
        fake.clients.services("set_iam_policy", request={"resource": named("hello"), "policy": old})


def test_a_policy_with_an_unknown_kind_of_member_is_refused(fake: Cloud) -> None:
    fake.deployed()
    policy = grant(policy_pb2.Policy(), "roles/run.invoker", "ada")
    with pytest.raises(exceptions.InvalidArgument, match=r"The member ada is of an unknown type\."):
        fake.clients.services("set_iam_policy", request={"resource": named("hello"), "policy": policy})


def test_a_stranger_may_do_what_their_roles_say_and_no_more(fake: Cloud, channel: grpc.Channel) -> None:
    fake.deployed()
    ada = services_as(fake, ADA)
    with pytest.raises(exceptions.PermissionDenied, match=r"Permission 'run\.services\.get' denied on resource"):
        ada.get_service(name=named("hello"))
    projects = resourcemanager_v3.ProjectsClient(transport=ProjectsGrpcTransport(channel=channel))
    policy = projects.get_iam_policy(request={"resource": PROJECT})
    projects.set_iam_policy(request={"resource": PROJECT, "policy": grant(policy, "roles/run.viewer", f"user:{ADA}")})
    assert ada.get_service(name=named("hello")).name == named("hello")
    asked = ["run.services.get", "run.services.update", "run.services.setIamPolicy"]
    held = ada.test_iam_permissions(request={"resource": named("hello"), "permissions": asked}).permissions
    assert list(held) == ["run.services.get"]
    with pytest.raises(exceptions.PermissionDenied, match=r"run\.services\.delete"):
        ada.delete_service(name=named("hello"))


def test_who_deploys_must_be_allowed_to_act_as_the_account(fake: Cloud, channel: grpc.Channel) -> None:
    projects = resourcemanager_v3.ProjectsClient(transport=ProjectsGrpcTransport(channel=channel))
    policy = grant(projects.get_iam_policy(request={"resource": PROJECT}), "roles/run.developer", f"user:{ADA}")
    projects.set_iam_policy(request={"resource": PROJECT, "policy": policy})
    with pytest.raises(exceptions.PermissionDenied) as caught:
        services_as(fake, ADA).create_service(parent=PARENT, service_id="hello", service=fake.service())
    assert caught.value.message == (
        f"Permission 'iam.serviceaccounts.actAs' denied on service account {COMPUTE} (or it may not exist)."
    )


def test_to_switch_the_invoker_check_off_takes_the_right_to_write_the_policy(
    fake: Cloud, channel: grpc.Channel
) -> None:
    fake.deployed()
    projects = resourcemanager_v3.ProjectsClient(transport=ProjectsGrpcTransport(channel=channel))
    policy = grant(projects.get_iam_policy(request={"resource": PROJECT}), "roles/run.developer", f"user:{ADA}")
    policy = grant(policy, "roles/iam.serviceAccountUser", f"user:{ADA}")
    projects.set_iam_policy(request={"resource": PROJECT, "policy": policy})
    ada = services_as(fake, ADA)
    service = fake.get()
    service.invoker_iam_disabled = True
    with pytest.raises(exceptions.PermissionDenied, match=r"run\.services\.setIamPolicy"):
        ada.update_service(service=service)
    fresh = fake.service()
    fresh.invoker_iam_disabled = True
    with pytest.raises(exceptions.PermissionDenied, match=r"run\.services\.setIamPolicy"):
        ada.create_service(parent=PARENT, service_id="other", service=fresh)
    fake.finished(fake.update(service))
    service = fake.get()  # open already: changing something else opens nothing
    service.description = "open"
    assert fake.finished(ada.update_service(service=service)).description == "open"


def test_a_question_after_a_permission_that_there_is_not_is_a_mistake(fake: Cloud) -> None:
    fake.deployed()
    with pytest.raises(exceptions.InvalidArgument, match=r"Permission run\.services\.deploy is not valid"):
        fake.clients.services(
            "test_iam_permissions", request={"resource": named("hello"), "permissions": ["run.services.deploy"]}
        )


def test_a_binding_with_a_condition_is_not_taken_for_one_without(fake: Cloud) -> None:
    service = fake.deployed()
    policy = policy_pb2.Policy(version=3)
    policy.bindings.add(role="roles/run.invoker", members=["allUsers"]).condition.expression = "false"
    with pytest.raises(exceptions.MethodNotImplemented, match="conditions"):
        fake.clients.services("set_iam_policy", request={"resource": service.name, "policy": policy})
    assert httpx.get(service.uri).status_code == 403


def test_a_token_of_somebody_else_is_no_token(fake: Cloud) -> None:
    channel = grpc.intercept_channel(grpc.insecure_channel(fake.local.address), _Bearer("ya29.made-up"))
    stranger = run_v2.ServicesClient(transport=ServicesGrpcTransport(channel=channel))
    with pytest.raises(exceptions.Unauthenticated, match="invalid authentication credentials"):
        stranger.get_service(name=named("hello"))


def test_another_project_is_none_of_ours(fake: Cloud) -> None:
    with pytest.raises(exceptions.PermissionDenied, match="or resource may not exist"):
        fake.clients.listed("services", "list_services", parent="projects/other-project/locations/us-central1")
