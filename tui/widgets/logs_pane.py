"""What a service writes, as it writes it."""

from __future__ import annotations

from typing import Any

from textual.app import ComposeResult

from tui.while_shown import while_shown
from tui.widgets.log_lines import LogLines
from tui.widgets.log_pane import LogPane
from tui.widgets.service_pane import ServicePane
from wizard.targets.log_follower import LogFollower

_EVERY = 0.1
"""Seconds between two looks at the feed."""
_AT_ONCE = 5_000


class LogsPane(ServicePane):
    SCROLLS = False

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's name for it)
        super().__init__(id=id)
        self._follower: LogFollower | None = None
        self._next = 0
        self._told = False
        """It was said that the log has ended."""

    def content(self) -> ComposeResult:
        yield LogPane()

    def load(self) -> None:
        """Follow from now on, with the newest lines from before."""
        if self._follower is None:
            self.set_interval(_EVERY, self._pull)
        else:
            self._follower.stop()
        self.fail(None)
        self.query_one(LogPane).show(LogLines(), file=self.service.name)
        self._follower, self._next, self._told = LogFollower(self.service), 0, False
        self.show_content()
        self.say("Following the log")

    async def answered(self, question: str, value: Any) -> None:
        """Nothing is asked here: the log is followed."""

    @while_shown
    def _pull(self) -> None:
        follower = self._follower
        if follower is None:
            return
        ended = follower.ended  # asked before reading: what comes later is not missed
        self._next, lines, missed = follower.feed.read(self._next, _AT_ONCE)
        if lines:
            self.query_one(LogPane).extend([line.text for line in lines], missed)
        if ended and not lines and not self._told:
            self._told = True
            if follower.error is not None:
                self.fail(follower.error, self.load)
            else:
                self.say("The log has ended: the service writes no more.")

    def on_unmount(self) -> None:
        """The following does not outlive the screen."""
        if self._follower is not None:
            self._follower.stop()
