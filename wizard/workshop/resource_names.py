"""Names of resources: how they are built and taken apart, and which are allowed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wizard.workshop.api_error import ApiError, Code

SERVICE_ID = re.compile(r"[a-z]([-a-z0-9]{0,47}[a-z0-9])?")
"""Fewer than 50 characters."""
REVISION_ID = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
TAG = re.compile(r"[a-z0-9]([-a-z0-9]{0,44}[a-z0-9])?")
REPOSITORY = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
TAG_AND_SERVICE = 46
"""Characters of tag and service name together: both are in one label of the host name, beside what Cloud Run adds."""

_LOCATION = re.compile(r"projects/([a-z0-9:.-]+)/locations/([a-z0-9-]+)")
_SERVICE = re.compile(r"(projects/[a-z0-9:.-]+/locations/[a-z0-9-]+)/services/([^/]+)")
_REVISION = re.compile(r"(projects/[a-z0-9:.-]+/locations/[a-z0-9-]+/services/[^/]+)/revisions/([^/]+)")


@dataclass(frozen=True, slots=True)
class Location:
    project: str
    region: str

    @property
    def name(self) -> str:
        return f"projects/{self.project}/locations/{self.region}"


def location(parent: str) -> Location:
    """The parts of projects/P/locations/R; `-` is a location only where a caller asks for it."""
    found = _LOCATION.fullmatch(parent)
    if found is None:
        raise ApiError(Code.INVALID_ARGUMENT, f"Invalid parent '{parent}': must be projects/PROJECT/locations/REGION.")
    return Location(found[1], found[2])


def service_parts(name: str) -> tuple[str, str]:
    """(parent, id) of a service's full name."""
    found = _SERVICE.fullmatch(name)
    if found is None:
        raise ApiError(
            Code.INVALID_ARGUMENT,
            f"Invalid service name '{name}': must be projects/PROJECT/locations/REGION/services/SERVICE.",
        )
    return found[1], found[2]


def revision_parts(name: str) -> tuple[str, str]:
    """(service's full name, id) of a revision's full name."""
    found = _REVISION.fullmatch(name)
    if found is None:
        raise ApiError(
            Code.INVALID_ARGUMENT,
            f"Invalid revision name '{name}': "
            "must be projects/PROJECT/locations/REGION/services/SERVICE/revisions/REVISION.",
        )
    return found[1], found[2]


def last(name: str) -> str:
    """The part behind the last slash."""
    return name.rpartition("/")[2]


def project_of(name: str) -> str:
    """The project in a full name."""
    return name.split("/")[1] if name.startswith("projects/") else ""
