"""What `sendoff`, `sendoff MODEL`, `sendoff PLAN` and `sendoff resume` open: the screens, plain prompts, or neither.

It is decided before any screen library is imported: that one would paint escape sequences into a file, or hang.
"""

from __future__ import annotations

import os
import shlex
import sys
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.cli.asking import in_a_cell, may_ask
from wizard.errors import SendoffError, TargetError

if TYPE_CHECKING:
    from tui.opening import Opening
    from wizard.steps.deploy import Workshop

_PLAN_ENDINGS = frozenset({".yaml", ".yml"})


class Terminal(Enum):
    """What the person sits at."""

    SCREENS = "screens"
    PROMPTS = "prompts"
    """Questions can be asked and answered, in plain text."""
    NONE = "none"
    """Nobody is there to answer."""


def terminal(plain: bool = False) -> Terminal:
    """What can be drawn here. The screens are painted to standard error, so that has to be a terminal too."""
    if not (may_ask() and sys.stdout.isatty()):
        return Terminal.NONE
    if plain or not sys.stderr.isatty() or "CI" in os.environ or os.environ.get("TERM", "") in {"", "dumb"}:
        return Terminal.PROMPTS
    return Terminal.SCREENS


def fancy_terminal() -> bool:
    """Whether the screens can be drawn here."""
    return terminal() is Terminal.SCREENS


def speak_plainly() -> None:
    """From here on nothing that is written holds an escape sequence: not the run's lines, and no error either."""
    os.environ["TERM"] = "dumb"
    os.environ["NO_COLOR"] = "1"


def open_face(path: Path | None = None, *, plain: bool = False) -> None:
    """Open on a model file or a plan; on nothing in particular where no path is given. Returns when the person leaves.

    Raises SendoffError where nobody is there to answer, or there is no such file.
    """
    where = terminal(plain)
    if where is Terminal.PROMPTS:
        speak_plainly()
    if path is not None and not path.exists():
        raise SendoffError(
            f"There is no file {path}.",
            "" if path.parent.is_dir() else f"There is no folder {path.parent} either.",
            "Give the path of a model file or of a plan, or none to choose one. The commands: sendoff --help",
        )
    is_plan = path is not None and path.suffix.lower() in _PLAN_ENDINGS
    if where is Terminal.NONE:
        shown = "MODEL" if path is None else shlex.quote(str(path))
        raise nobody_there(f"sendoff up {shown} --yes")
    if where is Terminal.SCREENS:
        from tui.opening import Opening

        show_screens(Opening() if path is None else Opening("plan" if is_plan else "model", path.absolute()))
        return
    from wizard.cli.prompts import prompt
    from wizard.steps.deploy import Deploy

    if path is not None and is_plan:
        prompt(Deploy.of_plan(path, workshop=find_workshop()))
    else:
        prompt(Deploy.new(Path.cwd(), model=path, workshop=find_workshop()))


def show_screens(opening: Opening) -> None:
    """Draw the screens until the person leaves."""
    import tui

    if status := tui.run(opening, find_workshop=find_workshop):
        import typer

        raise typer.Exit(status)


def nobody_there(instead: str) -> SendoffError:
    """That nothing can be asked here; `instead` is the command that asks nothing."""
    if in_a_cell():
        return SendoffError(
            "There is no terminal to ask on in a notebook's cell.",
            "Nobody could type an answer.",
            f"In the notebook: %load_ext jupyter_ext, then %sendoff. What asks no questions: !{instead}",
        )
    return SendoffError(
        "There is no terminal to ask on.",
        "Standard input and standard output are not both a terminal.",
        f"What asks no questions: {instead}",
    )


def find_workshop() -> Workshop | None:
    """The local Cloud Run of this account, where it is up."""
    from wizard.cli.workshop import running_workshop
    from wizard.steps.deploy import Workshop

    try:
        running = running_workshop()
    except TargetError:
        return None
    return Workshop(running.endpoint, running.project, running.region, is_up=True)
