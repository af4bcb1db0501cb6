"""What kind of error an API of Google answered with.

Told by the status code and Google's machine-readable reason (google.rpc.ErrorInfo), and only then by words.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from wizard.targets.cloud_run.permissions import spelled

if TYPE_CHECKING:
    from google.rpc.status_pb2 import Status


class Trouble(StrEnum):
    """What kind of error an API answered with."""

    CREDENTIALS = "credentials"
    """Nobody is logged in, or the login has ended."""
    PERMISSION = "permission"
    ACT_AS = "act-as"
    """The account that calls may not let a service run as the service account."""
    API_DISABLED = "api-disabled"
    BILLING = "billing"
    QUOTA = "quota"
    RATE = "rate"
    """Too many calls in a short time."""
    POLICY = "policy"
    """A policy of the organisation forbids it."""
    CONFLICT = "conflict"
    """Somebody changed it since it was read (etag)."""
    EXISTS = "exists"
    MISSING = "missing"
    INVALID = "invalid"
    PRECONDITION = "precondition"
    UNAVAILABLE = "unavailable"
    """No answer: the network, or the service for a moment."""
    DEADLINE = "deadline"
    CANCELLED = "cancelled"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Told:
    """What an error says, from whichever library it came."""

    code: str
    """Name of the gRPC status code, e.g. PERMISSION_DENIED; empty where it has none."""
    message: str
    reason: str = ""
    metadata: tuple[tuple[str, str], ...] = ()
    violations: tuple[str, ...] = ()

    def metadatum(self, name: str) -> str:
        return dict(self.metadata).get(name, "")

    def says(self, *words: str) -> bool:
        text = f"{self.message} {' '.join(self.violations)}".lower()
        return any(word in text for word in words)


def is_api_error(error: BaseException) -> bool:
    """Whether `explain` has something to say about it: an error of a Google API, of gRPC or of google-auth."""
    import google.api_core.exceptions as api
    import google.auth.exceptions as auth
    import grpc

    return isinstance(error, (api.GoogleAPIError, auth.GoogleAuthError, grpc.RpcError))


def read(error: BaseException | Status) -> Told:
    import google.api_core.exceptions as api
    import google.auth.exceptions as auth
    import grpc

    if isinstance(error, api.RetryError) and isinstance(error.cause, Exception):
        error = error.cause
    if isinstance(error, grpc.RpcError):
        error = api.from_grpc_error(error)  # type: ignore[no-untyped-call]  # api_core types it not
    if isinstance(error, api.GoogleAPICallError):
        code = error.grpc_status_code.name if error.grpc_status_code is not None else _http_name(error.code)
        metadata = tuple((str(key), str(value)) for key, value in (error.metadata or {}).items())
        return Told(code, str(error.message), error.reason or "", metadata, _violations(error.details))
    if isinstance(error, auth.GoogleAuthError):
        retryable = isinstance(error, auth.TransportError) or error.retryable
        return Told("UNAVAILABLE" if retryable else "UNAUTHENTICATED", _said(error))
    if isinstance(error, BaseException):
        return Told("", f"{type(error).__name__}: {error}")
    return _read_status(error)


def _said(error: BaseException) -> str:
    """What a google-auth error says. Its second argument is the server's answer, of which only the message is taken."""
    text = str(error.args[0]) if error.args else str(error)
    try:
        answer = error.args[1]
        answer = json.loads(answer) if isinstance(answer, str) else answer
        return f"{text}: {answer['error']['message']}"
    except (IndexError, KeyError, TypeError, ValueError):
        return text


def _read_status(status: Status) -> Told:
    from google.rpc import error_details_pb2
    from google.rpc.code_pb2 import Code

    details, reason, metadata = [], "", ()
    for packed in status.details:
        info = error_details_pb2.ErrorInfo()
        if packed.Unpack(info):
            reason, metadata = info.reason, tuple(info.metadata.items())
            continue
        for kind in (
            error_details_pb2.BadRequest,
            error_details_pb2.PreconditionFailure,
            error_details_pb2.QuotaFailure,
        ):
            detail = kind()
            if packed.Unpack(detail):
                details.append(detail)
    name = Code.Name(status.code) if status.code in Code.values() else ""
    return Told(name, status.message, reason, metadata, _violations(details))


def _violations(details: Any) -> tuple[str, ...]:
    """The lines of BadRequest, PreconditionFailure and QuotaFailure."""
    lines = []
    for detail in details or ():
        for one in getattr(detail, "field_violations", ()):
            lines.append(f"{one.field}: {one.description}".strip(": "))
        for one in getattr(detail, "violations", ()):
            kind = getattr(one, "type", "")
            lines.append(": ".join(part for part in (kind, one.subject, one.description) if part))
    return tuple(lines)


def _http_name(code: object) -> str:
    names = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 409: "ABORTED",
             429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED"}  # fmt: skip
    return names.get(int(code), "") if isinstance(code, int) else ""


_REASONS = {
    "SERVICE_DISABLED": Trouble.API_DISABLED,
    "BILLING_DISABLED": Trouble.BILLING,
    "RATE_LIMIT_EXCEEDED": Trouble.RATE,
    "IAM_PERMISSION_DENIED": Trouble.PERMISSION,
    "USER_PROJECT_DENIED": Trouble.PERMISSION,
    "ACCESS_TOKEN_EXPIRED": Trouble.CREDENTIALS,
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": Trouble.CREDENTIALS,
    "CREDENTIALS_MISSING": Trouble.CREDENTIALS,
    "ORG_RESTRICTION_VIOLATION": Trouble.POLICY,
    "SECURITY_POLICY_VIOLATED": Trouble.POLICY,
    "LOCATION_POLICY_VIOLATED": Trouble.POLICY,
    "CUSTOM_ORG_POLICY_VIOLATION": Trouble.POLICY,
}  # google/api/error_reason.proto
_CODES = {
    "UNAUTHENTICATED": Trouble.CREDENTIALS,
    "PERMISSION_DENIED": Trouble.PERMISSION,
    "RESOURCE_EXHAUSTED": Trouble.QUOTA,
    "ABORTED": Trouble.CONFLICT,
    "ALREADY_EXISTS": Trouble.EXISTS,
    "NOT_FOUND": Trouble.MISSING,
    "INVALID_ARGUMENT": Trouble.INVALID,
    "OUT_OF_RANGE": Trouble.INVALID,
    "FAILED_PRECONDITION": Trouble.PRECONDITION,
    "UNAVAILABLE": Trouble.UNAVAILABLE,
    "DEADLINE_EXCEEDED": Trouble.DEADLINE,
    "CANCELLED": Trouble.CANCELLED,
}
_POLICY_WORDS = (
    "organization policy", "organization's policy", "org policy", "constraints/", "do not belong to a permitted customer",
    "vpc service controls", "vpcservicecontrols",
)  # fmt: skip


def kind_of(told: Told) -> Trouble:
    if lacks_quota_project(told):
        return Trouble.CREDENTIALS
    if told.says("getting metadata from plugin failed"):  # the credentials failed inside of gRPC
        cut = told.says("max retries exceeded", "connection", "timed out", "unreachable")
        return Trouble.UNAVAILABLE if cut else Trouble.CREDENTIALS
    if told.reason in _REASONS:
        return _REASONS[told.reason]
    refused = told.code in {"PERMISSION_DENIED", "FAILED_PRECONDITION", "INVALID_ARGUMENT"}
    if refused and told.says(*_POLICY_WORDS):
        return Trouble.POLICY
    if refused and told.says("has not been used in project", "it is disabled", "api is not enabled", "api is disabled"):
        return Trouble.API_DISABLED
    if refused and told.says("billing account", "billing is disabled", "enable billing", "billing must be enabled"):
        return Trouble.BILLING
    if refused and told.says("quota violated", "quota exceeded", "do not have quota"):
        return Trouble.QUOTA
    if told.code == "UNAUTHENTICATED" and _PERMISSION.search(told.message):  # to impersonate an account
        return Trouble.PERMISSION
    if told.code == "PERMISSION_DENIED" and told.says("iam.serviceaccounts.actas"):
        return Trouble.ACT_AS
    if told.code == "RESOURCE_EXHAUSTED" and told.says("per minute", "rate limit", "per second", "too many requests"):
        return Trouble.RATE
    if told.code == "UNKNOWN" and told.says("stream removed", "connection reset", "goaway"):
        return Trouble.UNAVAILABLE
    return _CODES.get(told.code, Trouble.OTHER)


_PERMISSION = re.compile(r"[Pp]ermission '?([a-z]+(?:\.[A-Za-z]+)+)'?")
ACCOUNT = re.compile(r"[\w.+-]+@[\w.-]+\.gserviceaccount\.com")
_PROJECT = re.compile(r"projects?[/ ]'?([a-z][a-z0-9-]{4,28}[a-z0-9])\b")
API = re.compile(r"\b([a-z]+\.googleapis\.com)\b")


_LOGIN_PROJECTS = frozenset({"764086051850", "32555940559"})
"""Numbers of gcloud's own projects, which calls are counted against where a person's login names none."""


def permission_of(told: Told) -> str:
    if named := told.metadatum("permission"):
        return spelled(named)
    match = _PERMISSION.search(told.message)
    return spelled(match[1]) if match else ""


def lacks_quota_project(told: Told) -> bool:
    """A person's login named no project to count the call against, so it was counted against gcloud's own."""
    return _consumer(told) in _LOGIN_PROJECTS or told.says(
        "requires a quota project", "quota project, which is not set"
    )


def project_of(told: Told) -> str:
    """The project an error speaks of, by id or number; empty where it names none."""
    match = _PROJECT.search(f"{told.metadatum('resource')} {told.message}")
    consumer = "" if lacks_quota_project(told) else _consumer(told)
    return consumer or (match[1] if match else "")


def _consumer(told: Told) -> str:
    return told.metadatum("consumer").removeprefix("projects/")
