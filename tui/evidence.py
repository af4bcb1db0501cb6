"""Where an error's evidence stands in a log."""

from __future__ import annotations

from collections.abc import Sequence

from tui.widgets.log_lines import LogLines, drawable

_SHORTEST = 4
"""Characters of a quoted line, for it to be looked for: "1" would be found anywhere."""


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
