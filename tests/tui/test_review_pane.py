"""The review while something is still wrong."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from tests.tui.screen_text import settle, words
from tui.widgets.review_pane import ReviewPane
from wizard.plan.problem import Problem
from wizard.steps.fields import Step

pytestmark = pytest.mark.anyio


class _Review(App[None]):
    def compose(self) -> ComposeResult:
        yield ReviewPane([Step("review", "Review", "Everything once more.")])


async def test_one_cause_at_several_fields_is_said_once_and_leads_to_the_first_of_them() -> None:
    gone = [
        Problem(field, "model.pkl is a folder.", "", "Name the file.")
        for field in ("model.path", "image.python", "cpu")
    ]
    app = _Review()
    chosen: list[str] = []

    def hear(message: object) -> None:
        if isinstance(message, ReviewPane.Chosen):
            chosen.append(message.field)

    async with app.run_test(size=(80, 24), message_hook=hear) as pilot:
        pane = app.query_one(ReviewPane)
        pane.show(None, (gone[0], Problem("name", "Name is missing.", "", "Fill it in."), *gone[1:]))
        await settle(pilot)
        assert words(app).count("model.pkl is a folder.") == 1
        assert "Name is missing." in words(app)
        pane.focus()
        pane.highlighted = 1
        await pilot.press("enter")
        await settle(pilot)
    assert set(chosen) == {"model.path"}
