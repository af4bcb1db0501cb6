"""Whether the service's name is free, or this project's own: a release under another's name would take its callers."""

from __future__ import annotations

from pathlib import Path

from wizard.targets.cloud_run import records
from wizard.targets.cloud_run.api_errors import CloudError
from wizard.targets.cloud_run.api_trouble import Trouble
from wizard.targets.cloud_run.desired import MANAGED_BY
from wizard.targets.cloud_run.permissions import command
from wizard.targets.cloud_run.preflight_finding import Finding, Look, Verdict, ok

_NAME = "Name"
_WHY = "A release would give its callers another model."


def look_at_name(look: Look) -> list[Finding]:
    """One finding, where a service of that name stands; none where the name is free, or may not be looked at."""
    place, name = look.cloud.place, look.plan.service.name
    try:
        standing = look.ask(
            lambda: look.cloud.services.get_service(name=place.service(name), retry=None, timeout=10.0),
            f"read the service {name}",
        )
    except CloudError as error:
        if error.kind in {Trouble.MISSING, Trouble.PERMISSION}:
            return []
        raise
    if not MANAGED_BY.items() <= dict(standing.labels).items():
        by = f", last changed by {standing.last_modifier}" if standing.last_modifier else ""
        adopt = command(
            "gcloud run services update", name, project=place.project, region=place.region, update_labels=_label()
        )
        return [
            Finding(
                _NAME,
                Verdict.WRONG,
                f"There is a service {name} that Sendoff did not make{by}.",
                _WHY,
                f"Choose another service.name in sendoff.yaml; or, to have Sendoff release to it from now on: {adopt}",
            )
        ]
    if owner := _owner(look, name):
        return [
            Finding(
                _NAME,
                Verdict.WRONG,
                f"The service {name} belongs to the project in {owner}.",
                _WHY,
                f"Choose another service.name in sendoff.yaml, or release it from there; `sendoff down {name}` removes it.",
            )
        ]
    return [ok(_NAME, f"The service {name} is there already; the release is a new revision of it.")]


def _owner(look: Look, name: str) -> str:
    """The folder of another project on this machine that released the service; empty where there is none, or none any more."""
    place = look.cloud.place
    for record in records.read_all():
        same = (record.name, record.project, record.region, record.endpoint)
        if same != (name, place.project, place.region, place.endpoint) or not look.project:
            continue
        folder = Path(record.folder)
        if folder.is_dir() and not folder.samefile(look.project):
            return record.folder
    return ""


def _label() -> str:
    return ",".join(f"{key}={value}" for key, value in MANAGED_BY.items())
