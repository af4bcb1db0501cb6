"""Every planted fault happens once, where it belongs, in the words of the real Cloud Run."""

from __future__ import annotations

from collections.abc import Iterator

import grpc
import pytest
from google.api_core import exceptions
from google.cloud import iam_admin_v1, run_v2, secretmanager_v1
from google.cloud.iam_admin_v1.services.iam.transports import IAMGrpcTransport
from google.cloud.logging_v2.services.logging_service_v2 import LoggingServiceV2Client
from google.cloud.logging_v2.services.logging_service_v2.transports import LoggingServiceV2GrpcTransport
from google.cloud.secretmanager_v1.services.secret_manager_service.transports import SecretManagerServiceGrpcTransport
from google.iam.v1 import policy_pb2

from tests.workshop.admin import LONG, Cloud, condition, named
from wizard.workshop.faults import Fault, Faults, WorkshopError

COMMON = run_v2.Condition.CommonReason
COMPUTE = "123456789012-compute@developer.gserviceaccount.com"
NOT_LISTENING = "The user-provided container failed to start and listen on the port defined provided by the PORT=8080"


@pytest.fixture
def channel(fake: Cloud) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(fake.local.address) as channel:
        yield channel


@pytest.mark.parametrize(
    ("fault", "reason", "said", "log"),
    [
        (Fault.IMAGE_MISSING, "CONTAINER_MISSING", "Image 'us-docker.pkg.dev/demo-project/models/good:1' not found.", ()),
        (
            Fault.IMAGE_UNREADABLE,
            "CONTAINER_PERMISSION_DENIED",
            "Google Cloud Run Service Agent service-123456789012@serverless-robot-prod.iam.gserviceaccount.com must have "
            "permission to read the image",
            (),
        ),
        (
            Fault.WRONG_ARCHITECTURE,
            "HEALTH_CHECK_CONTAINER_ERROR",
            "Application exec likely failed.",
            ("exec /usr/local/bin/python: exec format error", "terminated: Application failed to start: failed to load"),
        ),
        (
            Fault.NOT_LISTENING,
            "HEALTH_CHECK_CONTAINER_ERROR",
            NOT_LISTENING,
            ("Uvicorn running on http://0.0.0.0:5000", "Default STARTUP TCP probe failed 1 time consecutively"),
        ),
        (
            Fault.LOOPBACK_ONLY,
            "HEALTH_CHECK_CONTAINER_ERROR",
            NOT_LISTENING,
            ("Uvicorn running on http://127.0.0.1:8080", "Default STARTUP TCP probe failed 1 time consecutively"),
        ),
        (
            Fault.PROBE_TIMEOUT,
            "HEALTH_CHECK_CONTAINER_ERROR",
            NOT_LISTENING,
            ("Uvicorn running on http://0.0.0.0:8080", "Connection failed with status DEADLINE_EXCEEDED."),
        ),
        (
            Fault.OUT_OF_MEMORY,
            "HEALTH_CHECK_CONTAINER_ERROR",
            "Memory limit of 512 MiB exceeded with 522 MiB used. Consider increasing the memory limit",
            ("Memory limit of 512 MiB exceeded",),
        ),
        (
            Fault.CRASH,
            "HEALTH_CHECK_CONTAINER_ERROR",
            NOT_LISTENING,
            ("FileNotFoundError: [Errno 2] No such file or directory", "Container called exit(1)."),
        ),
        (
            Fault.MISSING_MODULE,
            "HEALTH_CHECK_CONTAINER_ERROR",
            NOT_LISTENING,
            ("ModuleNotFoundError: No module named 'pandas'", "Container called exit(1)."),
        ),
        (
            Fault.GPU_QUOTA,
            "UNKNOWN",
            "Quota exceeded for total allowable count of GPUs per project per region.",
            (),
        ),
    ],
)  # fmt: skip
def test_a_container_fails_once_with_its_reason_its_words_and_its_log(
    fake: Cloud, channel: grpc.Channel, fault: Fault, reason: str, said: str, log: tuple[str, ...]
) -> None:
    fake.local.faults.plant(fault.value)
    with pytest.raises(exceptions.GoogleAPICallError) as caught:
        fake.finished(fake.create(service=fake.service(revision="hello-1")))
    assert caught.value.message.startswith(f"Revision 'hello-1' is not ready and cannot serve traffic. {said}")
    ready = condition(fake.revision(f"{named('hello')}/revisions/hello-1").conditions, "Ready")
    assert reason in {ready.reason.name, ready.revision_reason.name}
    logging = LoggingServiceV2Client(transport=LoggingServiceV2GrpcTransport(channel=channel))
    written = "\n".join(
        each.text_payload for each in logging.list_log_entries(resource_names=["projects/demo-project"])
    )
    assert all(line in written for line in log)
    assert fake.local.faults.planted() == ()
    fake.deployed("again")


def test_a_probe_of_the_services_own_is_named_in_the_words_for_it(fake: Cloud) -> None:
    fake.local.faults.plant("not-listening")
    service = fake.service()
    service.template.containers[0].startup_probe = run_v2.Probe(
        http_get={"path": "/health"}, period_seconds=5, timeout_seconds=5, failure_threshold=48
    )
    with pytest.raises(exceptions.GoogleAPICallError, match="failed the configured startup probe checks"):
        fake.finished(fake.create(service=service))


def test_a_permission_is_denied_in_the_test_and_in_the_call(fake: Cloud) -> None:
    fake.local.faults.plant("permission-denied", 2, permission="run.services.create")
    asked = ["run.services.create", "run.services.get"]
    held = fake.clients.services("test_iam_permissions", request={"resource": named("hello"), "permissions": asked})
    assert list(held.permissions) == ["run.services.get"]
    with pytest.raises(exceptions.PermissionDenied, match=r"Permission 'run\.services\.create' denied on resource"):
        fake.create()
    fake.deployed()


def test_acting_as_the_account_is_denied_in_the_test_and_in_the_call(fake: Cloud, channel: grpc.Channel) -> None:
    fake.local.faults.plant("act-as-denied", 2)
    iam = iam_admin_v1.IAMClient(transport=IAMGrpcTransport(channel=channel))
    account = f"projects/-/serviceAccounts/{COMPUTE}"
    held = iam.test_iam_permissions(request={"resource": account, "permissions": ["iam.serviceAccounts.actAs"]})
    assert not held.permissions
    with pytest.raises(exceptions.PermissionDenied, match=r"'iam\.serviceaccounts\.actAs' denied on service account"):
        fake.create()


def test_an_organisation_policy_keeps_everybody_out_but_lets_somebody_in(fake: Cloud) -> None:
    fake.deployed()
    fake.local.faults.plant("org-policy")
    policy = policy_pb2.Policy()
    policy.bindings.add(role="roles/run.invoker", members=["user:ada@example.com"])
    fake.clients.services("set_iam_policy", request={"resource": named("hello"), "policy": policy})
    policy.bindings[0].members.append("allUsers")
    with pytest.raises(exceptions.FailedPrecondition, match="do not belong to a permitted customer"):
        fake.clients.services("set_iam_policy", request={"resource": named("hello"), "policy": policy})


def test_an_organisation_policy_forbids_a_service_already_when_it_is_only_validated(fake: Cloud) -> None:
    fake.local.faults.plant("org-policy", constraint="run.allowedIngress")
    with pytest.raises(exceptions.FailedPrecondition) as caught:
        fake.create(validate_only=True)
    assert caught.value.message.startswith("The request has violated one or more Org Policies.")
    (detail,) = caught.value.details
    assert [each.type for each in detail.violations] == ["constraints/run.allowedIngress"]


def test_a_call_that_is_unavailable_has_had_no_effect(fake: Cloud) -> None:
    fake.local.faults.plant("unavailable", method="CreateService")
    with pytest.raises(exceptions.ServiceUnavailable):
        fake.create()
    with pytest.raises(exceptions.NotFound):
        fake.get()
    fake.deployed()


def test_an_answer_that_is_lost_leaves_the_change_made(fake: Cloud) -> None:
    fake.local.faults.plant("answer-lost")
    with pytest.raises(exceptions.ServiceUnavailable):
        fake.create()
    assert fake.local.plane.settle(LONG)
    assert fake.get().uri


def test_somebody_elses_change_comes_between_reading_and_writing(fake: Cloud) -> None:
    fake.deployed()
    fake.local.faults.plant("etag-conflict")
    service = fake.get()
    service.description = "mine"
    with pytest.raises(exceptions.Aborted, match="Conflict for resource 'hello'"):
        fake.update(service)
    service = fake.get()
    assert service.last_modifier == "colleague@localhost.example"
    service.description = "mine"
    assert fake.finished(fake.update(service)).description == "mine"


def test_a_secret_is_denied_to_the_services_account(fake: Cloud, channel: grpc.Channel) -> None:
    secrets = secretmanager_v1.SecretManagerServiceClient(transport=SecretManagerServiceGrpcTransport(channel=channel))
    secrets.create_secret(parent="projects/demo-project", secret_id="key", secret=secretmanager_v1.Secret())
    secrets.add_secret_version(parent="projects/demo-project/secrets/key", payload={"data": b"hidden"})
    service = fake.service()
    source = run_v2.EnvVarSource(secret_key_ref=run_v2.SecretKeySelector(secret="key", version="latest"))
    service.template.containers[0].env.append(run_v2.EnvVar(name="KEY", value_source=source))
    fake.local.faults.plant("secret-denied")
    with pytest.raises(exceptions.GoogleAPICallError) as caught:
        fake.finished(fake.create(service=service))
    assert (
        "Permission denied on secret: projects/123456789012/secrets/key/versions/latest for Revision service account "
        f"{COMPUTE}. The service account used must be granted the 'Secret Manager Secret Accessor' role "
        "(roles/secretmanager.secretAccessor) at the secret, project or higher level."
    ) in caught.value.message
    failed = condition(fake.revision(fake.get().latest_created_revision).conditions, "ResourcesAvailable")
    assert failed.reason == COMMON.SECRETS_ACCESS_CHECK_FAILED


def test_a_deploy_that_is_never_done_goes_on_when_the_fault_is_cleared(fake: Cloud) -> None:
    fake.local.faults.plant("never-done")
    operation = fake.create()
    service = fake.service()
    service.name = named("hello")
    service.description = "second"
    second = fake.update(service)
    other = fake.deployed("other")
    assert other.uri
    assert not fake.local.plane.operations.get(operation.operation.name).done
    assert fake.get().reconciling
    fake.local.faults.clear("never-done")
    assert fake.finished(operation).uri
    assert fake.finished(second).description == "second"


def test_a_name_that_is_no_fault_is_answered_with_those_that_are() -> None:
    with pytest.raises(WorkshopError) as caught:
        Faults().plant("out-of-luck")
    assert "out-of-memory" in caught.value.fix


def test_every_fault_says_what_happens() -> None:
    sentences = [fault.about for fault in Fault]
    assert len(set(sentences)) == len(sentences)
    assert all(sentence[0].isupper() and sentence.endswith(".") for sentence in sentences)
