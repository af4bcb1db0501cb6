"""The service, sent to Cloud Run to be looked at and not made (validate_only): organisation policies, quota, billing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.targets.cloud_run.api_errors import CloudError
from wizard.targets.cloud_run.api_trouble import Trouble
from wizard.targets.cloud_run.desired import desired_service
from wizard.targets.cloud_run.preflight_finding import Finding, Look, Verdict, not_looked_at, ok

if TYPE_CHECKING:
    from google.cloud import run_v2

_TIMEOUT = 15.0
_IMAGE = "us-docker.pkg.dev/cloudrun/container/hello"
"""Google's own sample image, which every project may read: ours is not built yet."""
_NAME = "Trial"
_SAYS_NOTHING = frozenset(
    {Trouble.API_DISABLED, Trouble.BILLING, Trouble.CONFLICT, Trouble.RATE, Trouble.CANCELLED, Trouble.OTHER}
)
"""Answers that say nothing of the service as the plan describes it, or that another check gives better."""


def look_at_trial(look: Look) -> list[Finding]:
    """What Cloud Run says to the service as the plan describes it. Nothing is made or changed."""
    try:
        _try(look)
    except CloudError as error:
        if error.kind in {Trouble.UNAVAILABLE, Trouble.DEADLINE}:
            raise  # without Cloud Run itself there is nothing to go on with
        if error.kind in _SAYS_NOTHING:
            return [not_looked_at(_NAME, error)]
        return [Finding(_title(error), Verdict.WRONG, _found(error), error.why, error.command or error.fix)]
    findings = [ok(_NAME, "Cloud Run accepts the service as the plan describes it.")]
    if look.target.access == "public":
        findings.append(
            Finding(
                "Public access",
                Verdict.UNKNOWN,
                "Whether your organisation lets everybody in is only seen when it is asked to.",
                fix="If it is refused, set target.access to public-without-check in sendoff.yaml.",
            )
        )
    return findings


def _try(look: Look) -> None:
    place, name = look.cloud.place, look.plan.service.name
    service = desired_service(look.plan, _IMAGE)
    standing = _standing(look)
    doing = f"take the service {name} as the plan describes it"
    if standing is None:
        request = {"parent": place.parent, "service": service, "service_id": name, "validate_only": True}
        look.ask(lambda: look.cloud.services.create_service(request=request, retry=None, timeout=_TIMEOUT), doing)
        return
    service.name = standing.name
    service.traffic = standing.traffic
    change = {"service": service, "validate_only": True}
    look.ask(lambda: look.cloud.services.update_service(request=change, retry=None, timeout=_TIMEOUT), doing)


def _standing(look: Look) -> run_v2.Service | None:
    """The service as it is now; None where there is none, or where it may not be read."""
    name = look.cloud.place.service(look.plan.service.name)
    try:
        return look.ask(
            lambda: look.cloud.services.get_service(name=name, retry=None, timeout=_TIMEOUT),
            f"read the service {look.plan.service.name}",
        )
    except CloudError as error:
        if error.kind in {Trouble.MISSING, Trouble.PERMISSION}:
            return None
        raise


def _title(error: CloudError) -> str:
    return {
        Trouble.QUOTA: "Quota",
        Trouble.POLICY: "Organisation policy",
        Trouble.PERMISSION: "Permissions",
        Trouble.ACT_AS: "Acting as that account",
    }.get(error.kind, _NAME)


def _found(error: CloudError) -> str:
    """What was refused, in Google's first line about it: the rest is advice, and says it again."""
    said: list[str] = []
    for line in error.evidence:
        first = line.split("\\n")[0]
        if not any(first.rpartition(": ")[2] in earlier for earlier in said):
            said.append(first)
    return " ".join([error.what, *said])
