"""The error of a run that is over, from its journal, and where its evidence stands in a log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tui.widgets.log_lines import LogLines, drawable
from wizard import errors
from wizard.errors import SendoffError

_SHORTEST = 4
"""Characters of a quoted line, for it to be looked for: "1" would be found anywhere."""


def error_of(data: Mapping[str, Any]) -> SendoffError:
    """What `SendoffError.as_dict` wrote, as an error of the same class, with the attributes that class has."""
    what, why, fix = (str(data.get(key) or "") for key in ("what", "why", "fix"))
    evidence = tuple(str(line) for line in data.get("evidence") or ())
    kinds = {
        kind.code: kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, SendoffError)
    }
    error = kinds.get(str(data.get("code")), SendoffError)(what, why, fix, evidence=evidence)
    for name, value in vars(error).items():
        if name not in ("what", "why", "fix") and type(data.get(name)) is type(value):
            setattr(error, name, data[name])
    return error


def evidence_in(lines: LogLines, evidence: Sequence[str]) -> tuple[int, ...]:
    """Numbers of the log's lines that are the evidence: the newest of each. An error quotes a line whole, or a part of it."""
    wanted = [text for line in evidence if len(text := drawable(line).strip()) >= _SHORTEST]
    if not wanted:
        return ()
    texts = lines.all()
    found: set[int] = set()
    for quoted in wanted:
        for at in range(len(texts) - 1, -1, -1):
            if quoted in texts[at]:
                found.add(lines.first + at)
                break
    return tuple(sorted(found))
