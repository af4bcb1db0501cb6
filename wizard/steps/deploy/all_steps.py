"""All steps of the deploy wizard, and what is found out for them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.steps.answers import Answers
from wizard.steps.deploy.ground import Ground
from wizard.steps.deploy.image_step import image_step, lock_fact, size_fact
from wizard.steps.deploy.model_step import inspection_fact, model_step
from wizard.steps.deploy.place_step import place_step
from wizard.steps.deploy.proposals import Proposals
from wizard.steps.deploy.serving_step import serving_step
from wizard.steps.deploy.settings_step import settings_step
from wizard.steps.fields import Fact, Step

if TYPE_CHECKING:
    from wizard.plan.surroundings import Surroundings

NOT_ASKED = ("model.sha256", "model.framework", "model.version")
"""Values of a plan that are no question: the file says them."""


def deploy_steps(proposals: Proposals) -> tuple[Step, ...]:
    """The steps in their order. Running the plan is none of them: it follows."""
    return (
        model_step(proposals),
        serving_step(proposals),
        image_step(proposals),
        place_step(proposals),
        settings_step(proposals),
        Step(
            "review",
            "Review",
            "Every choice with its reason, what it will cost and what will be done. Nothing is done before you start.",
        ),
    )


@cache
def field_names() -> tuple[str, ...]:
    """The names of all fields, in the order of the steps."""
    return tuple(field.name for step in deploy_steps(Proposals(Ground(Path()))) for field in step.fields)


def deploy_facts(proposals: Proposals) -> tuple[Fact, ...]:
    return (inspection_fact(proposals), _surroundings_fact(proposals), lock_fact(proposals), size_fact())


def _surroundings_fact(proposals: Proposals) -> Fact:
    def find(answers: Answers) -> Surroundings:
        inspection, folder = answers.fact("inspection"), proposals.ground.path(answers["plan_path"]).parent
        dated = not proposals.ground.kept.knows_the_day(inspection.sha256)
        return proposals.surroundings(inspection, folder, dated=dated)

    return Fact("surroundings", "asking the package index when the model's packages came out", find)
