"""What has the focus is in sight, however few rows the terminal has."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.steps.small_way import SmallWay
from tests.tui.screen_text import settle, until
from tests.tui.small_app import SmallApp
from tui.widgets.field_row import FieldRow
from tui.widgets.step_form import StepForm

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("size", [(120, 16), (90, 16), (44, 16)])
async def test_the_form_scrolls_to_whatever_has_the_focus(tmp_path: Path, size: tuple[int, int]) -> None:
    app = SmallApp(SmallWay(tmp_path))
    try:
        async with app.run_test(size=size) as pilot:
            await settle(pilot)
            reached: set[str] = set()
            for _ in range(12):
                await pilot.press("tab")
                await settle(pilot)
                row = app.screen.query_one(StepForm).row_in_focus()
                if row is not None and app.focused is not None:
                    reached.add(row.field_name)
                    foot = app.screen.query_one("#buttons").region.y
                    assert 0 < app.focused.region.y < foot, f"{row.field_name} has the focus and is not in sight"
            assert reached == {row.field_name for row in app.screen.query(FieldRow) if row.display}
    finally:
        app.way.close()


async def test_the_page_keys_scroll_the_form(tmp_path: Path) -> None:
    app = SmallApp(SmallWay(tmp_path))
    try:
        async with app.run_test(size=(120, 16)) as pilot:
            await settle(pilot)
            form = app.screen.query_one(StepForm)
            await until(pilot, lambda: form.row_in_focus() is not None)
            await pilot.press("pagedown")
            await until(pilot, lambda: form.scroll_y > 0)
            await pilot.press("pageup")
            await until(pilot, lambda: form.scroll_y == 0)
    finally:
        app.way.close()
