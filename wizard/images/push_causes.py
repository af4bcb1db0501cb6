"""Why a push failed: the causes known behind the messages of engines and registries, each with what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from wizard.errors import PushError
from wizard.images.artifact_names import host_of, is_google, nearest_tag

Kind = Literal[
    "api-disabled", "unauthenticated", "denied", "repository-missing", "immutable", "busy", "plain-http", "certificate",
    "unreachable", "registry-failing", "name", "image-missing", "login", "other",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: Kind
    pattern: re.Pattern[str]
    why: str
    fix: str


def _rule(kind: Kind, pattern: str, why: str, fix: str) -> _Rule:
    return _Rule(kind, re.compile(pattern, re.IGNORECASE), why, fix)


# The first that matches wins, so the particular stands before the general. {0} is the first of the pattern's groups that
# took part, {host}, {project}, {region} and {repository} are read from the image's name, {login} is the command that
# logs in at that kind of registry. What only some registries say carries that registry's own words.
_RULES = (
    _rule(
        "api-disabled",
        r"(artifact registry|container registry) api has not been used",
        "The {0} API is switched off in the project.",
        "gcloud services enable artifactregistry.googleapis.com --project={project}",
    ),
    _rule(
        "unauthenticated",
        r"unauthenticated request|no basic auth credentials|authentication required|unauthorized|authorization failed"
        r"|incorrect username or password|invalid credentials|you may have invalid credentials",
        "{host} does not know who pushes: there is no login, or it is wrong or has expired.",
        "{login}",
    ),
    _rule(
        "denied",
        r'permission [\'"]?([\w.]+)[\'"]? denied',
        "Your account lacks the permission {0}, or the repository does not exist.",
        "Ask an owner of the project for the role: gcloud artifacts repositories add-iam-policy-binding {repository}"
        " --project={project} --location={region} --member=user:YOU --role=roles/artifactregistry.writer",
    ),
    _rule(
        "repository-missing",
        r"name unknown|repository (\S+) not found|name_unknown",
        "The registry has no repository for this name.",
        "{create}",
    ),
    _rule(
        "immutable",
        r"immutab",
        "The repository does not let a tag be moved, and another image bears this one.",
        "Choose another tag, or allow it: gcloud artifacts repositories update {repository} --project={project}"
        " --location={region} --no-immutable-tags",
    ),
    _rule(
        "denied",
        r"\bdenied\b|forbidden|insufficient_scope|\b403\b",
        "Your account may not push there.",
        "Ask who owns {host} for the right to push, or push to a repository of your own.",
    ),
    _rule(
        "busy",
        r"toomanyrequests|rate limit|quota exceeded|\b429\b",
        "The registry has given you your share of requests for now.",
        "Wait a minute, then run the same command: what is there already is not pushed again.",
    ),
    _rule(
        "plain-http",
        r"server gave http response to https client",
        "{host} speaks plain HTTP, which the engine allows for 127.0.0.1 only.",
        "Give the registry a certificate, or name it under insecure-registries in the engine's daemon.json.",
    ),
    _rule(
        "certificate",
        r"x509|certificate",
        "The engine does not trust the registry's certificate: something between (a company's proxy) answers in its place.",
        "Give the engine that authority's certificate: /etc/docker/certs.d/{host}/ca.crt.",
    ),
    _rule(
        "unreachable",
        r"no such host|server misbehaving|name resolution|dial tcp: lookup",
        "The engine finds no address for {host}.",
        "Correct the name, or check the engine's network with `docker pull {host}/x`.",
    ),
    _rule(
        "unreachable",
        r"connection refused",
        "Nothing listens at {host}, as the engine sees it.",
        "Start that registry, or correct its address. An engine on another machine (or in a virtual one) has a 127.0.0.1"
        " of its own.",
    ),
    _rule(
        "unreachable",
        r"dial tcp|i/o timeout|tls handshake timeout|network is unreachable|no route to host|context deadline exceeded"
        r"|client\.timeout|connection reset|broken pipe|unexpected eof|\beof$|http2: |use of closed network",
        "The connection between the engine and {host} broke, or never came about.",
        "Check the network (the engine has to know of a proxy, not only you), then run the same command: what is"
        " there already is not pushed again.",
    ),
    _rule(
        "registry-failing",
        r"http status:? ?5\d\d|\b50[0234]\b|internal server error|bad gateway|service unavailable|blob upload (?:unknown|invalid)"
        r"|no space left on device|disk quota|unknown: unknown error",
        "The registry itself failed.",
        "Run the same command again in a while; if it goes on, ask who runs {host}.",
    ),
    _rule(
        "name",
        r"invalid reference format|name invalid|repository name must be|missing image name|invalid tag",
        "The registry does not take the name.",
        "Correct target.repository or service.name in sendoff.yaml.",
    ),
    _rule(
        "image-missing",
        r"does not exist locally|no such image|image .*not found",
        "The engine no longer has the image.",
        "Build it again: `sendoff up` does so by itself.",
    ),
)


def failure(name: str, tag: str, said: str) -> PushError:
    """The error behind a push of `name`:`tag` that failed. `said` is the engine's or the registry's message."""
    host = host_of(name)
    for rule in _RULES:
        if match := rule.pattern.search(said):
            named = next((group for group in match.groups() if group), "")
            words = {**_place(name), "host": host, "login": _login(host), "create": _create(name)}
            why, fix = (sentence.format(named, **words) for sentence in (rule.why, rule.fix))
            return PushError(_what(name, tag), why, fix, kind=rule.kind, evidence=[said])
    return PushError(
        _what(name, tag), "The registry's message is below.", "Correct what it names, then run the same command.",
        evidence=[said],
    )  # fmt: skip


def image_gone(name: str, tag: str, reference: str) -> PushError:
    """The engine has no such image any more."""
    return PushError(
        _what(name, tag),
        f"The engine no longer has the image {reference}.",
        "Build it again: `sendoff up` does so by itself.",
        kind="image-missing",
    )


def illegal_name(name: str, why: str, nearest: str) -> PushError:
    """No registry takes that name."""
    near = f" The nearest legal name is {nearest}." if nearest else ""
    return PushError(
        f"{name!r} is no name for an image in a registry.",
        why,
        f"Correct target.repository or service.name in sendoff.yaml.{near}",
        kind="name",
    )


def illegal_tag(tag: str) -> PushError:
    """No registry takes that tag."""
    nearest = nearest_tag(tag)
    return PushError(
        f"{tag!r} is no tag for an image.",
        "A tag is 1 to 128 letters, digits, dots, dashes and underscores, and begins with neither dot nor dash.",
        f"Write it as {nearest}." if nearest else "Choose another one.",
        kind="name",
    )


def _what(name: str, tag: str) -> str:
    return f"The image could not be pushed to {name}:{tag}."


def _place(name: str) -> dict[str, str]:
    """Region, project and repository as Artifact Registry's names hold them, in capitals where they do not."""
    host, *path = name.split("/")
    if host.endswith("-docker.pkg.dev") and len(path) >= 3:
        # Read from the right, as a domain's project ("example.com/ml") takes two parts.
        project, repository = path[:-2], path[-2]
        return {
            "region": host.removesuffix("-docker.pkg.dev"),
            "project": ":".join(project),
            "repository": repository,
        }
    if is_google(host) and len(path) >= 2:
        region = {"gcr.io": "us", "us.gcr.io": "us", "eu.gcr.io": "europe", "asia.gcr.io": "asia"}[host]
        return {"region": region, "project": ":".join(path[:-1]), "repository": host}
    return {"region": "REGION", "project": "PROJECT", "repository": "REPOSITORY"}


def _login(host: str) -> str:
    if is_google(host):
        return f"Run `gcloud auth login` and `gcloud auth configure-docker {host}`."
    return f"Run `docker login {host}`."


def _create(name: str) -> str:
    place = _place(name)
    if is_google(host_of(name)):
        return (
            f"gcloud artifacts repositories create {place['repository']} --repository-format=docker"
            f" --location={place['region']} --project={place['project']}"
        )
    return "Create it there, or correct the name: target.repository in sendoff.yaml."
