"""Where a service can go, asked before a plan is written: the regions there are, and whether a project is one's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.errors import TargetError
from wizard.plan.problem import Problem
from wizard.targets.cloud_run.api_errors import CloudError, explain
from wizard.targets.cloud_run.api_trouble import Trouble, is_api_error
from wizard.targets.cloud_run.place import Place

if TYPE_CHECKING:
    from wizard.targets.cloud_run.cloud import Cloud

_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class RegionChoice:
    name: str
    label: str
    """With the place it is at."""
    why: str
    """What speaks for it or against it."""


def regions() -> tuple[RegionChoice, ...]:
    """The regions known, those of the cheaper tier first, else by name."""
    from wizard.plan.cloud_run_regions import REGIONS

    tiers = {1: "The cheaper tier.", 2: "The dearer tier."}
    return tuple(
        RegionChoice(one.name, f"{one.name} ({one.place})", tiers[one.tier])
        for one in sorted(REGIONS.values(), key=lambda one: (one.tier, one.name))
    )


def project_problem(project: str, region: str, endpoint: str = "", *, cloud: Cloud | None = None) -> Problem | None:
    """Why no service can be released to a project; None where nothing speaks against it, or Google cannot be asked right now.

    One call, of ten seconds at most; nothing is changed. `endpoint` is that of a local Cloud Run, empty is Google.
    """
    from wizard.targets.cloud_run.cloud import Cloud

    own = cloud is None
    try:
        cloud = cloud or Cloud.at(Place(project, region, endpoint))
        return _problem(cloud, project)
    except CloudError as error:
        return _refused(project, error)
    except TargetError as error:  # no local Cloud Run answers, or it has another project
        return Problem("target.project", error.what, error.why, error.fix)
    finally:
        if own and cloud is not None:
            cloud.close()


def _problem(cloud: Cloud, project: str) -> Problem | None:
    from google.cloud.resourcemanager_v3 import Project

    try:
        found = cloud.projects.get_project(name=f"projects/{project}", retry=None, timeout=_TIMEOUT)
    except Exception as error:
        if not isinstance(error, CloudError) and not is_api_error(error):
            raise
        raise explain(error, f"look at the project {project}", member=cloud.member, project=project) from None
    if found.state == Project.State.ACTIVE:
        return None
    return Problem(
        "target.project",
        f"The project {project} is being deleted.",
        f"Google keeps it for 30 days after it was shut down; nothing runs in it (its state is {found.state.name}).",
        f"Choose another, or take it back: gcloud projects undelete {project}",
    )


def _refused(project: str, error: CloudError) -> Problem | None:
    match error.kind:
        case Trouble.PERMISSION | Trouble.MISSING:
            return Problem(
                "target.project",
                f"There is no project {project}, or your account may not see it.",
                "It is the project's id, which is neither its title nor its number. Google tells nobody which of the two it is.",
                "`gcloud projects list` shows those you may use.",
            )
        case Trouble.UNAVAILABLE | Trouble.DEADLINE | Trouble.API_DISABLED | Trouble.RATE | Trouble.CANCELLED:
            return None  # nothing is known: the run looks again before it does anything
        case _:
            return Problem("target.project", error.what, " ".join((error.why, *error.evidence)), error.fix)
