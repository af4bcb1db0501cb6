"""Whether the secrets that the service names exist, and whether its account may read them. No value is ever asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wizard.targets.cloud_run.api_errors import CloudError
from wizard.targets.cloud_run.api_trouble import Trouble
from wizard.targets.cloud_run.permissions import command, grant_on_secret
from wizard.targets.cloud_run.preflight_finding import Finding, Look, Verdict, not_looked_at, ok
from wizard.targets.cloud_run.preflight_rights import run_account

if TYPE_CHECKING:
    from wizard.plan.cloud_run import CloudRunTarget

_TIMEOUT = 10.0
_WHY = "An instance that cannot read its secrets does not start."
_READERS = frozenset({"roles/secretmanager.secretAccessor", "roles/secretmanager.admin", "roles/owner"})
"""Predefined roles that hold secretmanager.versions.access."""
_MANY = ("group:", "domain:", "principal", "allUsers", "allAuthenticatedUsers", "projectOwner:")
"""Members behind which the account may be, which a policy alone does not tell."""


def secrets_of(target: CloudRunTarget) -> tuple[tuple[str, str], ...]:
    """(secret, version) of every secret the plan names, each once."""
    from wizard.plan.cloud_run_secrets import secret_reference

    named = [found for text in target.secrets.values() if (found := secret_reference(text)) is not None]
    mounted = [(volume.secret, volume.version) for volume in target.volumes if volume.kind == "secret"]
    return tuple(dict.fromkeys([*((one.name, one.version) for one in named), *mounted]))


def look_at_secrets(look: Look) -> list[Finding]:
    """Two findings for each secret; none where the plan names none."""
    wanted = secrets_of(look.target)
    if not wanted:
        return []
    findings = [_exists(look, secret, version) for secret, version in wanted]
    there = {secret for (secret, _), one in zip(wanted, findings, strict=True) if one.verdict is Verdict.OK}
    try:
        account = run_account(look)
        findings += [_readable(look, secret, account) for secret in sorted(there)]
    except CloudError as error:
        findings.append(not_looked_at("Reading the secrets", error))
    return findings


def _exists(look: Look, secret: str, version: str) -> Finding:
    from google.cloud.secretmanager_v1 import SecretVersion

    name = f"Secret {secret}"
    project = look.target.project
    try:
        found = look.ask(
            lambda: look.cloud.secrets.get_secret_version(
                name=f"projects/{project}/secrets/{secret}/versions/{version}", retry=None, timeout=_TIMEOUT
            ),
            f"read whether the secret {secret} exists",
        )
    except CloudError as error:
        if error.kind is not Trouble.MISSING:
            return not_looked_at(name, error)
        return _missing(look, secret, version)
    if found.state != SecretVersion.State.ENABLED:
        return Finding(
            name,
            Verdict.WRONG,
            f"Version {version} of the secret {secret} is {found.state.name.lower()}.",
            _WHY,
            command("gcloud secrets versions enable", version, secret=secret, project=project),
        )
    return ok(name, f"Version {version} is there.")


def _missing(look: Look, secret: str, version: str) -> Finding:
    """The version is not there: neither is the secret, or only the version. Their commands read the value from the keyboard,
    so that it is in no shell history."""
    name, project = f"Secret {secret}", look.target.project
    try:
        look.ask(
            lambda: look.cloud.secrets.get_secret(
                name=f"projects/{project}/secrets/{secret}", retry=None, timeout=_TIMEOUT
            ),
            f"read the secret {secret}",
        )
    except CloudError as error:
        if error.kind is not Trouble.MISSING:
            return not_looked_at(name, error)
        fix = command("gcloud secrets create", secret, data_file="-", project=project)
        return Finding(name, Verdict.MISSING, f"There is no secret {secret}.", _WHY, fix)
    fix = command("gcloud secrets versions add", secret, data_file="-", project=project)
    return Finding(name, Verdict.MISSING, f"The secret {secret} has no version {version}.", _WHY, fix)


def _readable(look: Look, secret: str, account: str) -> Finding:
    """By the policies of the secret and the project. A folder's or organisation's are not seen, so a miss does not block."""
    name = f"Reading the secret {secret}"
    project = look.target.project
    bindings: list[Any] = []
    for client, resource in (
        (look.cloud.secrets, f"projects/{project}/secrets/{secret}"),
        (look.cloud.projects, f"projects/{project}"),
    ):
        try:
            policy = _policy(look, client, resource)
        except CloudError as error:
            return not_looked_at(name, error)
        bindings += policy.bindings
        members = {member for binding in bindings if binding.role in _READERS for member in binding.members}
        if f"serviceAccount:{account}" in members:
            return ok(name, f"{account} may read it.")
    if any(member.startswith(_MANY) for member in members) or any(not b.role.startswith("roles/") for b in bindings):
        return Finding(name, Verdict.UNKNOWN, f"Groups or roles of your own decide whether {account} may read it.")
    return Finding(
        name,
        Verdict.MISSING,
        f"{account} has no role that reads it, on the secret or on the project.",
        _WHY,
        grant_on_secret(secret, project, f"serviceAccount:{account}"),
        blocks=False,
    )


def _policy(look: Look, client: Any, resource: str) -> Any:
    return look.ask(
        lambda: client.get_iam_policy(request={"resource": resource}, retry=None, timeout=_TIMEOUT),
        f"read who may use {resource}",
    )
