"""Where a service lives on Cloud Run: project, region, and whether it is Google's or the local one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.plan.cloud_run import CloudRunTarget


@dataclass(frozen=True, slots=True)
class Place:
    """A project's region, at Google or at a local Cloud Run. Makes the resource names that the APIs ask for."""

    project: str
    region: str
    endpoint: str = ""
    """Address of a local Cloud Run's HTTP door; empty is Google."""

    @classmethod
    def of(cls, target: CloudRunTarget) -> Place:
        return cls(target.project, target.region, target.endpoint)

    @property
    def is_local(self) -> bool:
        return bool(self.endpoint)

    @property
    def project_name(self) -> str:
        return f"projects/{self.project}"

    @property
    def parent(self) -> str:
        """projects/P/locations/R"""
        return f"{self.project_name}/locations/{self.region}"

    def service(self, name: str) -> str:
        return f"{self.parent}/services/{name}"

    def revision(self, service: str, name: str) -> str:
        return f"{self.service(service)}/revisions/{name}"
