"""The Artifact Registry repository that images are pushed to: found, made, and the name of the service's image in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wizard.errors import TargetError
from wizard.events import Reporter, silent
from wizard.images.artifact_names import GCR, repository_name
from wizard.targets.cloud_run.api_errors import CloudError, explain, retrying
from wizard.targets.cloud_run.api_trouble import Trouble, is_api_error
from wizard.targets.cloud_run.permissions import command

if TYPE_CHECKING:
    from google.cloud.artifactregistry_v1 import Repository

    from wizard.plan.cloud_run import CloudRunTarget
    from wizard.plan.plan import Plan
    from wizard.targets.cloud_run.cloud import Cloud

_TIMEOUT = 10.0
_LONGEST = 120.0
"""Seconds a new repository may take; it usually takes five."""


@dataclass(frozen=True, slots=True)
class RepositoryName:
    """A repository, whether or not it exists."""

    project: str
    location: str
    id: str

    @classmethod
    def of(cls, target: CloudRunTarget) -> RepositoryName:
        return cls(target.project, GCR.get(target.repository, target.region), target.repository)

    @property
    def parent(self) -> str:
        return f"projects/{self.project}/locations/{self.location}"

    @property
    def resource(self) -> str:
        return f"{self.parent}/repositories/{self.id}"

    @property
    def uri(self) -> str:
        """Where it is pushed to at Google, as its name alone tells: host/PROJECT[/REPOSITORY]."""
        return repository_name(self.location, self.project, self.id)

    @property
    def create_command(self) -> str:
        return command(
            "gcloud artifacts repositories create",
            self.id,
            repository_format="docker",
            location=self.location,
            project=self.project,
        )


def find_repository(cloud: Cloud, name: RepositoryName, reporter: Reporter) -> Repository | None:
    """The repository as Artifact Registry has it; None where there is none. Raises CloudError, CancelledError."""
    try:
        return retrying(
            lambda: cloud.artifacts.get_repository(name=name.resource, retry=None, timeout=_TIMEOUT),
            reporter,
            f"read the repository {name.id}",
            safe=True,
            member=cloud.member,
            project=name.project,
        )
    except CloudError as error:
        if error.kind is Trouble.MISSING:
            return None
        raise


def create_repository(cloud: Cloud, name: RepositoryName, reporter: Reporter) -> Repository:
    """Make it, for Docker images, and wait for it. One made by somebody else meanwhile will do.

    Raises TargetError, CancelledError.
    """
    from google.cloud.artifactregistry_v1 import Repository

    doing = f"create the repository {name.id}"
    wanted = Repository(
        format_=Repository.Format.DOCKER, description="Images of prediction services", labels={"managed-by": "sendoff"}
    )
    reporter.log(f"Creating the repository {name.uri}.")
    try:
        operation = retrying(
            lambda: cloud.artifacts.create_repository(
                parent=name.parent, repository=wanted, repository_id=name.id, retry=None, timeout=_TIMEOUT
            ),
            reporter,
            doing,
            safe=True,
            member=cloud.member,
            project=name.project,
        )
        _wait(operation, name, reporter, doing)
    except CloudError as error:
        if error.kind is not Trouble.EXISTS:
            raise
    found = find_repository(cloud, name, reporter)
    if found is None:
        raise TargetError(
            f"The repository {name.id} was created and is not there.",
            "Somebody may have deleted it meanwhile.",
            f"Run the same command again, or create it yourself: {name.create_command}",
        )
    return found


def uri_of(repository: Repository, name: RepositoryName) -> str:
    """Where to push: host/PROJECT/REPOSITORY."""
    return str(repository.registry_uri) or name.uri


def image_name(plan: Plan, cloud: Cloud) -> str:
    """HOST/PROJECT/REPOSITORY/SERVICE, without a tag: the service's image. Raises TargetError where there is no repository."""
    from wizard.targets.cloud_run.desired import cloud_run_target

    name = RepositoryName.of(cloud_run_target(plan))
    found = find_repository(cloud, name, silent())
    if found is None:
        raise TargetError(
            f"There is no repository {name.id} for the image.",
            f"Artifact Registry has none of that name in {name.location}.",
            f"Create it: {name.create_command}",
        )
    return f"{uri_of(found, name)}/{plan.service.name}"


def _wait(operation: Any, name: RepositoryName, reporter: Reporter, doing: str) -> None:
    """Until the operation has ended. `operation` is google.api_core's, which has no types."""
    waited, pause = 0.0, 0.2
    while not retrying(lambda: operation.done(retry=None), reporter, doing, safe=True, project=name.project):
        if waited >= _LONGEST:
            raise TargetError(
                f"The repository {name.id} is not ready after {_LONGEST:.0f} s.",
                "Artifact Registry is still at work on it.",
                "Run the same command again in a minute.",
            )
        reporter.progress(waited, unit="seconds", what=f"creating the repository {name.id}")
        if reporter.cancel.wait(pause):
            reporter.check()
        waited, pause = waited + pause, min(1.0, pause * 1.5)
    error = operation.exception(timeout=0)
    if error is not None:
        raise explain(error, doing, project=name.project) if is_api_error(error) else error
