"""Why a revision did not become ready: the failed condition and the container's log, put together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wizard.errors import SendoffError, TargetError
from wizard.printable import one_line
from wizard.targets.cloud_run.api_trouble import is_api_error
from wizard.targets.cloud_run.service_state import reason, serving
from wizard.targets.cloud_run.writing import TIMEOUT
from wizard.targets.status import split_in_words

if TYPE_CHECKING:
    from google.cloud import run_v2

    from wizard.advice.cloud_causes import CloudFacts, Condition
    from wizard.targets.cloud_run.work import Work


def failure_of(
    work: Work, name: str, service: run_v2.Service | None, revision: run_v2.Revision | None, log: Sequence[str]
) -> TargetError:
    """The error for a revision that was given up. `log` is what its container wrote, oldest first."""
    from wizard.advice.cloud_causes import recognise_condition

    told = telling_condition(service, revision)
    cause = recognise_condition(told, log, _facts(work))
    return TargetError(
        f"The revision {name} did not become ready: {cause.title}",
        cause.why,
        # On a line of its own where the fix ends with a command, which is there to be copied.
        f"{cause.fix}{' ' if cause.fix.endswith('.') else chr(10)}Then `sendoff up` goes on from the stage {cause.stage}.",
        cause=cause.kind,
        evidence=[one_line(str(one)) for one in cause.evidence] or [f"{told.type}: {told.reason or 'failed'}"],
    )


def _facts(work: Work) -> CloudFacts:
    from wizard.advice.cloud_causes import CloudFacts

    target, probe = work.target, work.target.startup_probe
    return CloudFacts(
        project=target.project,
        project_number=_project_number(work),
        region=target.region,
        service=work.name,
        service_account=target.service_account,
        account=work.cloud.principal,
        repository=target.repository,
        image=work.image,
        port=target.port,
        memory=work.plan.service.memory,
        waited=probe.initial_delay + probe.period * probe.failures,
    )


def _project_number(work: Work) -> str:
    """The number by which Google's own accounts are called; empty where it may not be read."""
    cloud = work.cloud
    try:
        project = cloud.projects.get_project(name=cloud.place.project_name, retry=None, timeout=TIMEOUT)
    except Exception as error:
        if not is_api_error(error):
            raise
        return ""
    number = str(project.name).rpartition("/")[2]
    return number if number.isdecimal() else ""


def telling_condition(service: run_v2.Service | None, revision: run_v2.Revision | None) -> Condition:
    """The failed condition that says most: the revision's own parts before the sum of them, the service's last."""
    from google.cloud import run_v2

    from wizard.advice.cloud_causes import Condition

    failed = run_v2.Condition.State.CONDITION_FAILED
    found = []
    if revision is not None:
        of_revision = [one for one in revision.conditions if one.state == failed]
        parts = [one for one in of_revision if one.type_ not in {"Ready", "Active"}]
        found += [*parts, *(one for one in of_revision if one.type_ == "Ready")]
    if service is not None:
        found += [one for one in service.conditions if one.state == failed]
        if service.terminal_condition.state == failed:
            found.append(service.terminal_condition)
    with_words = [one for one in found if one.message] or found
    if not with_words:
        return Condition(type="Ready", reason="", message="")
    first = with_words[0]
    # A part may fail without a reason of its own, where the sum of them has it.
    reasons = [reason(first), *(reason(one) for one in with_words if reason(one) not in {"", "REVISION_FAILED"})]
    return Condition(type=first.type_, reason=next(filter(None, reasons), ""), message=first.message)


def with_standing(error: SendoffError, service: run_v2.Service, before: dict[str, int]) -> None:
    """Add a sentence to the error on who serves now, as it was just read; `before` is how it was when the release began."""
    now = serving(service)
    if not now:
        sentence = "No revision of the service has served yet, so nothing that worked is lost."
    elif not before:
        sentence = "It is the service's first revision, and nobody has been let in to call it yet."
    elif now == before:
        sentence = f"The traffic was not touched: {split_in_words(now)} goes on serving."
    else:
        sentence = f"Now serving: {split_in_words(now)}."
    error.why = f"{error.why} {sentence}".strip()
