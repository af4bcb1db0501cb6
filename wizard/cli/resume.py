"""`sendoff resume`: takes up what was left: answers not yet written down, or a run that did not come to its end."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.cli.opening import Terminal, find_workshop, nobody_there, show_screens, speak_plainly, terminal
from wizard.errors import ProjectBusyError, SendoffError
from wizard.run.left import Left, left_at
from wizard.run.project import PLAN_NAME
from wizard.run.recent import recent
from wizard.run.run_summary import RunSummary

if TYPE_CHECKING:
    from tui.opening import Opening


def resume(path: Path | None = None, *, plain: bool = False) -> None:
    """Go on with what was left in the project of `path` (a plan, or its folder); without one, here, or where it was last.

    A run goes on without a terminal too; answers need one. Raises SendoffError where nothing was left.
    """
    where = terminal(plain)
    if where is Terminal.PROMPTS:
        speak_plainly()
    left = what_was_left(path)
    if left.run is not None and left.at_work:
        raise ProjectBusyError(
            "A run is at work on this project.", left.run.what, "Wait for it to end, or stop it where it was started."
        )
    if where is Terminal.SCREENS:
        show_screens(opening_at(left))
    elif left.run is not None:
        _go_on(left.plan_path, left.run)
    elif where is Terminal.NONE:
        raise nobody_there("sendoff up MODEL --yes")
    else:
        from wizard.cli.prompts import prompt
        from wizard.steps.deploy import Deploy

        assert left.draft is not None
        prompt(Deploy.of_draft(left.draft, workshop=find_workshop()))


def what_was_left(path: Path | None = None) -> Left:
    """What `resume` takes up. Raises SendoffError where there is nothing, ProjectBusyError where it is being worked on."""
    if path is not None:
        plan_path = path / PLAN_NAME if path.is_dir() else path
        if (left := left_at(plan_path)) is None:
            raise SendoffError(
                f"Nothing was left in {plan_path.absolute().parent}.",
                "No answers are waiting to be written into a plan, and the last run came to its end, or there was none.",
                "Start with a model: sendoff MODEL",
            )
        return left
    left = left_at(Path(PLAN_NAME))
    if left is None:
        elsewhere = filter(None, (left_at(plan.plan_path) for plan in recent()))
        here = Path.cwd()  # where a plan may be called otherwise
        left = max(
            (each for each in elsewhere if not each.at_work),
            key=lambda each: (each.plan_path.parent == here, each.when),
            default=None,
        )
    if left is None:
        raise SendoffError(
            "Nothing was left to take up.",
            "No answers are waiting to be written into a plan, and every last run came to its end.",
            "Start with a model: sendoff MODEL",
        )
    return left


def opening_at(left: Left) -> Opening:
    """Where the screens open on what was left: at the answers, or at the run as it ended, with the key that goes on."""
    from tui.opening import Opening

    if left.draft is not None:
        return Opening("draft", left.draft)
    assert left.run is not None
    return Opening("run", left.run.journal)


def _go_on(plan_path: Path, run: RunSummary) -> None:
    from wizard.cli.outcome import say
    from wizard.cli.walk import walk
    from wizard.run.stages import STAGES

    say(f"Going on with {os.path.relpath(plan_path)}.")
    until = run.until if run.until in {stage.name for stage in STAGES} else "release"
    walk(plan_path, until, frozenset(), as_json=False)
