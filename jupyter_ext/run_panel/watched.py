"""One run as a panel shows it: what is known of it, and how much of it the pages have been sent."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_ext.run_panel.line_batches import grouped, newest_within, oldest_within
from jupyter_ext.run_panel.run_in_words import error_in_words, failure_in_words, stage_in_words, success_in_words
from wizard.errors import SendoffError, error_of
from wizard.events import Feed, RunState, Status
from wizard.run import Run
from wizard.run.outline import headline, stage_lines
from wizard.run.undoing import undone_by_stopping
from wizard.steps.remedies import Remedy

_ALL = 1 << 40
"""Lines asked of the feed: all there are. Its ring bounds them."""

_AT_ONCE = 64_000
"""Characters of log sent at a time, ten times a second: a Jupyter server drops what goes beyond a million bytes a second."""

_TO_A_NEW_PAGE = 1_000_000
"""Characters of log for a page that comes, or comes back."""

_NOTICES = 50
"""The newest notices, which are shown; a stage that says more than that says it in its log."""


class Watched:
    """Not thread-safe: the panel calls it with its lock held."""

    def __init__(self, number: int, run: Run | Feed, plan_path: Path) -> None:
        """`run`: one at work, or the feed of one that is over. `number`: of this run among those the panel has shown."""
        self.number = number
        self.run = run if isinstance(run, Run) else None
        self.feed = run.feed if isinstance(run, Run) else run
        self.plan_path = plan_path
        self.left = threading.Event()
        """Set once the panel shows another run, or none any more."""
        self.titles: Mapping[str, str] = {}
        """Stages on this road, begun or not, as soon as that is known."""
        self.expected: Mapping[str, float] = {}
        self.remedies: tuple[Remedy, ...] = ()
        self.going_on = False
        """Another run is about to begin in this one's place."""
        self.refused: SendoffError | None = None
        """Why what the person asked for could not be done: no other run could begin in its place, for one."""
        self.changed = True
        """Something other than the feed has changed."""
        self._next = 0
        self._sent: tuple[int, bool] = (-1, False)

    @property
    def error(self) -> SendoffError | None:
        """Why the run failed, once it has."""
        if self.run is not None and self.run.error is not None:
            return self.run.error
        result = self.feed.snapshot().result
        return error_of(result.error or {}) if result is not None and not result.ok else None

    @property
    def over(self) -> bool:
        return self.feed.snapshot().result is not None

    @property
    def consent(self) -> bool:
        """What the person agreed to once holds for the runs that go on from that one."""
        return self.run is not None and self.run.road.consent

    def news(self) -> dict[str, Any] | None:
        """What no page has been sent yet; None where there is nothing. The oldest lines first, as many as go at once."""
        # The lines after the state: then an end of the run that is seen has no lines behind it.
        state = self.feed.snapshot()
        sent = (state.version, self._stopping)
        after = self._next
        count, lines, _ = self.feed.read(after, _ALL)
        if not lines and sent == self._sent and not self.changed:
            return None
        batch = oldest_within(lines, _AT_ONCE)
        first = count - len(lines)
        self._next = first + len(batch)
        message = self._message(after, first, batch)
        if sent != self._sent or self.changed:
            message["state"] = self._state(state)
        self._sent, self.changed = sent, False
        return message

    def since(self, have: int) -> dict[str, Any]:
        """All that a page lacks which has the lines before that number, or the newest of it."""
        state = self.feed.snapshot()
        count, lines, _ = self.feed.read(have, _ALL)
        batch = newest_within(lines, _TO_A_NEW_PAGE)
        return {**self._message(have, count - len(batch), batch), "state": self._state(state), "whole": True}

    def from_here(self) -> None:
        """The first page has been sent all there is up to now."""
        self._next = self.feed.read(0, 0)[0]

    @property
    def _stopping(self) -> bool:
        return self.run is not None and self.run.cancelling

    def _message(self, after: int, first: int, lines: Any) -> dict[str, Any]:
        """`after`: the line that was to come next; `first`: the one that does. Those between them are gone."""
        return {"kind": "feed", "run": self.number, "after": after, "first": first, "lines": grouped(lines)}

    def _state(self, state: RunState) -> dict[str, Any]:
        live = self.run is not None
        at_work = live and state.result is None
        running = next((one.stage for one in reversed(state.stages) if one.status is Status.RUNNING), "")
        lines = stage_lines(state, self.titles, self.expected, live)
        head = headline(state, len(self.titles), self.plan_path, live=live, stopping=self._stopping)
        return {
            "now": time.time(),
            "headline": head,
            "atWork": at_work,
            "stopping": at_work and self._stopping,
            "undone": undone_by_stopping(running) if at_work else "",
            "stages": [stage_in_words(line) for line in lines],
            "notices": [notice.text for notice in state.notices[-_NOTICES:]],
            "end": self._end(state),
            "goingOn": self.going_on,
            "refused": error_in_words(self.refused) if self.refused is not None else None,
        }

    def _end(self, state: RunState) -> dict[str, Any] | None:
        if state.result is None:
            return None
        if state.result.ok:
            return success_in_words(state, state.result)
        error = self.error or error_of(state.result.error or {})
        return failure_in_words(error, [remedy.label for remedy in self.remedies])
