"""The terminal wizard: screens that draw `wizard.steps` and `wizard.run`. Textual is imported when `run` is called."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tui.opening import Opening

if TYPE_CHECKING:
    from wizard.steps.deploy import Workshop

__all__ = ["Opening", "run"]


def run(
    opening: Opening,
    *,
    folder: Path | None = None,
    find_workshop: Callable[[], Workshop | None] = lambda: None,
) -> int:
    """Draw the screens until the person leaves; the exit status.

    `folder` is where files are looked for (the current one where not given); `find_workshop` tells of the local Cloud Run.
    Raises a SendoffError for a fault of Sendoff's own.
    """
    import sys

    from tui.app import SendoffApp

    app = SendoffApp(opening=opening, find_workshop=find_workshop, folder=folder)
    app.run()
    if app.fault is not None:
        raise app.fault
    if app.farewell:
        sys.stdout.write(f"{app.farewell}\n")
    return app.return_code or 0
