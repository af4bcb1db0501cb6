"""Text from files, logs and answers, made safe to show: control characters are seen, not obeyed.

A terminal obeys escape sequences: a column called "ESC [2J" would wipe the screen, and the warning on it.
"""

from __future__ import annotations

import re

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_LINE_ENDS = re.compile(r"[\t\n\r]")


def printable(text: str) -> str:
    """The text with control characters spelled out; tabs and line ends stay."""
    return _CONTROL.sub(_spelled, text)


def one_line(text: str) -> str:
    """The text with control characters spelled out, tabs and line ends too."""
    return _LINE_ENDS.sub(_spelled, printable(text))


def _spelled(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")
