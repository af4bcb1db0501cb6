"""The local Cloud Run of this account, as the notebook finds it."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from wizard.errors import PlanError, TargetError

if TYPE_CHECKING:
    from wizard.steps.deploy.ground import Workshop

TARGETS = ("local", "cloud_run", "workshop")


def find_workshop() -> Workshop | None:
    """The local Cloud Run that is up; None where none is, or it does not answer. Takes milliseconds where none is."""
    from wizard.steps.deploy.ground import Workshop
    from wizard.workshop.running import default_folder, find_running

    running = find_running(default_folder())
    return Workshop(running.endpoint, running.project, running.region) if running is not None else None


def workshop_for(target: str | None) -> Workshop | None:
    """The local Cloud Run that is up, for a way to that target.

    Raises PlanError where there is no such target, TargetError where the local Cloud Run was asked for and is not up.
    """
    if target is not None and target not in TARGETS:
        near = difflib.get_close_matches(str(target).lower().replace("-", "_"), TARGETS, 1, 0.5)
        raise PlanError(
            f"There is no target {target!r}.",
            f"Known: {', '.join(TARGETS)}. The last is a local Cloud Run to practise on.",
            f"Did you mean {near[0]}?" if near else "Choose one of these.",
            field="target.kind",
            nearest=near[0] if near else None,
        )
    workshop = find_workshop()
    if workshop is None and target == "workshop":
        raise TargetError(
            "No local Cloud Run is up.",
            "The target workshop is one that runs on this machine, to practise on.",
            "Start it in a cell: !sendoff workshop up",
        )
    return workshop
