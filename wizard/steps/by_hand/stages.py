"""The same road walked by hand: what one would type for each stage, from the plan's own values.

Workshops teach with these commands, so they are meant to be copied: every value of the plan is in them, quoted, and the
tests really run them. Values that may be secret are left to the person's own shell.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wizard.steps.by_hand import cloud, image, local
from wizard.steps.by_hand.command import Command, StageByHand, shell

if TYPE_CHECKING:
    from wizard.plan.plan import Plan


def by_hand(plan: Plan, plan_path: Path) -> tuple[StageByHand, ...]:
    """The stages of the plan's road in order, then what one does with a service that runs.

    `plan_path` is where the plan lies or will lie; the commands are typed in its folder.
    """
    target = plan.target
    made = (
        image.lock(plan),
        image.bundle(plan_path),
        *(() if local.as_process(plan) else (image.build(plan),)),
        local.rehearse(plan),
    )
    first = image.inspect(plan, plan_path)
    if target.kind == "local":
        return (first, *made, local.release(plan, target.port), local.down(plan))
    return (
        first,
        cloud.preflight(target),
        *made,
        cloud.push(plan, target),
        cloud.release(plan, target),
        cloud.traffic(plan, target),
        cloud.rollback(plan, target),
        cloud.down(plan, target),
    )


_STAGES_OF_STEPS = {
    "model": ("inspect",),
    "serving": ("bundle",),
    "image": ("lock", "build"),
    "place": ("preflight", "push"),
    "settings": ("rehearse", "release"),
}


def by_hand_step(step_name: str, plan: Plan, plan_path: Path) -> tuple[Command, ...]:
    """What one would type for a step of the wizard; () for a step nothing is typed for."""
    if step_name == "review":
        return (
            Command(
                shell("cat", plan_path.name), "The plan is a file: read it, edit it, keep it under version control."
            ),
            Command(
                shell("sendoff", "up", plan_path.name, "--yes"),
                "Everything at once, with no questions: this is what a build server runs.",
            ),
        )
    wanted = _STAGES_OF_STEPS.get(step_name, ())
    return tuple(command for stage in by_hand(plan, plan_path) if stage.stage in wanted for command in stage.commands)
