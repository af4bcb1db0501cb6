"""What comes late to a widget that is being taken away."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.css.query import NoMatches
from textual.widgets import Static

from tui.while_shown import while_shown

pytestmark = pytest.mark.anyio


class Panel(Vertical):
    """Counts how often it was drawn."""

    drawn = 0

    def compose(self) -> ComposeResult:
        yield Static("", id="text")

    @while_shown
    def draw(self, text: str) -> None:
        self.query_one("#text", Static).update(text)
        self.drawn += 1

    @while_shown
    async def draw_later(self, ready: asyncio.Event) -> None:
        await ready.wait()
        self.query_one("#text", Static).update("later")

    @while_shown
    def mistaken(self) -> None:
        self.query_one("#nothing")


class Shown(App[Any]):
    def compose(self) -> ComposeResult:
        yield Panel()


async def test_a_late_call_is_made_while_the_widget_is_there_and_not_once_it_goes() -> None:
    app = Shown()
    async with app.run_test():
        panel = app.query_one(Panel)
        panel.draw("now")
        assert panel.drawn == 1
        gone = panel.remove()
        panel.draw("while it is taken away")
        await gone
        panel.draw("and afterwards")
        assert panel.drawn == 1


async def test_a_call_during_which_the_widget_goes_ends_quietly() -> None:
    app = Shown()
    async with app.run_test():
        panel, ready = app.query_one(Panel), asyncio.Event()
        call = asyncio.create_task(panel.draw_later(ready))
        await asyncio.sleep(0)
        await panel.query_one("#text").remove()
        await panel.remove()
        ready.set()
        await call


async def test_a_mistake_in_a_widget_that_is_there_is_still_one() -> None:
    app = Shown()
    async with app.run_test():
        with pytest.raises(NoMatches):
            app.query_one(Panel).mistaken()
