"""A cell that waits for a run was interrupted: it is the cell that the person wants back, and perhaps the run stopped, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_ext.hosts import may_ask
from jupyter_ext.result import NotDeployedError
from wizard.errors import CancelledError

if TYPE_CHECKING:
    from wizard.run import Run


def interrupted(run: Run, shell: Any) -> None:
    """Ask once whether the run is to stop; it was asked to, where this returns, and the cell waits for its end.

    A second interrupt is a yes. Raises NotDeployedError where the run goes on and the cell ends: the person says so, nobody can be
    asked, or the run is stopping already.
    """
    if run.cancelling:
        raise _let_go("It is being stopped.") from None
    if may_ask(shell):
        try:
            answer = input("Stop the run, too? y: stop it; n: it goes on in the background. ")
        except KeyboardInterrupt:
            answer = "y"
        except (EOFError, NotImplementedError):  # nobody can be asked after all
            answer = ""
        if answer.strip().lower() in {"y", "yes", "stop"}:
            run.cancel()
            return
    raise _let_go("It goes on in the background.") from None


def stopped_before() -> CancelledError:
    """The error for a cell that was interrupted when no run was at work."""
    return CancelledError(
        "Stopped, as you asked.",
        "The cell was interrupted, and no run was at work. What was being saved is as it was before, or whole.",
        "Run the cell again to go on.",
    )


def _let_go(how: str) -> NotDeployedError:
    return NotDeployedError(
        f"This cell no longer waits for the run. {how}",
        "The cell was interrupted.",
        "w.wait() waits for it again; w.cancel() stops it.",
    )
