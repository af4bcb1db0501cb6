"""The repository for images: its name, its address, and how it is made, against the local Artifact Registry."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from google.cloud.artifactregistry_v1 import Repository

from wizard.errors import TargetError
from wizard.events import Event, Reporter, StageProgress, silent
from wizard.plan.cloud_run import CloudRunTarget
from wizard.plan.plan import ImageSection, ModelSection, Plan, ServiceSection
from wizard.targets.cloud_run.api_errors import CloudError
from wizard.targets.cloud_run.api_trouble import Trouble
from wizard.targets.cloud_run.cloud import Cloud
from wizard.targets.cloud_run.repository import (
    RepositoryName,
    create_repository,
    find_repository,
    image_name,
    uri_of,
)
from wizard.workshop.local import LocalCloudRun, local_cloud_run

NAME = RepositoryName("demo-project", "us-central1", "sendoff")


@pytest.fixture
def local(tmp_path: Path) -> Iterator[LocalCloudRun]:
    with local_cloud_run(tmp_path) as served:
        yield served


@pytest.fixture
def cloud(local: LocalCloudRun) -> Iterator[Cloud]:
    with Cloud.local(local.address) as made:
        yield made


def plan(repository: str = "sendoff") -> Plan:
    return Plan(
        model=ModelSection(path="model.pkl", framework="scikit-learn"),
        image=ImageSection(requirements=("scikit-learn==1.5.0",)),
        service=ServiceSection(name="housing"),
        target=CloudRunTarget(kind="cloud_run", project="demo-project", repository=repository),
    )


@pytest.mark.parametrize(
    ("repository", "resource", "uri"),
    [
        ("sendoff", "projects/demo-project/locations/us-central1/repositories/sendoff",
         "us-central1-docker.pkg.dev/demo-project/sendoff"),
        ("gcr.io", "projects/demo-project/locations/us/repositories/gcr.io", "gcr.io/demo-project"),
        ("eu.gcr.io", "projects/demo-project/locations/europe/repositories/eu.gcr.io", "eu.gcr.io/demo-project"),
        ("asia.gcr.io", "projects/demo-project/locations/asia/repositories/asia.gcr.io", "asia.gcr.io/demo-project"),
    ],
)  # fmt: skip
def test_a_repository_s_names_follow_from_the_plan(repository: str, resource: str, uri: str) -> None:
    target = plan(repository).target
    assert isinstance(target, CloudRunTarget)
    name = RepositoryName.of(target)
    assert (name.resource, name.uri) == (resource, uri)


def test_the_address_is_what_artifact_registry_says_and_its_well_known_name_where_it_says_none() -> None:
    assert uri_of(Repository(registry_uri="127.0.0.1:5000/demo-project/sendoff"), NAME) == (
        "127.0.0.1:5000/demo-project/sendoff"
    )
    assert uri_of(Repository(), NAME) == "us-central1-docker.pkg.dev/demo-project/sendoff"


def test_one_that_is_not_there_is_none(cloud: Cloud) -> None:
    assert find_repository(cloud, NAME, silent()) is None


def test_it_is_made_for_docker_images_and_then_found(local: LocalCloudRun, cloud: Cloud) -> None:
    local.plane.repositories.registry = "127.0.0.1:5000"
    made = create_repository(cloud, NAME, silent())
    assert made.format_ is Repository.Format.DOCKER
    assert find_repository(cloud, NAME, silent()) == made
    assert image_name(plan(), cloud) == "127.0.0.1:5000/demo-project/sendoff/housing"


def test_making_it_twice_gives_the_one_that_is_there(cloud: Cloud) -> None:
    assert create_repository(cloud, NAME, silent()) == create_repository(cloud, NAME, silent())


def test_an_answer_lost_on_the_way_is_no_failure(local: LocalCloudRun, cloud: Cloud) -> None:
    local.faults.plant("answer-lost", method="CreateRepository")
    assert create_repository(cloud, NAME, silent()).name == NAME.resource


def test_the_image_of_a_service_without_a_repository_names_the_command_that_makes_one(cloud: Cloud) -> None:
    with pytest.raises(TargetError) as error:
        image_name(plan(), cloud)
    assert error.value.fix == f"Create it: {NAME.create_command}"


def test_a_repository_that_may_not_be_made_is_a_permission_with_its_command(local: LocalCloudRun, cloud: Cloud) -> None:
    local.faults.plant("permission-denied", permission="artifactregistry.repositories.create")
    with pytest.raises(CloudError) as error:
        create_repository(cloud, NAME, silent())
    assert error.value.kind is Trouble.PERMISSION
    assert error.value.command == (
        "gcloud projects add-iam-policy-binding demo-project --member=user:you@localhost.example"
        " --role=roles/artifactregistry.admin --condition=None"
    )


def test_progress_is_told_in_words(cloud: Cloud) -> None:
    events: list[Event] = []
    create_repository(cloud, NAME, Reporter("preflight", events.append))
    told = [event.what for event in events if isinstance(event, StageProgress)]
    assert set(told) <= {"creating the repository sendoff"}
