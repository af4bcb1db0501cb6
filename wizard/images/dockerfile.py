"""Reading from a Dockerfile what the image it makes stands on."""

from __future__ import annotations

import re

_FROM = re.compile(r"^FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?\s*$", re.IGNORECASE)
_ARG = re.compile(r"^ARG\s+(\w+)=(\S*)\s*$", re.IGNORECASE)
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::-([^}]*))?\})")


def final_base(dockerfile: str) -> str:
    """The image the last stage starts from, as it is named, through stages and ARG defaults; "" where there is none."""
    arguments: dict[str, str] = {}
    stages: dict[str, str] = {}
    base = ""
    for line in dockerfile.replace("\\\n", " ").splitlines():
        line = line.strip()
        if not base and (argument := _ARG.match(line)):
            arguments[argument[1]] = argument[2].strip("\"'")
        elif found := _FROM.match(line):
            named = _VARIABLE.sub(lambda match: _value(match, arguments), found[1])
            base = stages.get(named.lower(), named)
            if found[2]:
                stages[found[2].lower()] = base
    return base


def _value(match: re.Match[str], arguments: dict[str, str]) -> str:
    return arguments.get(match[1] or match[2]) or match[3] or ""
