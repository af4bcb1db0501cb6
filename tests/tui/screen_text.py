"""Reading a screen as text, and waiting for it, in tests of the terminal wizard."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from textual.app import App
from textual.pilot import Pilot


def screen_text(app: App[Any]) -> str:
    """The lines in sight, without the spaces at their ends."""
    return "\n".join(screen_lines(app))


def screen_lines(app: App[Any]) -> list[str]:
    """One str a row of the terminal."""
    strips = app.screen._compositor.render_strips(app.size)
    return [strip.text.rstrip() for strip in strips]


def words(app: App[Any]) -> str:
    """The screen's text with every run of spaces and line ends as one space: for sentences that are wrapped."""
    return " ".join(screen_text(app).split())


async def settle(pilot: Pilot[Any]) -> None:
    """Wait until every message there is now has been handled, and what followed from it is drawn."""
    for _ in range(3):  # a message may send another, and that one change the layout
        await pilot._wait_for_screen()
    await pilot.pause()


async def until(pilot: Pilot[Any], true: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until something is true; fails with the screen's text where it does not become so in time."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(f"it did not come to be within {seconds} s; the screen:\n{screen_text(pilot.app)}")
        await pilot.pause(0.01)
    await settle(pilot)
