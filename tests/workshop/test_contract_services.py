"""The contract of Cloud Run's services, driven by the official client: creating, changing, listing, deleting."""

from __future__ import annotations

import httpx
import pytest
from google.api_core import exceptions
from google.cloud import run_v2
from google.longrunning import operations_pb2

from tests.workshop.admin import (
    FAILED,
    LATEST,
    PARENT,
    RECONCILING,
    SUCCEEDED,
    Cloud,
    condition,
    named,
    short,
    states,
    traffic,
)
from wizard.workshop.state import Entry

OWNER = "you@localhost.example"


def test_a_service_comes_up_and_answers_at_its_url(cloud: Cloud) -> None:
    service = cloud.deployed()
    assert (service.name, service.creator, service.generation, service.observed_generation) == (
        named("hello"), OWNER, 1, 1
    )  # fmt: skip
    assert not service.reconciling
    assert service.terminal_condition.type_ == "Ready"
    assert service.terminal_condition.state == SUCCEEDED
    assert states(service.conditions) == {"RoutesReady": SUCCEEDED, "ConfigurationsReady": SUCCEEDED}
    assert service.latest_ready_revision == service.latest_created_revision
    assert short(service.latest_ready_revision).startswith("hello-00001-")
    assert [(each.type_, each.percent, each.revision) for each in service.traffic_statuses] == [
        (LATEST, 100, short(service.latest_ready_revision))
    ]
    assert list(service.urls) == [service.uri]
    token = cloud.local.authority.mint_identity(OWNER, service.uri)
    answer = httpx.get(service.uri, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert short(service.latest_ready_revision) in answer.text


def test_its_revision_tells_of_every_step(cloud: Cloud) -> None:
    service = cloud.deployed()
    revision = cloud.revision(service.latest_ready_revision)
    assert states(revision.conditions) == dict.fromkeys(
        ("Ready", "ResourcesAvailable", "ContainerReady", "ContainerHealthy", "Active"), SUCCEEDED
    )
    assert not revision.reconciling
    assert revision.observed_generation == revision.generation == 1
    assert (revision.service, revision.max_instance_request_concurrency) == ("hello", 80)
    order = [
        condition(revision.conditions, kind).last_transition_time.timestamp()
        for kind in ("ContainerReady", "ResourcesAvailable", "ContainerHealthy", "Ready", "Active")
    ]
    assert order == sorted(order)


def test_what_was_not_said_is_filled_in(cloud: Cloud) -> None:
    service = cloud.finished(
        cloud.create(service=run_v2.Service(template=run_v2.RevisionTemplate(
            containers=[run_v2.Container(image="us-docker.pkg.dev/p/r/i")])), validate_only=True)
    )  # fmt: skip
    (container,) = service.template.containers
    assert dict(container.resources.limits) == {"cpu": "1000m", "memory": "512Mi"}
    assert (container.resources.cpu_idle, container.resources.startup_cpu_boost) == (True, True)
    assert [(port.name, port.container_port) for port in container.ports] == [("http1", 8080)]
    probe = container.startup_probe
    assert (probe.tcp_socket.port, probe.period_seconds, probe.timeout_seconds, probe.failure_threshold) == (
        8080, 240, 240, 1
    )  # fmt: skip
    assert service.template.timeout.seconds == 300
    assert service.template.service_account == "123456789012-compute@developer.gserviceaccount.com"
    assert service.template.max_instance_request_concurrency == 80
    assert service.template.scaling.max_instance_count == 20  # what 20 vCPU of quota allow
    assert service.ingress == run_v2.IngressTraffic.INGRESS_TRAFFIC_ALL
    assert [(each.type_, each.percent) for each in service.traffic] == [(LATEST, 100)]


def test_a_call_that_only_validates_changes_nothing(cloud: Cloud) -> None:
    operation = cloud.create(validate_only=True)
    assert cloud.finished(operation).name == named("hello")
    with pytest.raises(exceptions.NotFound):
        cloud.get()


def test_the_operation_shows_the_service_as_it_is_now(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    plane, told = cloud.local.plane, []
    touch = plane.services._state.touch

    def look(entry: Entry) -> None:
        """At every change, what somebody would see who asked just then."""
        touch(entry)
        for live in plane.operations.list(operations_pb2.ListOperationsRequest(name=PARENT)).operations:
            shown = run_v2.Service.pb().FromString(live.metadata.value)
            told.append({each.type_: (each.state, each.message) for each in shown.conditions})

    monkeypatch.setattr(plane.services._state, "touch", look)
    operation = cloud.create()
    assert isinstance(operation.metadata, run_v2.Service)
    cloud.finished(operation)
    messages = [each["ConfigurationsReady"][1] for each in told if "ConfigurationsReady" in each]
    assert [each for number, each in enumerate(messages) if each not in messages[:number]] == [
        "Deploying revision.", "Importing container image.", "Provisioning resources.", "Starting container.", ""
    ]  # fmt: skip
    configured = next(number for number, each in enumerate(told) if each["ConfigurationsReady"][0] == SUCCEEDED)
    assert all(each["RoutesReady"][0] == RECONCILING for each in told[:configured])
    assert told[-1]["RoutesReady"] == (SUCCEEDED, "")


def test_a_name_that_is_taken_is_refused(cloud: Cloud) -> None:
    cloud.deployed()
    with pytest.raises(exceptions.AlreadyExists, match=r"Resource 'hello' already exists\."):
        cloud.create()


def test_what_is_not_there_is_said_with_its_place(cloud: Cloud) -> None:
    with pytest.raises(exceptions.NotFound) as caught:
        cloud.get("nope")
    assert caught.value.message == (
        "Resource 'nope' of kind 'SERVICE' in region 'us-central1' in project 'demo-project' does not exist."
    )


def test_every_wrong_field_is_named_at_once(cloud: Cloud) -> None:
    service = run_v2.Service(
        template=run_v2.RevisionTemplate(
            timeout={"seconds": 4000},
            containers=[run_v2.Container(image="", env=[run_v2.EnvVar(name="PORT", value="1")])],
        )
    )
    with pytest.raises(exceptions.InvalidArgument) as caught:
        cloud.create(service=service)
    violations = caught.value.details[0].field_violations
    assert [each.field for each in violations] == [
        "service.template.timeout", "service.template.containers[0].image", "service.template.containers[0].env"
    ]  # fmt: skip
    assert (
        "Violation in CreateServiceRequest.service.template.containers[0].image: must be a container image path in the "
        "form [hostname/]repo-path[:tag and/or @digest]"
    ) in caught.value.message
    assert "The following reserved env names were provided: PORT." in caught.value.message


def test_more_than_the_quota_is_refused_in_the_real_words(cloud: Cloud) -> None:
    service = cloud.service(scaling=run_v2.RevisionScaling(max_instance_count=40))
    service.template.containers[0].resources.limits["cpu"] = "2"
    service.template.containers[0].resources.limits["memory"] = "1Gi"
    with pytest.raises(exceptions.InvalidArgument) as caught:
        cloud.create(service=service)
    assert "Max instances must be set to 10 or fewer to set the requested total CPU." in caught.value.message
    assert "Quota violated:\nCpuAllocPerProjectRegion requested: 80000 allowed: 20000" in caught.value.message


def test_an_update_of_the_template_makes_a_revision_and_moves_the_traffic(cloud: Cloud) -> None:
    before = cloud.deployed()
    service = cloud.get()
    service.template.containers[0].env.append(run_v2.EnvVar(name="LEVEL", value="2"))
    after = cloud.finished(cloud.update(service, "template"))
    assert after.generation == after.observed_generation == 2
    assert short(after.latest_ready_revision).startswith("hello-00002-")
    assert [each.revision for each in after.traffic_statuses] == [short(after.latest_ready_revision)]
    assert after.uri == before.uri
    assert [revision.name for revision in cloud.revisions()] == [
        after.latest_ready_revision, before.latest_ready_revision
    ]  # fmt: skip


def test_without_a_mask_the_request_is_the_whole_new_state(cloud: Cloud) -> None:
    service = cloud.service()
    service.description, service.labels = "first", {"team": "a"}
    cloud.deployed(service=service)
    replaced = cloud.service()
    replaced.name = named("hello")
    after = cloud.finished(cloud.update(replaced))
    assert (after.description, dict(after.labels)) == ("", {})
    assert after.creator == OWNER
    assert len(cloud.revisions()) == 1  # the template stayed as it was


def test_with_a_mask_only_what_it_names_changes(cloud: Cloud) -> None:
    service = cloud.service()
    service.description = "first"
    cloud.deployed(service=service)
    after = cloud.finished(
        cloud.update(run_v2.Service(name=named("hello"), description="x", labels={"team": "b"}), "labels")
    )
    assert (after.description, dict(after.labels)) == ("first", {"team": "b"})


@pytest.mark.parametrize(("path", "said"), [("uri", "output only"), ("nonsense", "nonsense")])
def test_a_mask_of_what_cannot_be_written_is_refused(cloud: Cloud, path: str, said: str) -> None:
    cloud.deployed()
    with pytest.raises(exceptions.InvalidArgument, match=said):
        cloud.update(run_v2.Service(name=named("hello")), path)


def test_an_update_may_create_what_is_missing(cloud: Cloud) -> None:
    service = cloud.service()
    service.name = named("fresh")
    with pytest.raises(exceptions.NotFound):
        cloud.update(service)
    after = cloud.finished(cloud.update(service, allow_missing=True))
    assert (after.name, after.generation) == (named("fresh"), 1)


def test_an_update_from_an_older_reading_is_refused(cloud: Cloud) -> None:
    cloud.deployed()
    mine, theirs = cloud.get(), cloud.get()
    theirs.description = "theirs"
    cloud.finished(cloud.update(theirs))
    mine.description = "mine"
    with pytest.raises(exceptions.Aborted, match=r"Conflict for resource 'hello': version '.+' was specified"):
        cloud.update(mine)
    assert cloud.get().description == "theirs"


def test_a_revision_is_called_what_the_template_says(cloud: Cloud) -> None:
    service = cloud.service(revision="hello-abc123")
    after = cloud.deployed(service=service)
    assert short(after.latest_ready_revision) == "hello-abc123"
    after.template.containers[0].env.append(run_v2.EnvVar(name="LEVEL", value="2"))
    with pytest.raises(
        exceptions.AlreadyExists,
        match=r"Revision named 'hello-abc123' with different configuration already exists\.",
    ):
        cloud.update(after)
    after.template.revision = "other-1"
    with pytest.raises(exceptions.InvalidArgument, match="must be prefixed by the service name"):
        cloud.update(after)


def test_going_back_to_a_template_goes_back_to_its_revision(cloud: Cloud) -> None:
    service = cloud.service(revision="hello-one")
    service.template.containers[0].image = cloud.deployed("other").template.containers[0].image
    first = cloud.deployed(service=service)
    digest = cloud.revision(first.latest_ready_revision).containers[0].image
    service.name, service.template.containers[0].image = named("hello"), digest
    service.template.revision = "hello-two"
    cloud.finished(cloud.update(service))
    service.template.revision = "hello-three"
    service.template.containers[0].env.append(run_v2.EnvVar(name="LEVEL", value="3"))
    cloud.finished(cloud.update(service))
    service.template.revision = "hello-two"
    del service.template.containers[0].env[-1]
    back = cloud.finished(cloud.update(service))
    assert short(back.latest_ready_revision) == short(back.latest_created_revision) == "hello-two"
    assert [each.revision for each in back.traffic_statuses] == ["hello-two"]
    assert [short(each.name) for each in cloud.revisions()] == ["hello-three", "hello-two", "hello-one"]


def test_services_are_listed_newest_first_in_pages(cloud: Cloud) -> None:
    for name in ("one", "two", "three"):
        cloud.deployed(name)
    request = run_v2.ListServicesRequest(parent=PARENT, page_size=2)
    listed = cloud.clients.listed("services", "list_services", request=request)
    assert [short(each.name) for each in listed] == ["three", "two", "one"]
    with pytest.raises(exceptions.InvalidArgument, match="wildcard"):
        cloud.clients.listed("services", "list_services", parent="projects/demo-project/locations/-")


def test_a_deleted_service_is_gone_with_its_revisions_and_its_address(cloud: Cloud) -> None:
    service = cloud.deployed()
    gone = cloud.finished(cloud.clients.services("delete_service", name=service.name))
    assert gone.name == service.name
    assert gone.delete_time
    with pytest.raises(exceptions.NotFound):
        cloud.get()
    with pytest.raises(exceptions.NotFound):
        cloud.revision(service.latest_ready_revision)
    with pytest.raises(httpx.ConnectError):
        httpx.get(service.uri)
    assert cloud.deployed().generation == 1  # its name is free again


def test_a_delete_ends_a_deploy_that_is_under_way(cloud: Cloud) -> None:
    cloud.local.faults.plant("never-done")
    stuck = cloud.create()
    cloud.finished(cloud.clients.services("delete_service", name=named("hello")))
    with pytest.raises(exceptions.GoogleAPICallError, match="deleted before"):
        cloud.finished(stuck)


def test_updates_of_one_service_are_made_one_after_the_other_and_none_is_lost(cloud: Cloud) -> None:
    cloud.deployed()
    cloud.local.faults.plant("slow", seconds=0.1)
    operations = []
    for level in ("2", "3", "4"):
        service = cloud.service()
        service.name = named("hello")
        service.template.containers[0].env.append(run_v2.EnvVar(name="LEVEL", value=level))
        operations.append(cloud.update(service))
    generations = [cloud.finished(operation).observed_generation for operation in operations]
    assert generations == [2, 3, 4]
    service = cloud.get()
    assert not service.reconciling
    assert short(service.traffic_statuses[0].revision).startswith("hello-00004-")
    assert all(states(revision.conditions)["Ready"] == SUCCEEDED for revision in cloud.revisions())


def test_a_failed_first_deploy_leaves_the_service_and_is_mended_by_an_update(cloud: Cloud) -> None:
    with pytest.raises(exceptions.GoogleAPICallError):
        cloud.finished(cloud.create(service=cloud.service("image-missing", revision="hello-1")))
    left = cloud.get()
    assert (left.uri, left.latest_ready_revision, left.observed_generation) == ("", "", 0)
    assert short(left.latest_created_revision) == "hello-1"
    assert states(cloud.revision(left.latest_created_revision).conditions)["Ready"] == FAILED
    better = cloud.service(revision="hello-2")
    better.name = named("hello")
    better.traffic = traffic(("hello-2", 100, ""))
    after = cloud.finished(cloud.update(better))
    assert [each.revision for each in after.traffic_statuses] == ["hello-2"]
    assert after.uri
