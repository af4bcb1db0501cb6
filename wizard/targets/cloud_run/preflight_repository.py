"""Whether the repository for the image is there and takes images; made where the person agreed to that."""

from __future__ import annotations

from wizard.targets.cloud_run.api_errors import CloudError
from wizard.targets.cloud_run.preflight_finding import REPOSITORY, Finding, Look, Verdict, not_looked_at, ok
from wizard.targets.cloud_run.repository import RepositoryName, create_repository, find_repository, uri_of


def look_at_repository(look: Look) -> Finding:
    """One finding. A missing repository is made on consent."""
    from google.cloud.artifactregistry_v1 import Repository

    name = RepositoryName.of(look.target)
    made = ""
    try:
        found = find_repository(look.cloud, name, look.reporter)
    except CloudError as error:
        return not_looked_at(REPOSITORY, error)
    if found is None and look.create_repository:
        try:
            found, made = create_repository(look.cloud, name, look.reporter), " It was made just now."
        except CloudError as error:
            return Finding(
                REPOSITORY, Verdict.MISSING, f"{error.what} {error.why}", "The image is pushed to it.", error.fix
            )
    if found is None:
        return Finding(
            REPOSITORY,
            Verdict.MISSING,
            f"There is no repository {name.id} in {name.location}.",
            "The image is pushed to it. `sendoff up --yes` makes it for you.",
            name.create_command,
        )
    if found.format_ not in {Repository.Format.DOCKER, Repository.Format.FORMAT_UNSPECIFIED}:
        return _unfit(look, name, f"{name.id} holds {found.format_.name}, not Docker images.")
    if found.mode not in {Repository.Mode.STANDARD_REPOSITORY, Repository.Mode.MODE_UNSPECIFIED}:
        kind = found.mode.name.removesuffix("_REPOSITORY").lower()
        return _unfit(look, name, f"{name.id} is a {kind} repository, to which nothing can be pushed.")
    uri = uri_of(found, name)
    return ok(REPOSITORY, f"The image goes to {uri}.{made}", uri)


def _unfit(look: Look, name: RepositoryName, found: str) -> Finding:
    other = RepositoryName(name.project, look.target.region, f"{look.plan.service.name}-images"[:63])
    return Finding(
        REPOSITORY,
        Verdict.WRONG,
        found,
        "The image is pushed to it.",
        f"Set target.repository to {other.id} in sendoff.yaml, after creating that: {other.create_command}",
    )
