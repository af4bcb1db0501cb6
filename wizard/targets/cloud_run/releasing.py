"""A release to Cloud Run: a new revision with no traffic, its proof, then the traffic, then who may call it.

What has been done is read from Cloud Run each time, never from this machine. So a release that was killed, or whose network
was cut, goes on when it is run again, here or elsewhere, and makes no second revision of the same content.
"""

from __future__ import annotations

import contextlib
import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.errors import SendoffError
from wizard.events import Reporter
from wizard.rehearsal.service import read_sample
from wizard.targets.cloud_run import access, records
from wizard.targets.cloud_run.api_errors import CloudError
from wizard.targets.cloud_run.api_trouble import Trouble
from wizard.targets.cloud_run.candidate import Candidate, bring_up, choose, withdraw_tag
from wizard.targets.cloud_run.cloud import Cloud
from wizard.targets.cloud_run.desired import cloud_run_target, desired_service
from wizard.targets.cloud_run.failure import with_standing
from wizard.targets.cloud_run.keeping import made_here, service_labels
from wizard.targets.cloud_run.moving import PREVIOUS, Moving, OvertakenError, original_split
from wizard.targets.cloud_run.progress import Progress, Step
from wizard.targets.cloud_run.proof import Prover
from wizard.targets.cloud_run.service_state import (
    RevisionState,
    follows_latest,
    shares,
    tag_urls,
    tags,
)
from wizard.targets.cloud_run.work import LONGEST, Work
from wizard.targets.release import Release
from wizard.targets.status import split_in_words

if TYPE_CHECKING:
    from google.cloud import run_v2

    from wizard.bundle.bundle import Bundle
    from wizard.images.push import Pushed
    from wizard.plan.plan import Plan
    from wizard.rehearsal.report import RehearsalReport


def release(
    plan: Plan,
    bundle: Bundle,
    image: Pushed,
    report: RehearsalReport,
    reporter: Reporter,
    *,
    project: str | Path,
    cloud: Cloud | None = None,
    patience: float = LONGEST,
) -> Release:
    """Release the pushed image as the plan says, and return the service as it then is.

    The revision is brought up with no traffic, asked for the rehearsal's answers at its own address, and only then given
    traffic, by the plan's steps, and callers. Where the plan and image are in service already, nothing is written.
    `project` is the folder of the project; `patience` the most seconds to wait for Cloud Run in one step.

    Raises TargetError (also CloudError) with the cause, and CancelledError; the traffic is then as it was before.
    """
    with Progress(reporter) as progress:
        own = cloud is None
        cloud = cloud or Cloud.of(cloud_run_target(plan))
        try:
            work = Work(
                cloud, plan.service.name, reporter, patience, plan=plan, image=image.reference, progress=progress
            )
            return _Release(work, bundle, report, str(Path(project).absolute())).carry_out()
        finally:
            if own:
                cloud.close()


@dataclass
class _Release:
    work: Work
    bundle: Bundle
    report: RehearsalReport
    project: str

    def carry_out(self) -> Release:
        work = self.work
        work.reporter.check()
        start = work.service()
        if start is not None and not made_here(start):
            work.reporter.notice(
                f"The service {work.name} was not made by Sendoff. Its traffic stays until the new revision is proved; "
                "settings that no plan speaks of are kept, and `sendoff down` does not delete it."
            )
        before = shares(start) if start is not None else {}
        candidate = choose(work, start)
        if start is not None and self._nothing_to_do(start, candidate):
            work.reporter.log(f"{candidate.name} is in service already, as the plan says: nothing was written.")
            work.progress.done()
            return self._released(candidate, start, before, "in service already", changed=False)
        url, proof = "", "proved before"
        if start is None or not _proved(start, candidate, work.target.traffic[-1]):
            url, proof = self._proved_at(candidate, before)
            work.reporter.log(proof)
        moving = Moving(work, candidate, before or {candidate.name: 100}, original_split(start, candidate.name))
        try:
            split = moving.move(lambda: self._ask(self._prover(candidate, url)))
        except SendoffError as error:
            self._give_back(candidate, error)
            raise
        work.progress.at(Step.ACCESS, _access_in_words(work))
        self._grant()
        service = work.standing()
        self._note_down(service)
        work.progress.done()
        return self._released(candidate, service, split, proof, changed=True)

    def _proved_at(self, candidate: Candidate, before: dict[str, int]) -> tuple[str, str]:
        """Bring the candidate up and prove it: its address, and the proof in a sentence. Where that fails the error says who
        serves. The service is noted down in any case, so that `status`, `logs` and `down` find it.
        """
        try:
            url = bring_up(self.work, candidate)
            self._note_down(self.work.standing())
            return url, self._prove(candidate, url)
        except SendoffError as error:
            self._give_back(candidate, error)
            with contextlib.suppress(SendoffError):
                if not _cut_off(error) and (service := self.work.quiet().service()) is not None:
                    with_standing(error, service, before)
                    self._note_down(service)
            raise

    def _give_back(self, candidate: Candidate, why: SendoffError) -> None:
        """Remove the candidate's tag, as well as that can be done: a release an hour from now does it too."""
        if _cut_off(why):
            return
        try:
            withdraw_tag(self.work.quiet(), candidate)
        except SendoffError as error:
            self.work.reporter.log(f"The address for the proof could not be given back: {error.what}")

    def _nothing_to_do(self, service: run_v2.Service, candidate: Candidate) -> bool:
        target = self.work.target
        desired = desired_service(self.work.plan, self.work.image)
        have = tags(service)
        return (
            candidate.state is RevisionState.READY
            and not service.reconciling
            and _proved(service, candidate, target.traffic[-1])
            and all(have.get(tag) == candidate.name for tag in target.tags)
            and dict(service.labels) == service_labels(self.work.plan, service)
            and service.binary_authorization == desired.binary_authorization
            and access.is_granted(self.work.cloud, service, self.work.name, target, self.work.reporter)
        )

    def _prover(self, candidate: Candidate, url: str) -> Prover:
        service = self.work.standing()
        open_to_all = service.invoker_iam_disabled
        return Prover(
            service=self.work.name,
            revision=candidate.name,
            url=url,
            token=(lambda: "") if open_to_all else (lambda: self.work.cloud.identity_token(service.uri)),
            grant=access.grant_command(self.work.cloud, self.work.name),
            look=lambda: self._look(candidate),
            reporter=self.work.reporter,
            say=lambda text: self.work.progress.at(Step.PROOF, text),
        )

    def _look(self, candidate: Candidate) -> bool:
        """Whether a release of the same content has finished meanwhile. Raises TargetError where somebody else took the
        candidate's address away, or the service.
        """
        service = self.work.standing()
        if _proved(service, candidate, self.work.target.traffic[-1]):
            return True
        if tags(service).get(candidate.tag) != candidate.name:
            raise OvertakenError(self.work.name, candidate.name, service)
        return False

    def _ask(self, prover: Prover) -> str:
        return prover.prove(self.report.expected, read_sample(self.bundle), self.work.plan.serving.max_rows)

    def _prove(self, candidate: Candidate, url: str) -> str:
        """The proof in a sentence; where the plan keeps the service off the internet, why there is none."""
        work = self.work
        work.progress.at(Step.PROOF, f"asking {candidate.name} at {url}")
        service = work.standing()
        if service.ingress.name != "INGRESS_TRAFFIC_ALL" and not work.cloud.place.is_local:
            text = (
                f"{candidate.name} could not be asked from here: only the internal network reaches the service. "
                "It is released on the strength of the rehearsal alone."
            )
            work.reporter.notice(text)
            return text
        return self._ask(self._prover(candidate, url))

    def _grant(self) -> None:
        work = self.work
        try:
            access.grant(work.cloud, work.name, work.target, work.reporter)
        except SendoffError as error:
            service = work.service()
            if service is not None:
                error.why = (
                    f"{error.why} The new revision is in service ({split_in_words(shares(service))}); only who may call it "
                    "is not yet as the plan says."
                )
            raise

    def _note_down(self, service: run_v2.Service | None) -> None:
        place = self.work.cloud.place
        records.write(
            records.CloudRecord(
                name=self.work.name,
                project=place.project,
                region=place.region,
                endpoint=place.endpoint,
                folder=self.project,
                bundle=self.bundle.folder,
                url=service.uri if service is not None else "",
            )
        )

    def _released(
        self, candidate: Candidate, service: run_v2.Service, split: Mapping[str, int], proof: str, *, changed: bool
    ) -> Release:
        place = self.work.cloud.place
        first = set(split) == {candidate.name} and not service.annotations.get(PREVIOUS)
        return Release(
            target="cloud_run",
            service=self.work.name,
            revision=candidate.name,
            url=service.uri,
            runtime="container",
            handle=place.service(self.work.name),
            image=self.work.image,
            call=self._call(service.uri),
            undo=f"sendoff {'down' if first else 'rollback'} {self.work.name}",
            labels=dict(service.labels),
            place=records.place_in_words(place.project, place.region, place.endpoint),
            traffic=dict(split),
            tags={tag: url for tag, url in tag_urls(service).items() if tags(service).get(tag) == candidate.name},
            proof=proof,
            changed=changed,
        )

    def _call(self, url: str) -> str:
        """A command that calls it: with an identity, where it is private."""
        if self.work.target.access == "private":
            return f"sendoff predict {self.work.name}"
        sample = Path(self.bundle.folder) / "sample.json"
        try:
            body = json.dumps(json.loads(sample.read_text(encoding="utf-8")), ensure_ascii=False)
        except (OSError, ValueError):
            body = ""
        data = shlex.quote(body) if 0 < len(body) <= 400 else f"@{shlex.quote(str(sample))}"
        return f"curl -s {url}/predict -H 'Content-Type: application/json' -d {data}"


def _cut_off(error: SendoffError) -> bool:
    """There is no way to Cloud Run at the moment: trying to put things back would only make the person wait."""
    return isinstance(error, CloudError) and error.kind in {Trouble.UNAVAILABLE, Trouble.DEADLINE}


def _proved(service: run_v2.Service, candidate: Candidate, final: int) -> bool:
    """The revision has all the traffic it is to get, by name, and no tag says that its proof is still due."""
    return (
        shares(service).get(candidate.name, 0) >= final
        and candidate.tag not in tags(service)
        and not follows_latest(service)
    )


def _access_in_words(work: Work) -> str:
    match work.target.access:
        case "private":
            return "private: callers need the invoker role"
        case _:
            return "public: everybody may call it"
