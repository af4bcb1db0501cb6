"""Everything that was seen of a service that did not come up, ready to be searched."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from wizard.advice.cause import Evidence, Facts


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that was seen, with log lines that hold a whole traceback opened up."""

    lines: tuple[Evidence, ...]
    exit_code: int | None
    oom: bool
    facts: Facts

    def find(self, pattern: re.Pattern[str]) -> tuple[Evidence, re.Match[str]] | None:
        """The last line that matches: the latest attempt is the one that counts."""
        for line in reversed(self.lines):
            if match := pattern.search(line.text):
                return line, match
        return None

    @classmethod
    def of(cls, logs: Sequence[str], exit_code: int | None, oom: bool, facts: Facts) -> Scene:
        """The scene of log lines as they were written."""
        return cls(tuple(_opened(logs)), exit_code, oom, facts)


def _opened(logs: Sequence[str]) -> Iterator[Evidence]:
    for number, line in enumerate(logs, 1):
        text = line.rstrip()
        entry = _entry(text)
        parts = [entry[key] for key in _TEXT_KEYS if isinstance(entry.get(key), str)]
        if not parts:
            yield Evidence(number, text)
        elif entry.get("severity") in _FATAL:
            where = f" ({entry['where']})" if isinstance(entry.get("where"), str) else ""
            yield Evidence(number, f"{_FATAL[0]}: {parts[0]}{where}")
            parts = parts[1:]
        for part in "\n".join(parts).splitlines():
            yield Evidence(number, part)


def _entry(text: str) -> dict[str, Any]:
    """A log line that is a JSON object; {} for any other."""
    try:
        entry = json.loads(text) if text.startswith("{") else {}
    except (ValueError, RecursionError):
        return {}
    return entry if isinstance(entry, dict) else {}


_TEXT_KEYS = ("message", "exception", "stack_trace", "traceback", "textPayload")
_FATAL = ("CRITICAL", "ALERT", "EMERGENCY")
"""Severities of the line with which a server gives up."""
