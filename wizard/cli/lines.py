"""A line asked for and read, in plain text: no line editor, whose escape sequences a dumb terminal would show."""

from __future__ import annotations

import os
import select
import sys

from wizard.cli.outcome import fold, say
from wizard.printable import one_line, printable


class LeftError(Exception):
    """The person has left: the end of input, or they said so."""


def read_line(label: str) -> str:
    """The answer, without spaces around it. Raises LeftError at the end of input; KeyboardInterrupt as it comes."""
    while True:
        sys.stdout.write(printable(label))
        sys.stdout.flush()
        try:
            _wait_for_input()
            line = sys.stdin.readline()
        except UnicodeDecodeError:
            say("  That was no text in this terminal's encoding.")
            continue
        if not line:
            raise LeftError
        return line.strip()


def _wait_for_input() -> None:
    """Until a line is there. A Ctrl-C that comes just before a read begins would be noticed only when the read ends, so the
    wait is in pieces. A terminal hands out one line a read: nothing is left in Python's own buffer meanwhile.
    """
    if os.name == "nt":  # pragma: no cover
        return
    while not select.select([sys.stdin], [], [], 0.5)[0]:
        pass


def say_indented(text: str, indent: str = "  ", mark: str = "") -> None:
    """A paragraph; with a mark, such as a number or a dash, in front of its first line."""
    if text:
        say(fold(one_line(text), indent + mark, indent + " " * len(mark)))
