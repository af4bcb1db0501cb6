"""What you may do in the project, and whether you may let a service run as its account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.targets.cloud_run.api_errors import CloudError
from wizard.targets.cloud_run.api_trouble import Trouble
from wizard.targets.cloud_run.permissions import (
    account_project,
    by_role,
    command,
    grant_on_account,
    grant_on_project,
    grant_on_repository,
    role_for,
)
from wizard.targets.cloud_run.preflight_finding import Finding, Look, Verdict, not_looked_at, ok
from wizard.targets.cloud_run.repository import RepositoryName

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wizard.plan.cloud_run import CloudRunTarget

_TIMEOUT = 10.0
_RUN = (
    "run.services.get",
    "run.services.create",
    "run.services.update",
    "run.services.getIamPolicy",
    "run.revisions.get",
    "run.revisions.list",
    "run.operations.get",
)
_UPLOAD = ("artifactregistry.repositories.uploadArtifacts", "artifactregistry.repositories.downloadArtifacts")
_CREATE_REPOSITORY = "artifactregistry.repositories.create"
_SET_POLICY = "run.services.setIamPolicy"
_OF_A_SERVICE = ("run.services.get", "run.services.update", "run.services.getIamPolicy", _SET_POLICY)
"""Those that can be had for a single service."""
_READ_LOGS = "logging.logEntries.list"
_ACT_AS = "iam.serviceAccounts.actAs"


def needed_rights(target: CloudRunTarget, *, create_repository: bool) -> tuple[str, ...]:
    """The permissions a release of this target needs on the project. Who may call is only changed where the plan says so."""
    opens = target.access != "private" or target.invokers
    repository = (_CREATE_REPOSITORY,) if create_repository else ()
    return (*_RUN, *((_SET_POLICY,) if opens else ()), *_UPLOAD, *repository)


def look_at_rights(look: Look, repository_missing: bool) -> list[Finding]:
    """One finding for each role that is missing, or one that says that all permissions are there."""
    needed = needed_rights(look.target, create_repository=repository_missing and look.create_repository)
    place, cloud = look.cloud.place, look.cloud
    held = _held(look, (*needed, _READ_LOGS), "projects", place.project_name)
    lacking = [name for name in needed if name not in held]
    # A role may also have been given for one service or one repository only.
    if of_service := [name for name in lacking if name in _OF_A_SERVICE]:
        held |= _held_or_none(look, of_service, "services", place.service(look.plan.service.name))
    if not repository_missing and not held.issuperset(_UPLOAD):
        held |= _held_or_none(look, _UPLOAD, "artifacts", RepositoryName.of(look.target).resource)
    lacking = [name for name in needed if name not in held]
    if lacking and not held:
        return [_nothing(look, lacking)]
    findings = [
        _missing(look, role, names, on_repository=not repository_missing) for role, names in by_role(lacking).items()
    ]
    if not findings:
        findings.append(ok("Permissions", f"{cloud.principal or 'Your account'} may do all that a release does."))
    if _READ_LOGS not in held:
        findings.append(
            Finding(
                "Permissions",
                Verdict.MISSING,
                f"{_READ_LOGS} is missing.",
                "Without it Sendoff cannot show what the container writes, nor why it failed.",
                grant_on_project(look.target.project, look.member, role_for(_READ_LOGS)),
                blocks=False,
            )
        )
    return findings


def _nothing(look: Look, lacking: list[str]) -> Finding:
    """Not one permission: as likely as a stranger is a slip in the project's name."""
    project = look.target.project
    return Finding(
        "Permissions",
        Verdict.MISSING,
        f"You have no permission in the project {project}, or there is no such project.",
        "A release cannot be made without.",
        " && ".join(grant_on_project(project, look.member, role) for role in by_role(lacking)),
    )


def _missing(look: Look, role: str, lacking: tuple[str, ...], *, on_repository: bool) -> Finding:
    if on_repository and set(lacking) <= set(_UPLOAD):
        name = RepositoryName.of(look.target)
        fix = grant_on_repository(name.id, name.location, name.project, look.member, role)
    else:
        fix = grant_on_project(look.target.project, look.member, role)
    why = (
        "The plan says who may call the service." if lacking == (_SET_POLICY,) else "A release cannot be made without."
    )
    are = "are" if len(lacking) > 1 else "is"
    return Finding("Permissions", Verdict.MISSING, f"{', '.join(lacking)} {are} missing.", why, fix)


def look_at_run_account(look: Look) -> list[Finding]:
    """Whether the account the service will run as exists, and whether you may let a service run as it."""
    account = run_account(look)
    return [_exists(look, account), _act_as(look, account)]


def run_account(look: Look) -> str:
    """E-mail of the account the service will run as. Raises CloudError where only the project could tell, and may not be read."""
    if look.target.service_account:
        return look.target.service_account
    project = look.ask(
        lambda: look.cloud.projects.get_project(name=look.cloud.place.project_name, retry=None, timeout=_TIMEOUT),
        f"read the project {look.target.project}",
    )
    return f"{project.name.rpartition('/')[2]}-compute@developer.gserviceaccount.com"


def _exists(look: Look, account: str) -> Finding:
    name = "Account of the service"
    try:
        found = look.ask(
            lambda: look.cloud.accounts.get_service_account(
                name=_resource(look, account), retry=None, timeout=_TIMEOUT
            ),
            f"read the service account {account}",
        )
    except CloudError as error:
        if error.kind is not Trouble.MISSING:
            return not_looked_at(name, error)
        why = "A service runs as a service account."
        if not look.target.service_account:
            fix = (
                "Name an account of your own as target.service_account in sendoff.yaml, after creating it: "
                + command("gcloud iam service-accounts create", look.plan.service.name, project=look.target.project)
            )
            return Finding(name, Verdict.MISSING, f"The project has no default compute account {account}.", why, fix)
        project = account_project(account, look.target.project)
        fix = command("gcloud iam service-accounts create", account.partition("@")[0], project=project)
        return Finding(name, Verdict.MISSING, f"There is no service account {account}.", why, fix)
    if found.disabled:
        fix = command("gcloud iam service-accounts enable", account)
        return Finding(name, Verdict.WRONG, f"{account} is switched off.", "A service runs as it.", fix)
    return ok(name, f"{account} is there.")


def _act_as(look: Look, account: str) -> Finding:
    name = "Acting as that account"
    try:
        held = _held(look, [_ACT_AS], "accounts", _resource(look, account))
    except CloudError as error:
        return not_looked_at(name, error)
    if _ACT_AS in held:
        return ok(name, f"You may let a service run as {account}.")
    return Finding(
        name,
        Verdict.MISSING,
        f"{_ACT_AS} on {account} is missing.",
        "Whoever releases a service could do through it what its account may do.",
        grant_on_account(account, account_project(account, look.target.project), look.member),
    )


def _resource(look: Look, account: str) -> str:
    return f"projects/{account_project(account, look.target.project)}/serviceAccounts/{account}"


def _held(look: Look, permissions: Iterable[str], client: str, resource: str) -> set[str]:
    """Which of the permissions you have on a resource, asked of the client that knows it."""
    asked = {"resource": resource, "permissions": list(permissions)}
    answer = look.ask(
        lambda: getattr(look.cloud, client).test_iam_permissions(request=asked, retry=None, timeout=_TIMEOUT),
        f"read your permissions on {resource}",
    )
    return set(answer.permissions)


def _held_or_none(look: Look, permissions: Iterable[str], client: str, resource: str) -> set[str]:
    """The same; none where the resource does not exist or may not be asked."""
    try:
        return _held(look, permissions, client, resource)
    except CloudError:
        return set()
