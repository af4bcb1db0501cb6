"""Remedies for what a cloud lacks or refuses: a repository that may be made, names that are taken, quotas."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from wizard.errors import PushError, SendoffError
from wizard.steps.remedies.remedy import Remedy
from wizard.steps.remedies.service import other_name

if TYPE_CHECKING:
    from wizard.plan.plan import Plan

_NO_REPOSITORY = re.compile(r"There is no repository \S+ in |^Repository: There is no")
_NAME_OF_OTHERS = re.compile(
    r"There is a service \S+ that Sendoff did not make|The service \S+ belongs to the project in"
)
_TOO_MANY = re.compile(r"(?:M|m)ax instances must be set to (?P<most>\d+)|quota allows at most (?P<fit>\d+) instances")
_NO_WARM_ONES = "Cloud Run could not start as many warm instances"


def cloud_remedies(error: SendoffError, plan: Plan) -> Iterator[Remedy]:
    """For a plan that leads to Cloud Run."""
    target = plan.target
    if target.kind != "cloud_run":
        return
    lines = (error.what, error.why, error.fix, *error.evidence)
    missing = isinstance(error, PushError) and error.kind == "repository-missing"
    if missing or any(_NO_REPOSITORY.search(line) for line in lines):
        yield Remedy(f"Make the repository {target.repository}", consent=True, stage="preflight")
    if any(_NAME_OF_OTHERS.search(line) for line in lines):
        name = other_name(plan)
        yield Remedy(f"Call the service {name}", {"service.name": name}, stage="preflight")
    for line in lines:
        if (found := _TOO_MANY.search(line)) and (most := int(found["most"] or found["fit"])) >= 1:
            settings = {"target.max_instances": most}
            if target.min_instances > most:
                settings["target.min_instances"] = most
            yield Remedy(f"Allow at most {most} instance{'s' * (most > 1)}", settings, stage=error.stage or "release")
            break
    if any(_NO_WARM_ONES in line for line in lines) and target.min_instances:
        yield Remedy("Keep no instance warm", {"target.min_instances": 0}, stage="release")
