"""What a service writes, as it writes it."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

import ipywidgets

from jupyter_ext.after.log_tail import LogTail
from jupyter_ext.after.service_tab import ServiceTab
from jupyter_ext.beside import beside
from wizard.targets.log_follower import LogFollower

_EVERY = 0.25
"""Seconds between two looks at the feed."""
_AT_ONCE = 5_000
_LONGEST = 30 * 60.0
"""Seconds after which nobody is taken to be looking: a kernel does not hear that its page was closed, and a cloud counts the
questions."""


class LogsTab(ServiceTab):
    """Follows while it is in sight."""

    TITLE = "Logs"
    REFRESHES = False

    def content(self) -> Sequence[ipywidgets.Widget]:
        self._following: _Following | None = None
        self._stopped = False
        """By the person: it stays so when the tab comes into sight again."""
        self._tail = LogTail()
        self.text = ipywidgets.HTML()
        self.follow = ipywidgets.Button()
        self.follow.on_click(self.on(self._press))
        # Turned round, a box that scrolls stays at its end while that is in sight.
        lines = ipywidgets.Box([self.text])
        lines.add_class("sendoff-log")
        buttons = ipywidgets.HBox([self.follow])
        buttons.add_class("sendoff-buttons")
        return [buttons, lines]

    def load(self) -> None:
        """Follow from now on, with the newest lines from before."""
        self._stop()
        self._stopped = False
        self.fail(None)
        self._tail = LogTail()
        self._draw()
        self._following = _Following(self, LogFollower(self.service))
        self.follow.description = "Stop following"
        self.show_content()
        self.say("Following the log.")

    def answered(self, question: str, value: Any) -> None:
        """Nothing is asked here: the log is followed."""

    def come(self, *service: Any) -> None:
        again = self.started and self._following is None and not self._stopped
        super().come(*service)
        if again:
            self.load()

    def leave(self) -> None:
        self._stop()

    def close(self) -> None:
        super().close()
        self._stop()

    def extend(self, lines: Sequence[str], missed: int) -> None:
        """Lines have come."""
        self._tail.extend(lines, missed)
        self._draw()

    def ended(self, said: str) -> None:
        """The following came to its end by itself."""
        follower = self._following.follower if self._following is not None else None
        self._stop()
        self._stopped = True
        self.follow.description = "Follow again"
        self._draw()
        if follower is not None and follower.error is not None:
            self.fail(follower.error, self.load)
        else:
            self.say(said)

    def _press(self) -> None:
        if self._following is None:
            self.load()
        else:
            self.ended("Stopped: lines that come now are not shown.")

    def _draw(self) -> None:
        # A box that scrolls must be come to by keyboard: through the text, or what holds it.
        self.text.tabbable = None if self._stopped else True
        self.text.value = self._tail.html(still=self._stopped)

    def _stop(self) -> None:
        if self._following is not None:
            self._following.stop()
            self._following = None


class _Following:
    """Draws what a follower hears, in a thread of its own that ends with it."""

    def __init__(self, tab: LogsTab, follower: LogFollower) -> None:
        self.follower = follower
        self._tab = tab
        self._stopped = threading.Event()
        beside(self._work, "log-drawing")

    def stop(self) -> None:
        """Ask both to end; it does not wait for that."""
        self._stopped.set()
        self.follower.stop()

    def _work(self) -> None:
        next_line, until = 0, time.monotonic() + _LONGEST
        while True:
            ended = self.follower.ended  # asked before reading: what comes later is not missed
            next_line, lines, missed = self.follower.feed.read(next_line, _AT_ONCE)
            with self._tab.lock:
                if self._stopped.is_set():
                    return
                if lines:
                    self._tab.extend([line.text for line in lines], missed)
                elif ended:
                    self._tab.ended("The log has ended: the service writes no more.")
                elif time.monotonic() > until:
                    self._tab.ended(f"Stopped after {_LONGEST / 60:.0f} minutes, in case nobody looks any more.")
            if self._stopped.wait(_EVERY):
                return
