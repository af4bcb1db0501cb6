"""Moving the traffic to a proved revision: by the plan's steps, and back where a step goes bad.

Every write first looks whether the traffic is still as this release left it. Where somebody else has moved it in between,
theirs stands: traffic is never moved back unasked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.errors import SendoffError, TargetError
from wizard.targets.cloud_run.access import is_narrower
from wizard.targets.cloud_run.candidate import Candidate, stale_tags
from wizard.targets.cloud_run.desired import desired_service
from wizard.targets.cloud_run.fingerprint import is_candidate
from wizard.targets.cloud_run.keeping import OUR_LABELS, service_labels
from wizard.targets.cloud_run.progress import Step
from wizard.targets.cloud_run.service_state import Shares, failed, finished, serving, shares, tags
from wizard.targets.cloud_run.traffic import allocation, from_text, to_text, with_share
from wizard.targets.cloud_run.work import Site, Work
from wizard.targets.cloud_run.writing import change
from wizard.targets.status import split_in_words

if TYPE_CHECKING:
    from google.cloud import run_v2

PREVIOUS = "dev.sendoff.previous"
"""Annotation of the service: the split before the last release, e.g. "housing-3f2a9c41=100"; what a rollback goes to. Empty
where what served before was never proved."""
_TRAFFIC = ("traffic", "annotations")
_SETTINGS = ("labels", "ingress", "client", "binary_authorization")


@dataclass
class Moving:
    """The traffic of one release."""

    work: Work
    candidate: Candidate
    now: Shares
    """The split as this release knows it: where another is found, somebody else moved the traffic."""
    original: Shares
    """The split to go back to."""

    def move(self, prove_again: Callable[[], str]) -> Shares:
        """Go through the steps that are left, asking for the proof anew between them; returns the split at the end.

        Raises TargetError and CancelledError; then the traffic is as it was, unless somebody else moved it.
        """
        steps = [step for step in self.work.target.traffic if step > self.now.get(self.candidate.name, 0)]
        try:
            for at, step in enumerate(steps):
                self.work.progress.at(Step.ROUTING, f"{step} % of the traffic to {self.candidate.name}")
                last = at == len(steps) - 1
                self._to(with_share(self.now, self.candidate.name, step), last=last)
                if not last:
                    self._watch(step, steps[at + 1], prove_again)
            if not steps:
                self.work.progress.at(Step.ROUTING, "tidying up")
                self._to(self.now, last=True)
        except OvertakenError:
            raise
        except SendoffError as error:
            self._back(error)
            raise
        return self.now

    def _watch(self, step: int, following: int, prove_again: Callable[[], str]) -> None:
        """Stay at a step for as long as the plan says, then ask for the proof again."""
        wait = self.work.target.traffic_wait
        self.work.reporter.log(f"{step} % of the traffic goes to {self.candidate.name}.")
        self.work.progress.at(Step.ROUTING, f"{step} %, waiting {wait} s before {following} %")
        self.work.reporter.cancel.wait(wait)
        self.work.reporter.check()
        self.work.progress.at(Step.ROUTING, f"{step} %, asking for the answers again")
        prove_again()

    def _to(self, split: Shares, *, last: bool) -> None:
        def edit(service: run_v2.Service) -> bool:
            standing = shares(service)
            if standing not in (dict(self.now), dict(split)):
                raise OvertakenError(self.work.name, self.candidate.name, service)
            before = type(service)(service)
            self._note_previous(service, split)
            service.traffic = allocation(split, self._tags(service, stale) if last else tags(service))
            if last:
                self._settle(service)
            return bool(before != service)

        stale = stale_tags(self.work, self.work.standing(), self.candidate.tag) if last else frozenset()
        paths = (*_TRAFFIC, *_SETTINGS) if last else _TRAFFIC
        change(self.work.cloud, self.work.name, edit, self.work.reporter, "move the traffic", paths)
        self.now = split
        wait_until_served(self.work, split, self.candidate.name)

    def _tags(self, service: run_v2.Service, stale: frozenset[str]) -> dict[str, str]:
        kept = {tag: name for tag, name in tags(service).items() if tag != self.candidate.tag and tag not in stale}
        return {**kept, **dict.fromkeys(self.work.target.tags, self.candidate.name)}

    def _note_previous(self, service: run_v2.Service, split: Shares) -> None:
        """Only what was proved is worth going back to: a revision that still bears the tag for its proof was not."""
        if self.original and self.original != split and self.candidate.name not in self.original:
            unproved = {name for tag, name in tags(service).items() if is_candidate(tag)}
            proved = {name: share for name, share in self.original.items() if name not in unproved}
            service.annotations[PREVIOUS] = to_text(with_share(proved, "", 0)) if proved else ""

    def _settle(self, service: run_v2.Service) -> None:
        """The settings of the service that need no new revision."""
        desired = desired_service(self.work.plan, self.work.image)
        service.labels = service_labels(self.work.plan, service)
        service.annotations[OUR_LABELS] = ",".join(sorted(self.work.target.labels))
        if is_narrower(desired.ingress, service.ingress):
            service.ingress = desired.ingress  # opened further only with the callers, when it is settled who they are
        service.binary_authorization = desired.binary_authorization

    def _back(self, error: SendoffError) -> None:
        """Put the split back that was there before, whether or not the last step came to anything; the error says so."""
        if not self.original or self.candidate.name in self.original:
            return
        quiet = self.work.quiet()
        moved = False

        def edit(service: run_v2.Service) -> bool:
            nonlocal moved
            if shares(service) == dict(self.original):
                return False
            if self.candidate.name not in shares(service):
                raise OvertakenError(self.work.name, self.candidate.name, service)
            kept = {tag: name for tag, name in tags(service).items() if tag != self.candidate.tag}
            service.traffic = allocation(self.original, kept)
            moved = True
            return True

        try:
            change(quiet.cloud, quiet.name, edit, quiet.reporter, "move the traffic back", ("traffic",))
            wait_until_served(quiet, self.original, self.candidate.name)
        except SendoffError as trouble:
            sentence = (
                f"The traffic could not be moved back ({trouble.what}): see `sendoff status {self.work.name}`, and do it with "
                f"`sendoff rollback {self.work.name}`."
            )
        else:
            where = "back where it was" if moved else "as it was"
            sentence = f"The traffic is {where}: {split_in_words(self.original)}."
        error.why = f"{error.why} {sentence}".strip()


def original_split(service: run_v2.Service | None, candidate: str) -> dict[str, int]:
    """The split to go back to where a step goes bad. A release that was killed between two steps has noted it down."""
    if service is None:
        return {}
    now = shares(service)
    if candidate in now and now.get(candidate) != 100:
        return from_text(service.annotations.get(PREVIOUS, "")) or now
    return now


def wait_until_served(site: Site, split: Shares, revision: str) -> None:
    """Until requests are split like that. Raises TargetError where Cloud Run gives up, or somebody moves them elsewhere."""
    waiting = site.waiting()
    while True:
        service = site.standing()
        if serving(service) == dict(split) and not service.reconciling:
            return
        if not service.reconciling and serving(service) != dict(split):
            if _asked(service) != dict(split):
                raise OvertakenError(site.name, revision, service)
            if finished(service) and failed(service):
                raise TargetError(
                    f"Cloud Run did not move the traffic of {site.name}.",
                    service.terminal_condition.message.splitlines()[0] if service.terminal_condition.message else "",
                    "See `sendoff revisions`, then run `sendoff up` again.",
                    evidence=[f"now: {split_in_words(serving(service))}"],
                )
        waiting.pause()


def _asked(service: run_v2.Service) -> dict[str, int]:
    split: dict[str, int] = {}
    for target in service.traffic:
        if target.percent:
            split[target.revision] = split.get(target.revision, 0) + target.percent
    return split


class OvertakenError(TargetError):
    """Somebody else changed the service's traffic while this release was under way."""

    def __init__(self, name: str, revision: str, service: run_v2.Service) -> None:
        by = service.last_modifier or "Somebody else"
        when = f" {service.update_time:%H:%M:%S} UTC" if service.update_time else " then"
        super().__init__(
            f"{by} released {name} at the same time, and was first.",
            f"Since{when}, while {revision} was being prepared, requests go to {split_in_words(shares(service))}; that stays.",
            f"Talk to each other. {revision} is there and has no traffic: `sendoff up` proves it again and moves the traffic "
            "to it after all.",
        )
