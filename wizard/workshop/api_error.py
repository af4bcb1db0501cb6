"""The one error that a call of the local Cloud Run can end in; a door only translates it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from google.rpc import error_details_pb2, status_pb2


class Code(IntEnum):
    """google.rpc.Code: the same numbers over gRPC, in REST and in an operation's error."""

    CANCELLED = 1
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    UNAUTHENTICATED = 16


@dataclass(frozen=True, slots=True)
class Violation:
    """One field that is wrong: its path below the request, and what would be right."""

    field: str
    description: str


class ApiError(Exception):
    """A call that was refused, or an operation that failed. `details` are further google.rpc messages."""

    def __init__(
        self, code: Code, message: str, violations: Iterable[Violation] = (), details: Iterable[Any] = ()
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.violations = tuple(violations)
        self.details = tuple(details)

    def status(self) -> Any:
        """As google.rpc.Status, with the violations as a BadRequest."""
        status = status_pb2.Status(code=int(self.code), message=self.message)
        if self.violations:
            wrong = error_details_pb2.BadRequest()
            for violation in self.violations:
                wrong.field_violations.add(field=violation.field, description=violation.description)
            status.details.add().Pack(wrong)
        for detail in self.details:
            status.details.add().Pack(detail)
        return status


def violated(request: str, violations: Iterable[Violation]) -> ApiError:
    """INVALID_ARGUMENT in Cloud Run's words, one line for each field of that request."""
    violations = tuple(violations)
    lines = [f"Violation in {request}.{each.field}: {each.description}" for each in violations]
    return ApiError(Code.INVALID_ARGUMENT, "\n".join(lines), violations)


def not_found(kind: str, name: str) -> ApiError:
    """NOT_FOUND in Cloud Run's words; `name` is projects/P/locations/R/…/NAME."""
    parts = name.split("/")
    project = parts[1] if len(parts) > 1 else ""
    region = parts[3] if len(parts) > 3 else ""
    return ApiError(
        Code.NOT_FOUND,
        f"Resource '{parts[-1]}' of kind '{kind}' in region '{region}' in project '{project}' does not exist.",
    )
