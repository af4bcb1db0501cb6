"""Log lines as they go to the page: safe to show, none too long, and no more at once than a server lets through."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from wizard.events import LogLine
from wizard.printable import one_line

LONGEST = 2_000
"""Characters of a line that are sent."""

_TAB = 8


def oldest_within(lines: Sequence[LogLine], most: int) -> Sequence[LogLine]:
    """As many lines from the start as have `most` characters together; one at least."""
    room = most
    for count, line in enumerate(lines):
        room -= min(len(line.text), LONGEST)
        if room < 0 and count:
            return lines[:count]
    return lines


def newest_within(lines: Sequence[LogLine], most: int) -> Sequence[LogLine]:
    """As many lines from the end as have `most` characters together; one at least."""
    kept = len(oldest_within(lines[::-1], most))
    return lines[len(lines) - kept :]


def grouped(lines: Iterable[LogLine]) -> list[tuple[str, list[str]]]:
    """(stage, texts) for every run of lines of one stage."""
    groups: list[tuple[str, list[str]]] = []
    for line in lines:
        if not groups or groups[-1][0] != line.stage:
            groups.append((line.stage, []))
        groups[-1][1].append(shown(line.text))
    return groups


def shown(text: str) -> str:
    """A line as the page shows it: its tabs as spaces, its control characters spelled out, its end left out where it is long."""
    more = len(text) - LONGEST
    text = one_line(text[:LONGEST].expandtabs(_TAB))
    return f"{text} … ({more:,} characters more, in the journal)" if more > 0 else text


def sendable(data: Any) -> Any:
    """Plain data that any JSON writer of any kernel takes: halves of characters are spelled out, numbers that are none are None."""
    match data:
        case str():
            return data if data.isascii() else data.encode("utf-8", "backslashreplace").decode("utf-8")
        case float():
            return data if math.isfinite(data) else None
        case dict():
            return {key: sendable(value) for key, value in data.items()}
        case list() | tuple():
            return [sendable(value) for value in data]
    return data
