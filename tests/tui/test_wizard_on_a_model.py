"""The step screens on a real model: what the file says stands beside the questions, and the plan before anything is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.screen_text import screen_text, settle, until, words
from tui.app import KEPT, Opening, SendoffApp
from tui.screens.error import ErrorScreen
from tui.widgets.review_pane import ReviewPane
from tui.widgets.step_form import StepForm

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (44, 16)])
async def test_what_the_model_says_is_in_sight_as_soon_as_it_is_read(housing: Path, size: tuple[int, int]) -> None:
    app = SendoffApp(opening=Opening("model", housing), folder=housing.parent)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: "regression" in screen_text(app))
        assert "scikit-learn" in screen_text(app)
        await pilot.press("ctrl+q")
    assert app.farewell in ("", KEPT)


async def test_a_file_that_is_no_model_is_an_error_at_its_field(tmp_path: Path) -> None:
    (tmp_path / "notes.pkl").write_text("no pickle at all")
    app = SendoffApp(opening=Opening("model", tmp_path / "notes.pkl"), folder=tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "✗" in screen_text(app))
        await pilot.press("f2")
        await settle(pilot)
        assert "Choose the file your model was saved in" in words(app), "it stays where it is"


async def test_a_plan_that_cannot_be_read_is_said_whole_over_the_home_screen(tmp_path: Path) -> None:
    (tmp_path / "sendoff.yaml").write_text("version: 99\n")
    app = SendoffApp(opening=Opening("plan", tmp_path / "sendoff.yaml"), folder=tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, ErrorScreen))
        assert "✗" in screen_text(app) and "→" in screen_text(app)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, ErrorScreen))


@pytest.mark.index
async def test_a_written_plan_opens_at_its_review_and_a_value_leads_to_its_step(housing_plan: Path) -> None:
    app = SendoffApp(opening=Opening("plan", housing_plan), folder=housing_plan.parent)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "What will be done" in screen_text(app))
        pane = app.screen.query_one(ReviewPane)
        pane.highlighted = pane.get_option_index("service.memory")
        await pilot.press("enter")
        await until(
            pilot, lambda: (row := app.screen.query_one(StepForm).row_in_focus()) and row.field_name == "service.memory"
        )
