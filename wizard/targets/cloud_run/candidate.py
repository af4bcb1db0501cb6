"""Bringing the new revision up, with no traffic but at an address of its own.

Every round asks Cloud Run what is there and does what is missing, so it makes no difference whether an earlier round was
this program's, that of one that was killed, or somebody else's with the same plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from wizard.errors import TargetError
from wizard.targets.cloud_run.access import is_narrower, lets_anybody_in
from wizard.targets.cloud_run.cloud import TO_WATCH_AND_PROVE_IT
from wizard.targets.cloud_run.desired import CLIENT, desired_service
from wizard.targets.cloud_run.failure import failure_of
from wizard.targets.cloud_run.fingerprint import candidate_tag, is_candidate, revision_name
from wizard.targets.cloud_run.keeping import OUR_LABELS, service_labels, template_for
from wizard.targets.cloud_run.log_tail import LogTail
from wizard.targets.cloud_run.permissions import command
from wizard.targets.cloud_run.progress import Step, follow
from wizard.targets.cloud_run.service_state import (
    RevisionState,
    failed,
    follows_latest,
    revision_state,
    shares,
    short,
    tag_urls,
    tags,
)
from wizard.targets.cloud_run.traffic import allocation
from wizard.targets.cloud_run.work import Work
from wizard.targets.cloud_run.writing import change, create

if TYPE_CHECKING:
    from google.cloud import run_v2

_ATTEMPTS = 50
"""Failed revisions of one content before that is said to be enough."""
_ROUNDS = 8
"""Times the template or the tag is written anew, because others write at the same time."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """The revision that is to be proved."""

    name: str
    tag: str
    state: RevisionState


def choose(work: Work, service: run_v2.Service | None) -> Candidate:
    """The revision of this plan and image: the one there is, or the name of the next attempt where that failed."""
    _, digest = template_for(work.plan, work.image, service)
    tag = candidate_tag(digest)
    for attempt in range(1, _ATTEMPTS + 1):
        name = revision_name(work.name, digest, attempt)
        revision = work.revision(name) if service is not None else None
        state = revision_state(revision)
        if state is RevisionState.FAILED:
            continue
        given_up = service is not None and short(service.template.revision) == name and failed(service)
        if state is RevisionState.MISSING and given_up:
            continue  # refused before it was made: the same name would be no change, and nothing would happen
        return Candidate(name, tag, state)
    raise TargetError(
        f"{_ATTEMPTS} revisions of {work.name} with this content have failed.",
        "Each attempt with the same plan and image failed.",
        "Change what makes them fail, or delete them: "
        + command(
            "gcloud run revisions list",
            service=work.name,
            region=work.cloud.place.region,
            project=work.cloud.place.project,
        ),
    )


def bring_up(work: Work, candidate: Candidate) -> str:
    """Have the revision ready at its tag, and return that address.

    Raises TargetError with the cause where it does not come up, and CancelledError; nobody's traffic was touched.
    """
    tail = LogTail(work, candidate.name, from_now=candidate.state is RevisionState.READY)
    waiting = work.waiting()
    written = 0
    while True:
        work.reporter.check()
        service, revision = work.service(), None
        if service is not None:
            revision = work.revision(candidate.name)
        state = revision_state(revision)
        if state is RevisionState.FAILED:
            raise failure_of(work, candidate.name, service, revision, tail.to_the_end())
        if service is None or _to_write(service, revision, candidate):
            if written == _ROUNDS:
                raise _outrun(work, service)
            written += 1
            work.progress.at(Step.REVISION, f"asking for {candidate.name}")
            _write(work, candidate, service, revision)
            work.cloud.warm(TO_WATCH_AND_PROVE_IT)  # the container takes a while to start
            continue
        tail.read()
        url = tag_urls(service).get(candidate.tag, "")
        if state is RevisionState.READY and url and not service.reconciling:
            return url
        if failed(service) and not url:  # refused before there was a revision, or no way could be made to it
            raise failure_of(work, candidate.name, service, revision, tail.to_the_end())
        if state is RevisionState.READY:
            work.progress.at(Step.HEALTH, "ready; waiting for an address of its own")
        else:
            follow(work.progress, revision)
        waiting.pause()


def _to_write(service: run_v2.Service, revision: run_v2.Revision | None, candidate: Candidate) -> bool:
    """Something the candidate needs has not been asked for yet."""
    if revision is None and short(service.template.revision) != candidate.name:
        return not service.reconciling or candidate.state is RevisionState.MISSING
    return tags(service).get(candidate.tag) != candidate.name or follows_latest(service) or _nobody(service, candidate)


def _nobody(service: run_v2.Service, candidate: Candidate) -> bool:
    """No revision serves, and the candidate has not been given the traffic that is to be had for nothing."""
    return (
        not shares(service)
        and not service.reconciling
        and not any(short(one.revision) == candidate.name and one.percent == 100 for one in service.traffic)
    )


def _write(work: Work, candidate: Candidate, service: run_v2.Service | None, revision: run_v2.Revision | None) -> None:
    if service is None:
        message = desired_service(work.plan, work.image, candidate.name)
        message.annotations[OUR_LABELS] = ",".join(sorted(work.target.labels))
        message.invoker_iam_disabled = False  # opened after the proof
        message.traffic = allocation({candidate.name: 100}, {candidate.tag: candidate.name})
        create(work.cloud, work.name, message, work.reporter)
        return

    def edit(standing: run_v2.Service) -> bool:
        changed = False
        if revision is None and short(standing.template.revision) != candidate.name:
            _renew(work, candidate, standing)
            changed = True
        split = shares(standing) or {candidate.name: 100}
        wanted = allocation(split, {**tags(standing), candidate.tag: candidate.name})
        if list(standing.traffic) != wanted:
            standing.traffic = wanted
            changed = True
        return changed

    if follows_latest(service) and shares(service):
        work.reporter.log(
            f"The traffic followed the latest revision; it is held at {', '.join(shares(service))} instead."
        )
    paths = () if revision is None else ("traffic",)
    change(work.cloud, work.name, edit, work.reporter, f"release {candidate.name}", paths)


def _renew(work: Work, candidate: Candidate, standing: run_v2.Service) -> None:
    """Put the plan's template and settings into the service; what is not the plan's stays."""
    desired = desired_service(work.plan, work.image, candidate.name)
    standing.template, _ = template_for(work.plan, work.image, standing)
    standing.template.revision = candidate.name
    standing.labels = service_labels(work.plan, standing)
    standing.annotations[OUR_LABELS] = ",".join(sorted(work.target.labels))
    standing.client = CLIENT
    standing.binary_authorization = desired.binary_authorization
    # Closed to the world only after the proof, which comes from outside; opened to it before only where nobody gets in
    # without the right to call it. Unspecified is what is read while no revision serves, and would be written as open.
    nobody_yet = standing.ingress.name == "INGRESS_TRAFFIC_UNSPECIFIED"
    if nobody_yet or (
        is_narrower(standing.ingress, desired.ingress) and not lets_anybody_in(work.cloud, standing, work.reporter)
    ):
        standing.ingress = desired.ingress


def _outrun(work: Work, service: run_v2.Service | None) -> TargetError:
    by = f" by {service.last_modifier}" if service is not None and service.last_modifier else ""
    return TargetError(
        f"{work.name} is being released by somebody else at the same time.",
        f"What was written here was replaced{by} each time.",
        "Agree on who releases, then run `sendoff up` again.",
    )


def withdraw_tag(work: Work, candidate: Candidate) -> None:
    """Remove the tag for the proof where other revisions serve; where none does it stays, and marks what is not proved."""
    service = work.service()
    if service is None or candidate.tag not in tags(service):
        return

    def edit(standing: run_v2.Service) -> bool:
        split, kept = shares(standing), tags(standing)
        if candidate.name in split or not split or kept.pop(candidate.tag, None) is None:
            return False
        standing.traffic = allocation(split, kept)
        return True

    change(work.cloud, work.name, edit, work.reporter, "remove the tag for the proof", ("traffic",))


def stale_tags(work: Work, service: run_v2.Service, keep: str) -> frozenset[str]:
    """Tags for proofs that other releases left behind: of revisions that failed, are gone, or are over an hour old."""
    stale = set()
    for tag, name in tags(service).items():
        if tag == keep or not is_candidate(tag):
            continue
        revision = work.revision(name) if name else None
        age = datetime.now(UTC) - revision.create_time if revision is not None else None
        if age is None or age > timedelta(hours=1) or revision_state(revision) is RevisionState.FAILED:
            stale.add(tag)
    return frozenset(stale)
