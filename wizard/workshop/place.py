"""The project that the local Cloud Run is in: what names and messages need of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    project: str
    project_number: str

    @property
    def agent(self) -> str:
        """Cloud Run's own account, which pulls the images."""
        return f"service-{self.project_number}@serverless-robot-prod.iam.gserviceaccount.com"

    @property
    def default_account(self) -> str:
        """The account a service runs as that names none."""
        return f"{self.project_number}-compute@developer.gserviceaccount.com"

    def logs_url(self, revision: str) -> str:
        """Where the console would show the revision's log."""
        short = revision.rpartition("/")[2]
        return (
            f"https://console.cloud.google.com/logs/viewer?project={self.project}&resource=cloud_run_revision/"
            f"service_name/{revision.split('/')[5]}/revision_name/{short}&advancedFilter=resource.type%3D%22cloud_run_revision%22"
        )
