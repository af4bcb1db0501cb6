"""The line in a cell that says how far a big model is, while it is saved and read back."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from jupyter_ext.hosts import Host
from wizard.events import Event, Reporter, StageProgress
from wizard.in_words import bytes_in_words, seconds_in_words

QUIET = 1.0
"""Seconds in which nothing is said: most models are saved by then."""
_PACE = 0.25
"""Seconds between two changes of the line."""
_DOING = {
    "saving": "Saving the model",
    "reading": "Reading the saved model back",
    "checksum": "Reading the saved model back",
    "comparing": "Looking at the model that was saved before",
}


class SavingLine:
    """Makes a line of what is heard of the work."""

    def __init__(self, show: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        """`show` puts the line in place of the one before; an empty one takes it away. `clock` is in seconds."""
        self._show = show
        self._clock = clock
        self._began = clock()
        self._told: float | None = None
        self._size = 0.0

    def heard(self, event: Event) -> None:
        """Say how far it is, if there was time enough for it to matter."""
        if not isinstance(event, StageProgress):
            return
        if event.what == "saving":
            self._size = event.done
        now = self._clock()
        if now - self._began < QUIET or (self._told is not None and now - self._told < _PACE):
            return
        self._told = now
        self._show(f"{_how_far(event)} · {seconds_in_words(now - self._began)}")

    def saved(self) -> None:
        """Leave what it came to, where something was said."""
        if self._told is not None:
            took = seconds_in_words(self._clock() - self._began)
            self._show(f"The model was saved: {bytes_in_words(self._size)} in {took}." if self._size else "")

    def gone(self) -> None:
        """Take the line away: what is said instead is the error."""
        if self._told is not None:
            self._show("")


def _how_far(event: StageProgress) -> str:
    if event.unit != "bytes":
        return "Asking the model for its answers"
    doing = _DOING.get(event.what, "Saving the model")
    of = f" of {bytes_in_words(event.total)}" if event.total else ""
    return f"{doing}: {bytes_in_words(event.done)}{of}"


@contextmanager
def saving_shown(host: Host) -> Iterator[Reporter]:
    """In the output of the cell that runs; what is done inside speaks through the reporter."""
    line = SavingLine(_print if host is Host.TERMINAL else _InOutput().show)
    try:
        yield Reporter("capture", line.heard)
    except BaseException:
        line.gone()
        raise
    line.saved()


class _InOutput:
    """One display that changes."""

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, text: str) -> None:
        from IPython import display

        from jupyter_ext.looks import notice_html, style_html

        html = f'{style_html()}<div class="sendoff">{notice_html(text)}</div>' if text else ""
        bundle = {"text/html": html, "text/plain": text}
        if self._handle is not None:
            self._handle.update(bundle, raw=True)
            return
        show: Any = display.display
        self._handle = show(bundle, raw=True, display_id=True)


def _print(text: str) -> None:
    """In place of the line before, where a terminal can do that."""
    if sys.stderr is not None and sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}" + ("\n" if text.endswith(".") else ""))
        sys.stderr.flush()
