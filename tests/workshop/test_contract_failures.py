"""The contract of deploys that fail: which condition, which reason, which words, what is in the log, what goes on serving."""

from __future__ import annotations

import grpc
import httpx
import pytest
from google.api_core import exceptions
from google.cloud import run_v2
from google.cloud.logging_v2.services.logging_service_v2 import LoggingServiceV2Client
from google.cloud.logging_v2.services.logging_service_v2.transports import LoggingServiceV2GrpcTransport

from tests.workshop.admin import FAILED, RECONCILING, SUCCEEDED, Cloud, condition, named, short, states

COMMON = run_v2.Condition.CommonReason
REVISION = run_v2.Condition.RevisionReason
NOT_READY = "Revision 'hello-1' is not ready and cannot serve traffic. "
NOT_LISTENING = (
    "The user-provided container failed to start and listen on the port defined provided by the PORT=8080 environment "
    "variable within the allocated timeout."
)


def log_of(cloud: Cloud, service: str) -> list[str]:
    """The text of what Cloud Logging has of a service."""
    with grpc.insecure_channel(cloud.local.address) as channel:
        client = LoggingServiceV2Client(transport=LoggingServiceV2GrpcTransport(channel=channel))
        entries = client.list_log_entries(
            resource_names=["projects/demo-project"],
            filter=f'resource.type="cloud_run_revision" AND resource.labels.service_name="{service}"',
        )
        return [entry.text_payload for entry in entries]


@pytest.mark.parametrize(
    ("mood", "failed", "said", "log"),
    [
        ("not-listening", "ContainerHealthy", NOT_LISTENING, "STARTUP TCP probe failed"),
        ("loopback-only", "ContainerHealthy", NOT_LISTENING, "STARTUP TCP probe failed"),
        ("crash", "ContainerHealthy", NOT_LISTENING, "Container called exit("),
        ("out-of-memory", "ContainerHealthy", "Memory limit of ", "Memory limit of "),
        ("image-missing", "ContainerReady", "Image '", "' not found."),
    ],
)
def test_the_cause_is_in_the_conditions_the_operation_and_the_log(
    cloud: Cloud, mood: str, failed: str, said: str, log: str
) -> None:
    operation = cloud.create(service=cloud.service(mood, revision="hello-1"))
    with pytest.raises(exceptions.GoogleAPICallError) as caught:
        cloud.finished(operation)
    assert caught.value.message.startswith(NOT_READY + said)
    service = cloud.get()
    assert not service.reconciling
    ready, configured, routed = (
        service.terminal_condition,
        condition(service.conditions, "ConfigurationsReady"),
        condition(service.conditions, "RoutesReady"),
    )
    assert {ready.state, configured.state, routed.state} == {FAILED}
    assert ready.reason == routed.reason == COMMON.REVISION_FAILED
    assert ready.message == configured.message == caught.value.message
    revision = cloud.revision(service.latest_created_revision)
    cause = condition(revision.conditions, failed)
    assert cause.state == states(revision.conditions)["Ready"] == FAILED
    assert cause.message.startswith(said)
    if mood == "image-missing":
        assert cause.reason == configured.reason == COMMON.CONTAINER_MISSING
        assert states(revision.conditions)["ContainerHealthy"] == RECONCILING
    else:
        assert cause.revision_reason == configured.revision_reason == REVISION.HEALTH_CHECK_CONTAINER_ERROR
        assert states(revision.conditions)["ContainerReady"] == SUCCEEDED
    assert any(log in line for line in log_of(cloud, "hello"))
    assert (service.uri, service.latest_ready_revision, service.observed_generation) == ("", "", 0)


def test_what_served_before_goes_on_serving(cloud: Cloud) -> None:
    before = cloud.deployed()
    broken = cloud.service("crash")
    broken.name = named("hello")
    with pytest.raises(exceptions.GoogleAPICallError):
        cloud.finished(cloud.update(broken))
    after = cloud.get()
    assert after.terminal_condition.state == FAILED
    assert states(after.conditions) == {"ConfigurationsReady": FAILED, "RoutesReady": SUCCEEDED}
    assert after.latest_ready_revision == before.latest_ready_revision != after.latest_created_revision
    assert (after.generation, after.observed_generation) == (2, 1)
    assert [each.revision for each in after.traffic_statuses] == [short(before.latest_ready_revision)]
    token = cloud.local.authority.mint_identity("you@localhost.example", after.uri)
    assert httpx.get(after.uri, headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_traffic_can_still_be_set_after_a_failed_deploy_though_the_service_stays_unready(cloud: Cloud) -> None:
    before = cloud.deployed()
    broken = cloud.service("crash")
    broken.name = named("hello")
    with pytest.raises(exceptions.GoogleAPICallError):
        cloud.finished(cloud.update(broken))
    after = cloud.routed("hello", (before.latest_ready_revision, 100, "stable"))
    assert [(each.percent, each.tag) for each in after.traffic_statuses] == [(100, "stable")]
    assert states(after.conditions) == {"ConfigurationsReady": FAILED, "RoutesReady": SUCCEEDED}
    newest = condition(after.conditions, "ConfigurationsReady")
    assert (after.terminal_condition.state, after.terminal_condition.message) == (FAILED, newest.message)
    assert after.observed_generation == after.generation == 3


def test_going_back_to_a_revision_that_came_up_makes_the_service_ready_again(fake: Cloud) -> None:
    good = fake.service(revision="hello-good")
    good.template.containers[0].image = f"us-docker.pkg.dev/demo-project/models/good@sha256:{'ab' * 32}"
    fake.deployed(service=good)
    broken = fake.service("crash", revision="hello-bad")
    broken.name = good.name = named("hello")
    with pytest.raises(exceptions.GoogleAPICallError):
        fake.finished(fake.update(broken))
    after = fake.finished(fake.update(good))
    assert states(after.conditions) == {"ConfigurationsReady": SUCCEEDED, "RoutesReady": SUCCEEDED}
    assert after.terminal_condition.state == SUCCEEDED
    assert len(fake.revisions()) == 2


def test_the_lines_a_container_writes_are_in_the_log_before_it_is_up_or_gives_up(cloud: Cloud) -> None:
    with pytest.raises(exceptions.GoogleAPICallError):
        cloud.finished(cloud.create(service=cloud.service("crash")))
    lines = log_of(cloud, "hello")
    assert any(line in ("I will not serve", "    MODEL = load_model()") for line in lines)
    assert lines[-1].startswith("Container called exit(")
