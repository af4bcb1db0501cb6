"""Environment variables and secrets of a service on Cloud Run: names of secrets, never their values.

Sources: Secret Manager's and the Admin API's references; reserved names from Cloud Run's container contract. November 2026.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from wizard.plan.cloud_run import CloudRunTarget, SecretVolume
from wizard.plan.names import VARIABLE
from wizard.plan.plan import Plan
from wizard.plan.problem import Problem
from wizard.plan.secrecy import looks_random, looks_secret

_REFERENCE = re.compile(r"([A-Za-z0-9_-]{1,255})(?::(latest|[1-9]\d{0,9}|[A-Za-z][A-Za-z0-9_-]{0,62}))?")
_RESOURCE = re.compile(r"projects/[^/]+/secrets/([A-Za-z0-9_-]{1,255})(?:/versions/([A-Za-z0-9_-]{1,63}))?")
_RESERVED = re.compile(r"PORT|HOST|PATH|PYTHONPATH|K_(?:SERVICE|REVISION|CONFIGURATION|SINK)|CLOUD_RUN_.*|X_GOOGLE_.*")
_MOST_VARIABLES = 1000
_LONGEST = 32768


@dataclass(frozen=True, slots=True)
class SecretReference:
    """A version of a secret in the target's project: its name in Secret Manager, and a number, an alias or `latest`."""

    name: str
    version: str = "latest"


def secret_reference(text: str) -> SecretReference | None:
    """What SECRET or SECRET:VERSION refers to; None where it is no such reference."""
    match = _REFERENCE.fullmatch(text)
    return SecretReference(match[1], match[2] or "latest") if match is not None else None


def secret_problems(plan: Plan, target: CloudRunTarget) -> Iterator[Problem]:
    """What is wrong with variables and secrets. No value of a secret or variable is repeated in a message."""
    env = plan.service.env
    if len(env) + len(target.secrets) > _MOST_VARIABLES:
        yield Problem(
            "service.env",
            f"service.env and target.secrets have {len(env) + len(target.secrets)} entries together.",
            f"Cloud Run takes {_MOST_VARIABLES}.",
            "Put what is data into a file beside the model.",
        )
    for name, value in env.items():
        if len(name) > _LONGEST or len(value) > _LONGEST:
            yield Problem(
                "service.env",
                f"service.env.{name[:60]} is too long.",
                f"Cloud Run takes {_LONGEST:,} characters.",
                "Put it into a file beside the model.",
            )
        if _RESERVED.fullmatch(name) and name not in {"PORT", "HOST", "PATH", "PYTHONPATH"}:
            yield _reserved("service.env", name)
    for name, text in target.secrets.items():
        yield from _secret(name, text)
        if name in env:
            yield Problem(
                "target.secrets",
                f"{name} is in service.env and in target.secrets.",
                "A variable has one value, and a secret must not be in service.env.",
                f"Remove {name} from service.env; if its value there is the secret, issue a new one.",
            )
    for number, volume in enumerate(target.volumes):
        if isinstance(volume, SecretVolume):
            yield from _volume(f"target.volumes.{number}", volume)


def _secret(name: str, text: str) -> Iterator[Problem]:
    if not VARIABLE.fullmatch(name):
        yield Problem(
            "target.secrets",
            f"{name[:60]!r} is no name for an environment variable.",
            "Letters, digits and underscores, not starting with a digit.",
            "Rename it.",
        )
    elif _RESERVED.fullmatch(name):
        yield _reserved("target.secrets", name)
    yield from _reference(f"target.secrets.{name[:60]}", "target.secrets", text, _suggested(name))


def _volume(path: str, volume: SecretVolume) -> Iterator[Problem]:
    yield from _reference(f"{path}.secret", f"{path}.secret", volume.secret, "my-secret", version=False)
    if looks_secret(volume.version) or _REFERENCE.fullmatch(f"s:{volume.version}") is None:
        yield Problem(
            f"{path}.version",
            f"{path}.version is no version of a secret.",
            "It is a number, an alias or latest.",
            "The nearest right value is latest.",
            "latest",
        )
    if not re.fullmatch(r"[\w-][\w.-]{0,254}", volume.file, re.ASCII):
        nearest = re.sub(r"[^\w.-]+", "_", volume.file.rpartition("/")[2], flags=re.ASCII).lstrip(".")[:255] or "value"
        yield Problem(
            f"{path}.file",
            f"{path}.file is no name of a file.",
            f"It is the file's name inside {volume.path}, without a folder.",
            f"The nearest right value is {nearest}." if not looks_secret(nearest) else "For example value.",
            nearest if not looks_secret(nearest) else "value",
        )


def _reference(what: str, field: str, text: str, suggested: str, version: bool = True) -> Iterator[Problem]:
    """The problem with a reference. What is not certainly one is never repeated: it may be the secret itself."""
    form = "SECRET or SECRET:VERSION" if version else "SECRET"
    resource = _RESOURCE.fullmatch(text)
    if resource is not None and not looks_secret(text):
        nearest = f"{resource[1]}:{resource[2]}" if resource[2] and version else resource[1]
        yield Problem(
            field,
            f"{what} is a whole resource name.",
            f"It is written {form}: a secret of the target's own project.",
            f"The nearest right value is {nearest}.",
            nearest,
        )
    elif looks_secret(text) or looks_random(text):
        yield Problem(
            field,
            f"{what} looks like a secret itself.",
            "It is the name the secret has in Secret Manager that belongs here: a plan is read, compared and shared.",
            f"Store it with `gcloud secrets create {suggested} --data-file=-` and write {suggested} here. "
            "A secret that stood in a file which was shared should be issued anew.",
        )
    elif secret_reference(text) is None or (not version and ":" in text):
        yield Problem(
            field,
            f"{what} is no name of a secret.",
            f"It is written {form}: letters, digits, _ and - for the name; a number, an alias or latest for the version.",
            f"`gcloud secrets list` shows the names there are; a new one: `gcloud secrets create {suggested} --data-file=-`.",
        )


def _suggested(variable: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", variable.lower()).strip("-")[:60] or "my-secret"


def _reserved(field: str, name: str) -> Problem:
    return Problem(field, f"{field} cannot set {name[:60]}.", "Cloud Run sets it itself.", "Remove it.")
