"""Where an error's evidence stands in a log."""

from __future__ import annotations

import json
from collections.abc import Sequence

from tui.widgets.log_lines import LogLines, drawable

_SHORTEST = 4
"""Characters of a quoted line, for it to be looked for: "1" would be found anywhere."""
_TEXTS = ("message", "exception", "stack_trace", "traceback", "textPayload")
"""Where a server's line of JSON says what it says."""


def evidence_in(lines: LogLines, evidence: Sequence[str]) -> tuple[int, ...]:
    """Numbers of the log's lines that are the evidence: the newest of each. An error quotes a line whole, or a part of it."""
    wanted = [text for line in evidence if len(text := drawable(line).strip()) >= _SHORTEST]
    if not wanted:
        return ()
    texts = lines.all()
    found: set[int] = set()
    for quoted in wanted:
        for at in range(len(texts) - 1, -1, -1):
            if _quotes(quoted, texts[at]):
                found.add(lines.first + at)
                break
    return tuple(sorted(found))


def _quotes(quoted: str, line: str) -> bool:
    """Whether an error that says `quoted` quotes this line. A line of JSON is quoted as what it says, with more around it."""
    if quoted in line:
        return True
    if not line.startswith("{"):
        return False
    try:
        entry = json.loads(line)
    except ValueError:
        return False
    said = [entry.get(key) for key in _TEXTS] if isinstance(entry, dict) else []
    texts = [text for text in said if isinstance(text, str) and len(text) >= _SHORTEST]
    return any(text in quoted or quoted in text for text in texts)
