"""A run watched from the cell that waits for it: drawn by the cell itself, and interrupted there."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.run import Run

RATE = 4.0
"""Looks a second."""


def pump(run: Run, draw: Callable[[], None], timeout: float | None = None) -> bool:
    """Draw whenever something has changed, until the run has ended; at most `timeout` seconds. Whether it has ended.

    Runs in the thread that executes cells, so that KeyboardInterrupt ends it, and what is drawn belongs to the cell.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    drawn = -1
    while True:
        left = 1 / RATE if deadline is None else min(1 / RATE, deadline - time.monotonic())
        ended = run.wait(max(0.0, left)) is not None
        version = run.feed.snapshot().version
        if version != drawn:
            drawn = version
            draw()
        if ended:
            return True
        if deadline is not None and time.monotonic() >= deadline:
            return False
