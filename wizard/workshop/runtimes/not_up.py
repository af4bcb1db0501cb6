"""Why an instance whose startup probe did not pass has not come up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from wizard.runtimes import Instance
from wizard.workshop.runtime import Failure, StartError

FOREIGN: Final = "exec format error"
"""The kernel's words for a program of another processor."""
_LAST_LINES: Final = 5


def why_not_up(instance: Instance, cancelled: Callable[[], bool]) -> StartError:
    """Look at it while it is still there."""
    if cancelled():
        return StartError(Failure.NOT_LISTENING, "It was called off.")
    if instance.out_of_memory():
        return StartError(Failure.OUT_OF_MEMORY, exit_code=instance.exit_code())
    if instance.running():
        return StartError(Failure.NOT_LISTENING)
    last = list(instance.logs(tail=_LAST_LINES))
    foreign = any(FOREIGN in line.lower() for line in last)
    return StartError(
        Failure.WRONG_ARCHITECTURE if foreign else Failure.EXITED, "\n".join(last), exit_code=instance.exit_code()
    )
