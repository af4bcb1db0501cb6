"""The contract of the APIs around Cloud Run, each driven by its official client: IAM, repositories, switched-on APIs, projects,
accounts, logs, secrets."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import grpc
import httpx
import pytest
from google.api_core import exceptions
from google.cloud import (
    artifactregistry_v1,
    iam_admin_v1,
    resourcemanager_v3,
    run_v2,
    secretmanager_v1,
    service_usage_v1,
)
from google.cloud.artifactregistry_v1.services.artifact_registry.transports import ArtifactRegistryGrpcTransport
from google.cloud.iam_admin_v1.services.iam.transports import IAMGrpcTransport
from google.cloud.logging_v2.services.logging_service_v2 import LoggingServiceV2Client
from google.cloud.logging_v2.services.logging_service_v2.transports import LoggingServiceV2GrpcTransport
from google.cloud.logging_v2.types import TailLogEntriesRequest
from google.cloud.resourcemanager_v3.services.projects.transports import ProjectsGrpcTransport
from google.cloud.secretmanager_v1.services.secret_manager_service.transports import SecretManagerServiceGrpcTransport
from google.cloud.service_usage_v1.services.service_usage.transports import ServiceUsageGrpcTransport

from tests.workshop.admin import PARENT, Cloud, condition, short
from wizard.workshop.registry_process import RegistryProcess

ADA = "ada@example.com"
PROJECT = "projects/demo-project"
COMPUTE = "123456789012-compute@developer.gserviceaccount.com"


@pytest.fixture
def channel(fake: Cloud) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(fake.local.address) as channel:
        yield channel


# Artifact Registry


def test_a_repository_is_created_found_and_deleted(fake: Cloud, channel: grpc.Channel) -> None:
    client = artifactregistry_v1.ArtifactRegistryClient(transport=ArtifactRegistryGrpcTransport(channel=channel))
    name = f"{PARENT}/repositories/models"
    with pytest.raises(exceptions.NotFound):
        client.get_repository(name=name)
    docker = artifactregistry_v1.Repository(format_=artifactregistry_v1.Repository.Format.DOCKER)
    made = client.create_repository(parent=PARENT, repository_id="models", repository=docker).result()
    assert (made.name, made.registry_uri) == (name, "us-central1-docker.pkg.dev/demo-project/models")
    fake.local.plane.repositories.registry = "127.0.0.1:5000"
    assert client.get_repository(name=name).registry_uri == "127.0.0.1:5000/demo-project/models"
    with pytest.raises(exceptions.AlreadyExists):
        client.create_repository(parent=PARENT, repository_id="models", repository=docker)
    assert [each.name for each in client.list_repositories(parent=PARENT)] == [name]
    held = client.test_iam_permissions(
        request={"resource": name, "permissions": ["artifactregistry.repositories.uploadArtifacts"]}
    )
    assert held.permissions
    fake.local.plane.repositories.registry = ""
    client.delete_repository(name=name).result()
    assert list(client.list_repositories(parent=PARENT)) == []


def test_images_of_a_repository_are_those_in_the_registry_behind(
    fake: Cloud, channel: grpc.Channel, tmp_path: Path
) -> None:
    process = RegistryProcess(tmp_path / "registry")
    if not process.available:
        pytest.skip("needs docker-registry")
    fake.local.plane.repositories.registry = registry = f"127.0.0.1:{process.start()}"
    try:
        client = artifactregistry_v1.ArtifactRegistryClient(transport=ArtifactRegistryGrpcTransport(channel=channel))
        docker = artifactregistry_v1.Repository(format_=artifactregistry_v1.Repository.Format.DOCKER)
        repository = client.create_repository(parent=PARENT, repository_id="models", repository=docker).result()
        digest = pushed(registry, "demo-project/models/housing", "v1", "latest")
        pushed(registry, "demo-project/others/housing", "v1")
        (image,) = client.list_docker_images(parent=repository.name)
        assert image.uri == f"{registry}/demo-project/models/housing@{digest}"
        assert sorted(image.tags) == ["latest", "v1"]
        assert [short(each.name) for each in client.list_packages(parent=repository.name)] == ["housing"]
        client.delete_package(name=f"{repository.name}/packages/housing").result()
        assert list(client.list_docker_images(parent=repository.name)) == []
        with pytest.raises(exceptions.NotFound):
            client.delete_package(name=f"{repository.name}/packages/housing")
    finally:
        process.stop()


def pushed(registry: str, name: str, *tags: str) -> str:
    """An image of no layers under those tags; returns its digest."""
    base = f"http://{registry}/v2/{name}"
    config = b"{}"
    config_digest = f"sha256:{hashlib.sha256(config).hexdigest()}"
    upload = httpx.post(f"{base}/blobs/uploads/").headers["location"]
    httpx.put(f"{upload}&digest={config_digest}", content=config).raise_for_status()
    kind = "application/vnd.oci.image.manifest.v1+json"
    manifest = {
        "schemaVersion": 2,
        "mediaType": kind,
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json", "digest": config_digest, "size": len(config),
        },
        "layers": [],
    }  # fmt: skip
    for tag in tags:
        answer = httpx.put(
            f"{base}/manifests/{tag}", content=json.dumps(manifest).encode(), headers={"content-type": kind}
        )
        answer.raise_for_status()
    return str(answer.headers["docker-content-digest"])


# Service Usage


def test_an_api_that_is_off_refuses_calls_until_it_is_enabled(fake: Cloud, channel: grpc.Channel) -> None:
    usage = service_usage_v1.ServiceUsageClient(transport=ServiceUsageGrpcTransport(channel=channel))
    fake.local.faults.plant("api-disabled")
    names = [f"{PROJECT}/services/{api}.googleapis.com" for api in ("run", "artifactregistry")]
    found = usage.batch_get_services(request={"parent": PROJECT, "names": names}).services
    assert [each.state.name for each in found] == ["DISABLED", "ENABLED"]
    with pytest.raises(exceptions.PermissionDenied) as caught:
        fake.get()
    assert caught.value.reason == "SERVICE_DISABLED"
    assert caught.value.message.startswith(
        "Cloud Run Admin API has not been used in project 123456789012 before or it is disabled."
    )
    usage.batch_enable_services(request={"parent": PROJECT, "service_ids": ["run.googleapis.com"]}).result()
    assert usage.get_service(request={"name": names[0]}).state.name == "ENABLED"
    with pytest.raises(exceptions.NotFound):
        fake.get()


# Projects and accounts


def test_the_project_is_found_by_its_id_and_its_number(channel: grpc.Channel) -> None:
    projects = resourcemanager_v3.ProjectsClient(transport=ProjectsGrpcTransport(channel=channel))
    for name in (PROJECT, "projects/123456789012"):
        found = projects.get_project(name=name)
        assert (found.name, found.project_id) == ("projects/123456789012", "demo-project")
    asked = ["run.services.create", "resourcemanager.projects.get"]
    assert list(projects.test_iam_permissions(request={"resource": PROJECT, "permissions": asked}).permissions) == asked
    with pytest.raises(exceptions.PermissionDenied):
        projects.get_project(name="projects/other-project")


def test_the_default_account_exists_and_one_of_another_project_does_not(channel: grpc.Channel) -> None:
    iam = iam_admin_v1.IAMClient(transport=IAMGrpcTransport(channel=channel))
    assert iam.get_service_account(name=f"projects/-/serviceAccounts/{COMPUTE}").email == COMPUTE
    with pytest.raises(exceptions.NotFound):
        iam.get_service_account(name="projects/-/serviceAccounts/x@other-project.iam.gserviceaccount.com")
    held = iam.test_iam_permissions(
        request={"resource": f"projects/-/serviceAccounts/{COMPUTE}", "permissions": ["iam.serviceAccounts.actAs"]}
    )
    assert list(held.permissions) == ["iam.serviceAccounts.actAs"]


# Logging


def logging_of(channel: grpc.Channel) -> LoggingServiceV2Client:
    return LoggingServiceV2Client(transport=LoggingServiceV2GrpcTransport(channel=channel))


def test_log_entries_are_found_by_service_revision_and_time(fake: Cloud, channel: grpc.Channel) -> None:
    one = fake.deployed("one")
    fake.deployed("two")
    write = fake.local.plane.logs.writer(one.latest_ready_revision)
    write('{"severity": "WARNING", "message": "slow", "seconds": 2}')
    client = logging_of(channel)
    service = 'resource.type = "cloud_run_revision"\nresource.labels.service_name = "one"'
    first, second = client.list_log_entries(resource_names=[PROJECT], filter=service)
    assert first.text_payload.startswith("INFO:     Uvicorn running")
    assert dict(first.resource.labels)["revision_name"] == short(one.latest_ready_revision)
    assert (dict(second.json_payload), second.severity) == ({"message": "slow", "seconds": 2.0}, 400)
    later = f'{service} AND timestamp>="{second.timestamp.isoformat().replace("+00:00", "Z")}"'
    assert [each.insert_id for each in client.list_log_entries(resource_names=[PROJECT], filter=later)] == [
        second.insert_id
    ]
    backwards = client.list_log_entries(
        request={"resource_names": [PROJECT], "filter": service, "order_by": "timestamp desc", "page_size": 1}
    )
    assert [each.insert_id for each in backwards] == [second.insert_id, first.insert_id]
    severe = client.list_log_entries(resource_names=[PROJECT], filter=f"{service} AND severity>=WARNING")
    assert [each.insert_id for each in severe] == [second.insert_id]


def test_log_entries_can_be_followed(fake: Cloud, channel: grpc.Channel) -> None:
    service = fake.deployed()
    wanted = 'resource.labels.service_name="hello" AND textPayload:"needle"'
    request = TailLogEntriesRequest(resource_names=[PROJECT], filter=wanted)
    write = fake.local.plane.logs.writer(service.latest_ready_revision)
    stop = threading.Event()

    def keep_writing() -> None:
        while not stop.wait(0.05):  # the stream begins some time after the call: a line before that is not in it
            write("hay")
            write("a needle")

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        stream = logging_of(channel).tail_log_entries(iter([request]), timeout=20)
        found = next(iter(stream))
        stream.cancel()
    finally:
        stop.set()
        writer.join()
    assert {entry.text_payload for entry in found.entries} == {"a needle"}


# Secret Manager


def test_a_secret_reaches_the_container_and_nothing_else(fake: Cloud, channel: grpc.Channel) -> None:
    secrets = secretmanager_v1.SecretManagerServiceClient(transport=SecretManagerServiceGrpcTransport(channel=channel))
    secret = secrets.create_secret(parent=PROJECT, secret_id="key", secret=secretmanager_v1.Secret())
    assert secret.name == "projects/123456789012/secrets/key"
    for value in (b"first", b"second"):
        secrets.add_secret_version(parent=f"{PROJECT}/secrets/key", payload={"data": value})
    latest = secrets.get_secret_version(name=f"{PROJECT}/secrets/key/versions/latest")
    assert (short(latest.name), latest.state.name) == ("2", "ENABLED")
    service = fake.deployed(service=with_secret(fake, "1"))
    assert fake.local.runtime.environments[service.latest_ready_revision]["KEY"] == "first"  # type: ignore[attr-defined]  # fake
    assert "first" not in str(service) + str(fake.revision(service.latest_ready_revision))
    secrets.delete_secret(name=f"{PROJECT}/secrets/key")
    with pytest.raises(exceptions.NotFound):
        secrets.get_secret(name=f"{PROJECT}/secrets/key")


def with_secret(cloud: Cloud, version: str) -> run_v2.Service:
    service = cloud.service()
    source = run_v2.EnvVarSource(secret_key_ref=run_v2.SecretKeySelector(secret="key", version=version))
    service.template.containers[0].env.append(run_v2.EnvVar(name="KEY", value_source=source))
    return service


def test_a_secret_that_is_missing_fails_the_revision(fake: Cloud) -> None:
    with pytest.raises(exceptions.GoogleAPICallError, match="versions/latest was not found"):
        fake.finished(fake.create(service=with_secret(fake, "latest")))
    revision = fake.revision(fake.get().latest_created_revision)
    failed = condition(revision.conditions, "ResourcesAvailable")
    assert failed.reason == run_v2.Condition.CommonReason.SECRETS_ACCESS_CHECK_FAILED
