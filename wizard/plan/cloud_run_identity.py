"""Who a service is, who may call it, and what guards its image: accounts, members, policies, keys.

Sources: the references of IAM, Binary Authorization and Cloud KMS, November 2026.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.plan.cloud_run import CloudRunTarget
from wizard.plan.problem import Problem

_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9-]{0,62}@[a-z0-9][a-z0-9.-]*\.gserviceaccount\.com")
_EMAIL = r"[^\s@:/]+@[^\s@:/]+\.[^\s@:/]+"
_MEMBER = re.compile(
    rf"(?:user|group|serviceAccount):{_EMAIL}"
    r"|domain:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
    r"|project(?:Owner|Editor|Viewer):[a-z][a-z0-9.:-]*"
    r"|principal(?:Set)?://[\w.-]+/\S+"
)
_PREFIXES = ("user", "group", "serviceAccount", "domain", "projectOwner", "projectEditor", "projectViewer")
_POLICY = re.compile(r"projects/[^/\s]+/platforms/cloudRun/[A-Za-z0-9_-]+")
_KEY = re.compile(r"projects/[^/\s]+/locations/([a-z0-9-]+)/keyRings/[\w-]{1,63}/cryptoKeys/[\w-]{1,63}")


def identity_problems(target: CloudRunTarget) -> Iterator[Problem]:
    """What is wrong with the service account, the invokers, the image policy and the encryption key."""
    yield from _account(target)
    for number, member in enumerate(target.invokers):
        yield from _invoker(f"target.invokers.{number}", member)
    yield from _policy(target)
    yield from _key(target)


def _account(target: CloudRunTarget) -> Iterator[Problem]:
    account = target.service_account
    if account and not _ACCOUNT.fullmatch(account):
        name = re.sub(r"[^a-z0-9-]+", "-", account.removeprefix("serviceAccount:").partition("@")[0].lower()).strip("-")
        bare = account.removeprefix("serviceAccount:")
        nearest = bare if _ACCOUNT.fullmatch(bare) else f"{name or 'NAME'}@{target.project}.iam.gserviceaccount.com"
        yield Problem(
            "target.service_account",
            f"target.service_account cannot be {account[:100]!r}.",
            "It is the account's address, which ends in gserviceaccount.com; `gcloud iam service-accounts list` shows them.",
            f"The nearest right value is {nearest}.",
            nearest,
        )


def _invoker(path: str, member: str) -> Iterator[Problem]:
    if member == "allUsers":
        yield Problem(
            path,
            f"{path} cannot be allUsers.",
            "Answering everybody is a decision of its own.",
            "Set target.access to public, and remove it here.",
        )
    elif member == "allAuthenticatedUsers":
        yield Problem(
            path,
            f"{path} cannot be allAuthenticatedUsers.",
            "That is everybody with a Google account, of which anybody can make one: as good as public.",
            "Name people, groups or a domain, for example domain:example.com; or set target.access to public.",
        )
    elif not _MEMBER.fullmatch(member):
        nearest = _nearest_member(member)
        yield Problem(
            path,
            f"{path} cannot be {member[:100]!r}.",
            "Written user:, group: or serviceAccount: and an address, domain: and a domain, or principal:// for a pool.",
            f"The nearest right value is {nearest}." if nearest else "For example user:ada@example.com.",
            nearest,
        )


def _nearest_member(member: str) -> str | None:
    prefix, colon, rest = member.strip().rpartition(":")
    prefix = next((known for known in _PREFIXES if known.lower() == prefix.strip().lower()), "")
    rest = rest.strip()
    if re.fullmatch(_EMAIL, rest) and not prefix:
        prefix = "serviceAccount" if rest.endswith(".gserviceaccount.com") else "user"
    elif not colon and re.fullmatch(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", rest):
        prefix = "domain"
    nearest = f"{prefix}:{rest}"
    return nearest if _MEMBER.fullmatch(nearest) else None


def _policy(target: CloudRunTarget) -> Iterator[Problem]:
    policy = target.binary_authorization
    if policy in {"", "default"} or _POLICY.fullmatch(policy):
        return
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", policy.rpartition("/")[2]).strip("-")
    nearest = f"projects/{target.project}/platforms/cloudRun/{name}" if name else "default"
    yield Problem(
        "target.binary_authorization",
        f"target.binary_authorization cannot be {policy[:100]!r}.",
        "It is default, for the project's own policy, or the whole name of one.",
        f"The nearest right value is {nearest}.",
        nearest,
    )


def _key(target: CloudRunTarget) -> Iterator[Problem]:
    key = target.encryption_key
    if not key:
        return
    match = _KEY.fullmatch(key)
    if match is None:
        without = re.sub(r"/cryptoKeyVersions/\d+$", "", key)
        nearest = without if _KEY.fullmatch(without) else None
        yield Problem(
            "target.encryption_key",
            f"target.encryption_key cannot be {key[:120]!r}.",
            "It is the whole name of the key, without a version.",
            f"The nearest right value is {nearest}."
            if nearest
            else f"For example projects/{target.project}/locations/{target.region}/keyRings/RING/cryptoKeys/KEY.",
            nearest,
        )
    elif match[1] != target.region:
        nearest = key.replace(f"/locations/{match[1]}/", f"/locations/{target.region}/", 1)
        yield Problem(
            "target.encryption_key",
            f"target.encryption_key lies in {match[1]}, and the service is to run in {target.region}.",
            "Cloud Run takes a key of its own region only.",
            f"Make a key there, {nearest}, or set target.region to {match[1]}.",
            nearest,
        )
