"""One proposal for all the fields that read it: made when the first asks, kept until an answer changes."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.errors import SendoffError
from wizard.steps.answers import Answers
from wizard.steps.deploy.ground import LOCAL, WORKSHOP, Ground
from wizard.steps.deploy.proposal import Proposal, propose_around
from wizard.steps.fields import Inferred

if TYPE_CHECKING:
    from wizard.inspection.inspection import Inspection
    from wizard.plan.surroundings import Surroundings

_REMEMBERED = 4


@dataclass(frozen=True, slots=True)
class _Made:
    """A proposal, and what it was made from."""

    inspection: Inspection
    around: Surroundings
    where: str
    answers: dict[str, Any]
    proposal: Proposal | SendoffError

    def is_for(self, inspection: Inspection, around: Surroundings, where: str, answers: Mapping[str, Any]) -> bool:
        return (
            self.inspection is inspection
            and self.around == around
            and self.where == where
            and self.answers == dict(answers)
        )


class Proposals:
    """Makes proposals from answers. Thread-safe."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self._made: deque[_Made] = deque(maxlen=_REMEMBERED)
        self._quick: dict[Path, Surroundings] = {}
        self._answers: tuple[Inspection, tuple[str | None, str]] | None = None
        """Where the recorded answers of the model looked at last lie, and why they are taken."""
        self._lock = threading.Lock()

    def of(self, answers: Answers, *, dated: bool = False) -> Proposal:
        """The proposal for the answers. `dated`: with the day of the packages, which the index is asked for.

        Raises Pending and FactFailed of the facts it reads, PlanError where nothing can be proposed.
        """
        inspection = answers.fact("inspection")
        if dated:
            around = answers.fact("surroundings")
        else:
            around = self.surroundings(inspection, self.ground.path(answers["plan_path"]).parent)
        return self.make(inspection, around, answers["where"] or LOCAL, answers.given)

    def make(self, inspection: Inspection, around: Surroundings, where: str, answers: Mapping[str, Any]) -> Proposal:
        """The proposal for what was found out and given. Raises PlanError."""
        if "model.trusted" in answers:  # the file that is trusted, by its digest
            answers = {**answers, "model.trusted": answers["model.trusted"] == inspection.sha256}
        with self._lock:
            made = next((one for one in self._made if one.is_for(inspection, around, where, answers)), None)
            if made is None:
                made = _Made(inspection, around, where, dict(answers), self._new(inspection, around, where, answers))
                self._made.append(made)
        if isinstance(made.proposal, SendoffError):
            raise made.proposal
        return made.proposal

    def _new(
        self, inspection: Inspection, around: Surroundings, where: str, answers: Mapping[str, Any]
    ) -> Proposal | SendoffError:
        from wizard.run.recorded_answers import answers_beside

        workshop = self.ground.workshop
        if where == WORKSHOP and workshop is not None and workshop.is_up:
            why = "The local Cloud Run that is up on this machine."
            around = replace(
                around,
                endpoint=workshop.endpoint, endpoint_why=why,
                project_id=workshop.project, project_id_why=why,
                region=workshop.region, region_why=why,
            )  # fmt: skip
        if self._answers is None or self._answers[0] is not inspection:
            self._answers = inspection, answers_beside(inspection)
        recorded, recorded_why = self._answers[1]
        around = replace(around, recorded=recorded, recorded_why=recorded_why)
        kept = self.ground.kept.holding(inspection.sha256, where)
        try:
            return propose_around(inspection, around, where, answers, kept)
        except SendoffError as error:
            return error

    def surroundings(self, inspection: Inspection, folder: Path, *, dated: bool = False) -> Surroundings:
        """What this machine says about where the plan is made. `dated`: and the index of when the model's packages came out,
        which takes seconds; without that day a plan takes its packages as of the day the file was written."""
        from wizard.run.planning import surroundings_of

        if dated:
            return surroundings_of(inspection, folder, "cloud_run")
        with self._lock:
            if folder not in self._quick:
                # Of a model without requirements the index is not asked.
                self._quick[folder] = surroundings_of(replace(inspection, requirements=()), folder, "cloud_run")
            return self._quick[folder]

    def default(self, path: str, answers: Answers, *, dated: bool = False) -> Inferred:
        """The value proposed at a dotted path, and why it is that; of the house's own no more is to be said than of the field."""
        proposal = self.of(answers, dated=dated)
        value, origin = proposal.value(path), proposal.origin(path)
        if value is None or origin is None:
            return Inferred(value)
        why = "" if origin.why == proposal.description(path) else origin.why
        return Inferred(value, why, origin.source.value)
