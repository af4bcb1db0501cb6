"""The same done by hand, printed: commands as one would type them, each with what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.cli.lines import say_indented
from wizard.cli.outcome import fold, say
from wizard.printable import one_line

if TYPE_CHECKING:
    from wizard.steps.by_hand import Command, StageByHand


def say_commands(commands: tuple[Command, ...]) -> None:
    """Whole and unwrapped, ready to be copied."""
    for command in commands:
        say()
        say(fold(one_line(command.why), "  # ", "  # "))
        for line in command.text.splitlines():
            say(f"  {line}")


def say_stages(stages: tuple[StageByHand, ...]) -> None:
    """All stages of a road in order."""
    for stage in stages:
        say()
        say(f"  == {stage.title}")
        say_indented(stage.why)
        if stage.api:
            say_indented(f"Sendoff itself calls {stage.api}.")
        say_commands(stage.commands)
