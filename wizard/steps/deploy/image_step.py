"""The third step: what is installed around the model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from wizard.errors import LockError
from wizard.steps.answers import Answers
from wizard.steps.deploy.ground import LOCAL
from wizard.steps.deploy.model_step import servable
from wizard.steps.deploy.plan_fields import plan_field
from wizard.steps.deploy.proposals import Proposals
from wizard.steps.deploy.requirements import left_out_problem, row_problems, unlocked_problem
from wizard.steps.fields import Fact, Step, Verdict
from wizard.steps.wanted import while_wanted

if TYPE_CHECKING:
    from wizard.advice.sizes import ImageEstimate
    from wizard.locking.lock import Lock

PACKAGES, MORE = "image.requirements", "image.extra_requirements"
_OF_THE_LOCK = (PACKAGES, MORE, "image.python", "model.as_of", "serving.server")
"""The answers that decide which packages are installed."""


@dataclass(frozen=True, slots=True)
class Locked:
    """The packages that would be installed, or why they cannot be had together."""

    lock: Lock | None = None
    error: LockError | None = None


@dataclass(frozen=True, slots=True)
class ImageSize:
    """How large the image will be, about."""

    text: str
    estimate: ImageEstimate


def image_step(proposals: Proposals) -> Step:
    field = partial(plan_field, proposals)
    return Step(
        "image",
        "Image",
        "An image holds the model, the server and every package they need, each in one exact version: what runs here runs the "
        "same everywhere.",
        (
            field("image.python", "Python"),
            field("image.base", "Base image"),
            field(
                PACKAGES,
                "Packages",
                placeholder="scikit-learn==1.5.2",
                check=lambda value, answers: _check_packages(proposals, PACKAGES, value, answers),
            ),
            field(
                MORE,
                "More packages",
                placeholder="holidays",
                check=lambda value, answers: _check_packages(proposals, MORE, value, answers),
            ),
            field(
                "image.modules",
                "Your own code",
                placeholder="my_code.py",
                check=lambda value, answers: _check_modules(proposals, value, answers),
            ),
            field(
                "model.as_of",
                "Packages as of",
                placeholder="2024-05-31",
                advanced=True,
                default=lambda answers: proposals.default("model.as_of", answers, dated=True),
            ),
        ),
    )


def _check_packages(proposals: Proposals, field: str, rows: tuple[str, ...], answers: Answers) -> Verdict:
    inspection = answers.fact("inspection")
    proposal = proposals.of(answers)
    found = [*proposal.at(field), *row_problems(inspection, proposal.draft, field, rows)]
    if field == PACKAGES and (missing := servable(inspection, field, answers[MORE] or ())) is not None:
        found.append(missing)
    if found or not _readable(proposals, answers):
        return found
    locked: Locked = answers.fact("lock")
    if locked.error is not None:
        problem = unlocked_problem(locked.error, _tables(answers))
        return problem if problem is not None and (problem.field + ".").startswith(f"{field}.") else None
    if locked.lock is not None and field == PACKAGES:
        return left_out_problem(inspection, locked.lock, field)
    return None


def _check_modules(proposals: Proposals, rows: tuple[str, ...], answers: Answers) -> Verdict:
    from wizard.steps.deploy.modules import module_problems

    folder = proposals.ground.path(answers["plan_path"]).parent
    return [*proposals.of(answers).at("image.modules"), *module_problems("image.modules", rows, folder)]


def _tables(answers: Answers) -> dict[str, tuple[str, ...]]:
    return {field: tuple(answers[field] or ()) for field in (PACKAGES, MORE)}


def _readable(proposals: Proposals, answers: Answers) -> bool:
    """Whether every answer that the lock rests on is right for itself: it says nothing of one that is not."""
    proposal, inspection = proposals.of(answers), answers.fact("inspection")
    return not any(proposal.at(name) for name in _OF_THE_LOCK) and not any(
        row_problems(inspection, proposal.draft, field, rows) for field, rows in _tables(answers).items()
    )


def lock_fact(proposals: Proposals) -> Fact:
    def find(answers: Answers) -> Locked:
        from wizard.bundle import server_requirements
        from wizard.locking import lock

        inspection = answers.fact("inspection")
        asked = {name: answers[name] for name in _OF_THE_LOCK}
        around = proposals.surroundings(inspection, proposals.ground.path(answers["plan_path"]).parent)
        plan = proposals.make(inspection, around, LOCAL, asked).draft
        try:
            return Locked(lock(plan, server_requirements(plan.serving.server), while_wanted("lock", answers)))
        except LockError as error:
            return Locked(error=error)

    return Fact("lock", "looking whether the packages fit together", find)


def size_fact() -> Fact:
    def find(answers: Answers) -> ImageSize:
        from wizard.advice.sizes import estimate_image
        from wizard.plan.quantities import approximate_bytes

        locked: Locked = answers.fact("lock")
        if locked.lock is None:
            raise locked.error or LockError("The packages are not known yet.")
        estimate = estimate_image(
            {package.name: package.size for package in locked.lock.packages}, answers.fact("inspection").size
        )
        largest = ", ".join(f"{part.name} {approximate_bytes(part.bytes)}" for part in estimate.biggest)
        lighter = "".join(f" {one.instead} instead of {one.name} is smaller: {one.why}." for one in estimate.lighter)
        text = (
            f"About {approximate_bytes(estimate.total)}: {approximate_bytes(estimate.base)} the base image, "
            f"{len(locked.lock.packages)} packages (largest: {largest}), {approximate_bytes(estimate.model)} the model.{lighter}"
        )
        return ImageSize(text, estimate)

    return Fact("size", "estimating the image's size", find)
