"""Which permissions a release needs, the narrowest usual role that holds each, and the command that grants it.

Roles as Google documents them for Cloud Run, Artifact Registry, IAM and Secret Manager, 2026-04.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence

SOMEBODY = "user:YOU@EXAMPLE.COM"
"""Stands in a command for an account that could not be known."""

ROLES = {
    "run.services.get": "roles/run.developer",
    "run.services.list": "roles/run.developer",
    "run.services.create": "roles/run.developer",
    "run.services.update": "roles/run.developer",
    "run.services.delete": "roles/run.developer",
    "run.revisions.get": "roles/run.developer",
    "run.revisions.list": "roles/run.developer",
    "run.revisions.delete": "roles/run.developer",
    "run.operations.get": "roles/run.developer",
    "run.services.getIamPolicy": "roles/run.developer",
    "run.services.setIamPolicy": "roles/run.admin",
    "run.routes.invoke": "roles/run.invoker",
    "artifactregistry.repositories.get": "roles/artifactregistry.writer",
    "artifactregistry.repositories.uploadArtifacts": "roles/artifactregistry.writer",
    "artifactregistry.repositories.downloadArtifacts": "roles/artifactregistry.reader",
    "artifactregistry.repositories.create": "roles/artifactregistry.admin",
    "artifactregistry.repositories.delete": "roles/artifactregistry.admin",
    "artifactregistry.packages.delete": "roles/artifactregistry.repoAdmin",
    "iam.serviceAccounts.actAs": "roles/iam.serviceAccountUser",
    "iam.serviceAccounts.get": "roles/iam.serviceAccountViewer",
    "iam.serviceAccounts.getAccessToken": "roles/iam.serviceAccountTokenCreator",
    "iam.serviceAccounts.getOpenIdToken": "roles/iam.serviceAccountOpenIdTokenCreator",
    "logging.logEntries.list": "roles/logging.viewer",
    "secretmanager.secrets.get": "roles/secretmanager.viewer",
    "secretmanager.versions.get": "roles/secretmanager.viewer",
    "secretmanager.versions.access": "roles/secretmanager.secretAccessor",
    "secretmanager.secrets.create": "roles/secretmanager.admin",
    "serviceusage.services.use": "roles/serviceusage.serviceUsageConsumer",
    "serviceusage.services.get": "roles/serviceusage.serviceUsageViewer",
    "serviceusage.services.list": "roles/serviceusage.serviceUsageViewer",
    "serviceusage.services.enable": "roles/serviceusage.serviceUsageAdmin",
    "resourcemanager.projects.get": "roles/browser",
    "compute.subnetworks.use": "roles/compute.networkUser",
    "compute.networks.get": "roles/compute.networkViewer",
    "compute.subnetworks.get": "roles/compute.networkViewer",
    "vpcaccess.connectors.use": "roles/vpcaccess.user",
    "vpcaccess.connectors.get": "roles/vpcaccess.user",
}
"""Permission → a predefined role that holds it and little else."""

_BY_SPELLING = {name.lower(): name for name in ROLES}
_HOLDS = {
    "roles/run.admin": ("roles/run.developer",),
    "roles/artifactregistry.writer": ("roles/artifactregistry.reader",),
    "roles/artifactregistry.admin": ("roles/artifactregistry.writer", "roles/artifactregistry.reader"),
}
"""Role → narrower ones of the table that it holds."""


def spelled(permission: str) -> str:
    """The permission as IAM spells it: some answers write it in small letters."""
    return _BY_SPELLING.get(permission.lower(), permission)


def role_for(permission: str) -> str:
    """The narrowest role of the table that holds a permission; empty where the table does not know it."""
    return ROLES.get(spelled(permission), "")


def by_role(permissions: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The fewest roles of the table that hold these permissions → which of them each is needed for."""
    wanted = dict.fromkeys(role for name in permissions if (role := role_for(name)))
    covered = {narrow for wide in wanted for narrow in _HOLDS.get(wide, ())}
    return {
        role: tuple(name for name in permissions if role_for(name) in (role, *_HOLDS.get(role, ())))
        for role in wanted
        if role not in covered
    }


def account_project(account: str, default: str) -> str:
    """The project a service account belongs to, by its e-mail; `default` for one whose e-mail does not tell."""
    name, _, domain = account.partition("@")[2].partition(".")
    return name if domain == "iam.gserviceaccount.com" else default


def grant_on_project(project: str, member: str, role: str) -> str:
    """The command that gives a member a role on the whole project."""
    return command("gcloud projects add-iam-policy-binding", project, member=member, role=role, condition="None")


def grant_on_account(account: str, project: str, member: str, role: str = "roles/iam.serviceAccountUser") -> str:
    """The command that gives a member a role on one service account."""
    return command(
        "gcloud iam service-accounts add-iam-policy-binding", account, project=project, member=member, role=role
    )


def grant_on_secret(secret: str, project: str, member: str, role: str = "roles/secretmanager.secretAccessor") -> str:
    """The command that gives a member a role on one secret."""
    return command("gcloud secrets add-iam-policy-binding", secret, project=project, member=member, role=role)


def grant_on_repository(repository: str, location: str, project: str, member: str, role: str) -> str:
    """The command that gives a member a role on one repository of Artifact Registry."""
    return command(
        "gcloud artifacts repositories add-iam-policy-binding",
        repository,
        location=location,
        project=project,
        member=member,
        role=role,
    )


def enable_apis(project: str, apis: Sequence[str]) -> str:
    """The command that switches APIs on."""
    return command("gcloud services enable", *apis, project=project)


def command(words: str, *names: str, **options: str) -> str:
    """A gcloud command with its names and options quoted for a shell; an option's underscores are dashes."""
    arguments = [
        *map(shlex.quote, names),
        *(f"--{name.replace('_', '-')}={shlex.quote(value)}" for name, value in options.items()),
    ]
    return " ".join([words, *arguments])
