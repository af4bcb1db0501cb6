"""What an error of Google's APIs means, in the three parts of our errors; and trying again where that is safe."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from wizard.errors import TargetError
from wizard.printable import one_line
from wizard.targets.cloud_run.api_trouble import (
    ACCOUNT,
    API,
    Told,
    Trouble,
    is_api_error,
    kind_of,
    lacks_quota_project,
    permission_of,
    project_of,
    read,
)
from wizard.targets.cloud_run.permissions import (
    SOMEBODY,
    account_project,
    command,
    enable_apis,
    grant_on_account,
    grant_on_project,
    role_for,
)

if TYPE_CHECKING:
    from google.rpc.status_pb2 import Status

    from wizard.events import Reporter

T = TypeVar("T")

ATTEMPTS = 6
"""Times a call is made before it is given up: with the pauses about 15 s."""
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 8.0


class CloudError(TargetError):
    """An error of a Google API, understood.

    `kind` says which way. `permission` names the one that is missing and `command` is what mends it; each may be empty.
    """

    def __init__(
        self,
        what: str,
        why: str = "",
        fix: str = "",
        *,
        kind: Trouble,
        evidence: tuple[str, ...] = (),
        permission: str = "",
        command: str = "",
    ) -> None:
        super().__init__(what, why, fix, evidence=evidence)
        self.kind = kind
        self.permission = permission
        self.command = command

    def as_dict(self) -> dict[str, Any]:
        return {**super().as_dict(), "kind": self.kind.value}


def explain(error: BaseException | Status, doing: str, *, member: str = "", project: str = "") -> CloudError:
    """An error of a Google API, of gRPC, of google-auth, or of a finished operation (google.rpc.Status), in our words.

    `doing` completes "Google Cloud refused to …", e.g. "create the service housing". `member` is the account that called, as
    IAM names it, and `project` the project it works in: commands in the advice name them.
    """
    if isinstance(error, CloudError):
        return error
    told = read(error)
    kind = kind_of(told)
    permission = permission_of(told)
    advice = _advice(kind, told, permission, member or SOMEBODY, project_of(told) or project or "PROJECT")
    # CONFLICT, EXISTS … are answers; no answer and no login are not Google's decision.
    refused = kind not in {Trouble.UNAVAILABLE, Trouble.DEADLINE, Trouble.CANCELLED, Trouble.CREDENTIALS, Trouble.OTHER}
    what = f"Google Cloud refused to {doing}." if refused else f"It was not possible to {doing}."
    evidence = tuple(one_line(part) for part in (f"{told.code}: {told.message}".strip(": "), *told.violations) if part)
    return CloudError(
        what,
        advice.why,
        f"{advice.fix}: {advice.command}" if advice.command else f"{advice.fix}.",
        kind=kind,
        evidence=evidence,
        permission=permission,
        command=advice.command,
    )


def retrying(
    call: Callable[[], T], reporter: Reporter, doing: str, *, safe: bool, member: str = "", project: str = ""
) -> T:
    """The answer of `call`, made again after pauses that grow where the network or the service failed for a moment.

    `safe` says that making the call twice is the same as making it once: reads, and writes of a whole desired state.
    Otherwise only a refusal that is sure not to have taken effect (too many calls a minute) is tried again. Raises
    CloudError, and CancelledError at once when the person stops.
    """
    attempt = 1
    while True:
        reporter.check()
        try:
            return call()
        except Exception as error:
            if not isinstance(error, CloudError) and not is_api_error(error):
                raise
            trouble = explain(error, doing, member=member, project=project)
            again = trouble.kind is Trouble.RATE or (safe and trouble.kind in {Trouble.UNAVAILABLE, Trouble.DEADLINE})
            if not again or attempt == ATTEMPTS:
                raise trouble from (None if trouble is error else error)
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (attempt - 1)) * random.uniform(0.5, 1.0)
        said = trouble.evidence[0] if trouble.evidence else trouble.why
        reporter.log(f"Trying again in {pause:.1f} s to {doing} (attempt {attempt + 1} of {ATTEMPTS}): {said}")
        if reporter.cancel.wait(pause):
            reporter.check()
        attempt += 1


@dataclass(frozen=True, slots=True)
class _Advice:
    why: str
    fix: str
    """What to do, without its full stop; before `command` where there is one."""
    command: str = ""


_BY_ADMINISTRATOR = "An administrator runs"
_AGAIN = "Run the same command again: it goes on from here"
_PLAIN = {
    Trouble.RATE: _Advice(
        "Too many calls were made in a short time.", "Wait a minute, then run the same command again"
    ),
    Trouble.POLICY: _Advice(
        "A policy of the organisation forbids it.",
        "Choose what the policy allows (the evidence names it), or ask an administrator of the organisation for an exception",
    ),
    Trouble.CONFLICT: _Advice(
        "Somebody changed it since it was read.", "Run the same command again: it starts from what is there now"
    ),
    Trouble.EXISTS: _Advice("It exists already.", "Choose another name, or run the same command again to update it"),
    Trouble.MISSING: _Advice(
        "It does not exist, or your account may not see it.", "Correct the name, project and region in sendoff.yaml"
    ),
    Trouble.INVALID: _Advice(
        "A value is not allowed; the evidence names the field.", "Correct that value in sendoff.yaml"
    ),
    Trouble.PRECONDITION: _Advice(
        "The state it is in does not allow it; the evidence says why.",
        "Put that right, then run the same command again",
    ),
    Trouble.UNAVAILABLE: _Advice("No answer came: the network was cut, or the service was away for a moment.", _AGAIN),
    Trouble.DEADLINE: _Advice("No answer came in time.", _AGAIN),
    Trouble.CANCELLED: _Advice("The call was stopped.", _AGAIN),
    Trouble.OTHER: _Advice(
        "The evidence is what Google answered.", "Run the same command again; where that does not help, report it"
    ),
}


def _advice(kind: Trouble, told: Told, permission: str, member: str, project: str) -> _Advice:
    match kind:
        case Trouble.CREDENTIALS:
            return _login(told, project)
        case Trouble.ACT_AS:
            return _act_as(told, member, project)
        case Trouble.PERMISSION:
            return _permission(told, permission, member, project)
        case Trouble.API_DISABLED:
            found = API.search(told.message)
            api = told.metadatum("service") or (found[1] if found else "run.googleapis.com")
            return _Advice(
                f"The API {api} is not enabled in the project {project}.",
                "Enable it, then wait a minute",
                enable_apis(project, [api]),
            )
        case Trouble.BILLING:
            return _Advice(
                f"The project {project} has no active billing account.",
                f"Link one: https://console.cloud.google.com/billing/linkedaccount?project={project}",
            )
        case Trouble.QUOTA:
            return _quota(told, project)
        case _:
            return _PLAIN[kind]


def _login(told: Told, project: str) -> _Advice:
    if lacks_quota_project(told):
        return _Advice(
            "A person's login must name a project that its calls are counted against.",
            "Run",
            command("gcloud auth application-default set-quota-project", project),
        )
    if told.reason == "ACCESS_TOKEN_SCOPE_INSUFFICIENT":
        return _Advice(
            "The credentials found here were given for fewer purposes than a release needs; a virtual machine's need the"
            " scope cloud-platform.",
            "Log in yourself",
            "gcloud auth application-default login",
        )
    return _Advice(
        "Nobody is logged in here, or the login has ended.", "Log in again", "gcloud auth application-default login"
    )


def _act_as(told: Told, member: str, project: str) -> _Advice:
    found = ACCOUNT.search(told.message)
    account = found[0] if found else "ACCOUNT"
    return _Advice(
        f"Whoever releases a service must be allowed to act as the account it runs as, {account}. Or there is no such account.",
        _BY_ADMINISTRATOR,
        grant_on_account(account, account_project(account, project), member),
    )


def _permission(told: Told, permission: str, member: str, project: str) -> _Advice:
    if told.reason == "USER_PROJECT_DENIED":
        role = "roles/serviceusage.serviceUsageConsumer"
        return _Advice(
            f"Your calls are counted against the project {project}, and your account may not use it for that.",
            _BY_ADMINISTRATOR,
            grant_on_project(project, member, role),
        )
    why = f"The permission {permission} is missing." if permission else "A permission is missing."
    if role := role_for(permission):
        return _Advice(why, _BY_ADMINISTRATOR, grant_on_project(project, member, role))
    return _Advice(why, "Ask an administrator of the project for a role that holds it")


def _quota(told: Told, project: str) -> _Advice:
    more = f"ask for more quota: https://console.cloud.google.com/iam-admin/quotas?project={project}"
    if fits := re.search(r"[Mm]ax instances must be set to (\d+) or fewer", " ".join([told.message, *told.violations])):
        return _Advice(
            "The project's quota allows fewer instances of this size in the region.",
            f"Set target.max_instances to {fits[1]} or fewer in sendoff.yaml, or {more}",
        )
    return _Advice(
        "The project's quota does not allow it.",
        f"Take less of it (max_instances, cpu, memory or gpu in sendoff.yaml), or {more}",
    )
