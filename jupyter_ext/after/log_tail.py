"""The newest lines of a log as HTML, within bounds: a page gets all of it anew whenever a line is added."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from jupyter_ext.looks import escaped
from wizard.printable import printable

LINES = 500
_CHARACTERS = 100_000
"""Of all lines together; four times a second, a local page takes this in its stride."""
_LONGEST = 5_000
"""Characters of one line."""


class LogTail:
    """Empty at first."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque()
        self._characters = 0
        self._left_out = 0

    def extend(self, lines: Iterable[str], missed: int = 0) -> None:
        """`missed` lines came before these and are not known any more."""
        self._left_out += missed
        for line in lines:
            cut = f"{line[:_LONGEST]}… ({len(line):,} characters)" if len(line) > _LONGEST else line
            text = escaped(printable(cut))
            self._lines.append(text)
            self._characters += len(text)
        while len(self._lines) > LINES or (self._characters > _CHARACTERS and len(self._lines) > 1):
            self._characters -= len(self._lines.popleft())
            self._left_out += 1

    def html(self, *, still: bool = False) -> str:
        """A block of text; said at its top, where lines were left out. What stands `still` can be read with the keyboard."""
        above = f"… {self._left_out:,} earlier lines are not shown\n" if self._left_out else ""
        text = "\n".join(self._lines) if self._lines else "Nothing has been written yet."
        # JupyterLab would take the arrow keys for its own. While lines come, what has the focus here would be drawn anew.
        keys = ' tabindex="0" data-lm-suppress-shortcuts="true"' if still else ""
        return (
            f'<div class="sendoff-log-lines" role="log" aria-live="off" aria-label="Log"{keys}>'
            f'<span class="sendoff-quiet">{above}</span>{text}</div>'
        )
