"""The step screens on a small way of three steps, driven as a person does: keys, mouse, pastes, a terminal that changes size."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Button, Input, Select, Static

from tests.steps.small_way import LONG_FIX, SmallWay
from tests.tui.screen_text import screen_lines, screen_text, settle, until, words
from tests.tui.small_app import SmallApp
from tui.screens.by_hand import ByHandScreen
from tui.screens.confirm import ConfirmScreen
from tui.screens.help import HelpScreen
from tui.screens.wizard import WizardScreen
from tui.widgets.field_row import FieldRow
from tui.widgets.rows_control import RowsControl
from tui.widgets.step_form import StepForm
from tui.widgets.tick import Tick

pytestmark = pytest.mark.anyio

SIZES = [(120, 40), (80, 24), (44, 16)]


@asynccontextmanager
async def opened(tmp_path: Path, size: tuple[int, int] = (120, 40)) -> AsyncIterator[tuple[SmallApp, Pilot[Any]]]:
    app = SmallApp(SmallWay(tmp_path))
    try:
        async with app.run_test(size=size) as pilot:
            await settle(pilot)
            yield app, pilot
    finally:
        app.way.close()


def row(app: SmallApp, name: str) -> FieldRow:
    return next(row for row in app.screen.query(FieldRow) if row.field_name == name)


def focused_field(app: SmallApp) -> str:
    found = app.screen.query_one(StepForm).row_in_focus()
    return found.field_name if found is not None else ""


def at_step(app: SmallApp, name: str) -> bool:
    return app.way.session.view().step.name == name and f"{app.way.session.view().step.title}" in screen_text(app)


async def to_cloud(app: SmallApp, pilot: Pilot[Any]) -> None:
    await pilot.press("f2")
    await until(pilot, lambda: app.screen.query_one(StepForm).row_in_focus() and focused_field(app) == "project")


async def to_lists(app: SmallApp, pilot: Pilot[Any]) -> None:
    app.way.regions.open.set()
    app.way.project.open.set()
    await to_cloud(app, pilot)
    await pilot.press(*"somewhere", "f2")
    await until(pilot, lambda: focused_field(app) == "packages")


def paste(app: SmallApp, text: str) -> None:
    app.post_message(events.Paste(text))


@pytest.mark.parametrize("size", SIZES)
async def test_every_field_of_a_step_has_its_label_and_value_in_sight_or_below(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with opened(tmp_path, size) as (app, pilot):
        seen = screen_text(app)
        for _ in range(12):
            await pilot.press("tab")
            await settle(pilot)
            seen += screen_text(app)
    for text in ("Name", "tame-otter", "CPUs", "vCPU", "Memory", "512Mi", "[ ] no", "Account"):
        assert text in seen
    assert "…" not in seen, "nothing is cut"


async def test_what_is_typed_reaches_the_session_letter_by_letter(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, pilot):
        row(app, "name").focus_control()
        await pilot.press("home", *"very-")
        assert app.way.session.field("name").raw == "very-tame-otter"
        assert app.way.session.field("name").source == "person"


async def test_where_each_value_came_from_is_said_beside_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, pilot):
        assert "Made from the file's name. (from the model" in words(app)
        assert "The model takes 80 MB. (measured)" in words(app)
        row(app, "name").focus_control()
        await pilot.press("x")
        await settle(pilot)
        assert "What the service is called. (your choice)" in words(app)


async def test_the_default_comes_back_with_a_key(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, pilot):
        row(app, "name").focus_control()
        await pilot.press("x")
        await until(pilot, lambda: row(app, "name").view.source == "person")
        await pilot.press("f6")
        await until(pilot, lambda: row(app, "name").view.source == "file")
        assert app.screen.query(Input)[1].value == "tame-otter"
        assert app.way.session.field("name").source == "file"


async def test_fields_are_gone_through_from_top_to_bottom(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, pilot):
        order = [focused_field(app)]
        for _ in range(8):
            await pilot.press("tab")
            if focused_field(app) not in ("", order[-1]):
                order.append(focused_field(app))
        assert order == ["model.path", "name", "cpu", "memory", "public", "account"]


async def test_a_click_on_a_label_goes_to_its_field(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, pilot):
        await pilot.click(row(app, "memory").query_one(".label"))
        assert focused_field(app) == "memory"


@pytest.mark.parametrize("size", SIZES)
async def test_an_error_is_shown_beside_its_field_whole_and_wrapped(tmp_path: Path, size: tuple[int, int]) -> None:
    async with opened(tmp_path, size) as (app, pilot):
        row(app, "cpu").focus_control()
        await pilot.press("9", "9")
        await settle(pilot)
        under = row(app, "cpu").query_one(".under")
        said = " ".join(str(under.render()).split())  # as it is drawn
        height = under.size.height
        assert (
            said
            == f"✗ So many processors are not to be had. 99 were asked for, at most 8 are there. → {' '.join(LONG_FIX.split())}"
        )
        assert height * under.size.width >= len(said), "there is room for all of it"


async def test_the_nearest_right_value_is_taken_with_a_button(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, pilot):
        row(app, "cpu").focus_control()
        await pilot.press("9", "9")
        await until(pilot, lambda: row(app, "cpu").query(".nearest"))
        assert "Use 8" in screen_text(app)
        await pilot.click(row(app, "cpu").query_one(".nearest"))
        await until(pilot, lambda: app.way.session.field("cpu").raw == "8")
        await until(pilot, lambda: "✗" not in screen_text(app))
        assert not row(app, "cpu").query(".nearest")


async def test_an_error_at_next_takes_the_focus_to_the_first_wrong_field(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, pilot):
        row(app, "cpu").focus_control()
        await pilot.press("0")
        row(app, "account").focus_control()
        await pilot.press("f2")
        await until(pilot, lambda: focused_field(app) == "cpu")
        assert at_step(app, "first")


async def test_enter_goes_from_field_to_field_and_from_the_last_one_on(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, pilot):
        row(app, "cpu").focus_control()
        await pilot.press("enter")
        assert focused_field(app) == "memory"
        row(app, "account").focus_control()
        await pilot.press("enter")
        await until(pilot, lambda: focused_field(app) == "project")


async def test_next_waits_for_a_probe_says_so_and_goes_on_by_itself(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, pilot):
        await to_cloud(app, pilot)
        app.way.regions.open.set()
        await pilot.press(*"somewhere", "f2")
        await until(pilot, lambda: "Checking …" in screen_text(app))
        assert at_step(app, "cloud")
        app.way.project.open.set()
        await until(pilot, lambda: focused_field(app) == "packages")


async def test_a_probe_that_says_no_is_an_error_at_its_field_and_brings_the_focus_there(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, pilot):
        await to_cloud(app, pilot)
        app.way.regions.open.set()
        await pilot.press(*"nowhere", "f2")
        row(app, "region").focus_control()
        app.way.project.open.set()
        await until(pilot, lambda: "The project nowhere does not exist." in words(app))
        assert focused_field(app) == "project"


async def test_late_choices_appear_and_the_focus_and_what_is_typed_stay(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, pilot):
        await to_cloud(app, pilot)
        assert "asking for the regions …" in screen_text(app)
        before = app.screen.focused
        await pilot.press(*"some")
        app.way.regions.open.set()
        await until(pilot, lambda: "Belgium" in screen_text(app))
        assert "asking for the regions" not in screen_text(app)
        await pilot.press(*"where")
        assert app.screen.focused is before
        assert isinstance(before, Input) and before.value == "somewhere"


async def test_back_keeps_what_was_typed(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, pilot):
        row(app, "name").focus_control()
        await pilot.press(*"otter")
        await to_cloud(app, pilot)
        await pilot.press("f3")
        await until(pilot, lambda: focused_field(app) == "model.path")
        control = row(app, "name").query_one(Input)
        assert control.value == "otter"


async def test_a_tick_differs_by_its_shape(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, pilot):
        assert "[ ] no" in screen_text(app)
        row(app, "public").query_one(Tick).focus()
        await pilot.press("space")
        await until(pilot, lambda: "[x] yes" in screen_text(app))
        assert app.way.session.field("public").value is True
        assert "Account" not in screen_text(app), "a field that is not asked any more is not shown"


async def test_rarely_used_settings_come_and_go_with_a_key_and_a_button(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, pilot):
        assert "Rare" not in screen_text(app)
        await pilot.press("f5")
        await until(pilot, lambda: "Rare" in screen_text(app))
        await pilot.click("#all-settings")
        await until(pilot, lambda: "Rare" not in screen_text(app))


async def test_a_megabyte_pasted_into_a_field_is_refused_with_its_length_and_nothing_is_lost(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, pilot):
        row(app, "name").focus_control()
        paste(app, "x" * 1_000_000)
        await until(pilot, lambda: "The text has 1,000,000 characters" in words(app))
        control = row(app, "name").query_one(Input)
        assert control.value == "tame-otter"
        await pilot.press("end", "s")
        await until(pilot, lambda: "1,000,000" not in screen_text(app))
        assert control.value == "tame-otters"


async def test_an_ordinary_paste_is_inserted_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, pilot):
        row(app, "account").focus_control()
        paste(app, "somebody@example.com")
        await until(pilot, lambda: app.way.session.field("account").raw == "somebody@example.com")


async def test_packages_are_added_changed_pinned_and_removed(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, pilot):
        await to_lists(app, pilot)

        def packages() -> tuple[str, ...]:
            raw: tuple[str, ...] = app.way.session.field("packages").raw
            return raw

        table = row(app, "packages").query_one(RowsControl)
        table.query(Input).last().focus()
        await pilot.press(*"pandas")
        await until(pilot, lambda: packages() == ("numpy==2.1.3", "scikit-learn==1.5.2", "pandas"))
        await until(pilot, lambda: app.way.session.fact("lock").value is not None)
        await pilot.press("ctrl+t")
        await until(pilot, lambda: packages()[-1] == "pandas==2.2.3")
        await pilot.press("up", "up", "ctrl+r")
        await until(pilot, lambda: packages() == ("scikit-learn==1.5.2", "pandas==2.2.3"))
        assert focused_field(app) == "packages"


async def test_what_is_wrong_with_a_package_is_said_in_its_row(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, pilot):
        await to_lists(app, pilot)
        table = row(app, "packages").query_one(RowsControl)
        table.query(Input).last().focus()
        await pilot.press(*"numpy")
        await until(pilot, lambda: "The package numpy is there twice." in words(app))
        lines = screen_lines(app)
        at = next(number for number, line in enumerate(lines) if "is there twice" in line)
        assert "numpy" in lines[at - 1] and "numpy==2.1.3" not in lines[at - 1]


async def test_several_lines_pasted_into_a_table_become_rows(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, pilot):
        await to_lists(app, pilot)
        row(app, "env").query_one(RowsControl).focus()
        paste(app, "A=1\nB=2\n\nC=3\n")
        await until(pilot, lambda: app.way.session.field("env").value == {"A": "1", "B": "2", "C": "3"})
        await until(pilot, lambda: "B=2" in screen_text(app) and "C=3" in screen_text(app))


async def test_a_secret_is_not_shown(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, pilot):
        await to_lists(app, pilot)
        row(app, "token").focus_control()
        await pilot.press(*"hunter2")
        await settle(pilot)
        assert "hunter2" not in screen_text(app)
        assert app.way.session.field("token").raw == "hunter2"


async def test_the_last_step_starts_the_run_with_the_written_plan(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, pilot):
        await to_lists(app, pilot)
        await pilot.press("f2")
        await until(pilot, lambda: "Start" in screen_text(app))
        await pilot.click("#next")
        await until(pilot, lambda: app.started == [app.way.plan_path])
        assert app.way.written == 1


async def test_a_plan_that_would_be_lost_is_asked_about_first(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, pilot):
        app.way.overwrites = app.way.plan_path
        await to_lists(app, pilot)
        await pilot.press("f2")
        await until(pilot, lambda: "Start" in screen_text(app))
        await pilot.press("f2")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("escape")
        await settle(pilot)
        assert not app.started and not app.way.written
        await pilot.press("f2")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("y")
        await until(pilot, lambda: app.started)


async def test_the_trail_leads_back_by_mouse_and_key(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, pilot):
        await to_lists(app, pilot)
        await pilot.press("alt+1")
        await until(pilot, lambda: focused_field(app) == "model.path")
        await pilot.press("alt+3")
        await until(pilot, lambda: focused_field(app) == "packages")
        await pilot.click("#trail", offset=(3, 0))
        await until(pilot, lambda: focused_field(app) == "model.path")


@pytest.mark.parametrize("start", SIZES)
async def test_a_terminal_that_changes_its_size_is_drawn_anew_at_once(tmp_path: Path, start: tuple[int, int]) -> None:
    async with opened(tmp_path, start) as (app, pilot):
        row(app, "name").focus_control()
        await pilot.press(*"kept")
        for width, height in SIZES:
            await pilot.resize_terminal(width, height)
            await settle(pilot)
            lines = screen_lines(app)
            assert len(lines) == height and all(len(line) <= width for line in lines)
            assert "All actions" in lines[-1] and "Next" in lines[-2] + lines[-3]
            assert any("kept" in line for line in lines), "the field in focus stays in sight"
            assert ("│" in screen_text(app)) == (width >= 100), "the side panel is there where there is room"


@pytest.mark.parametrize("size", SIZES)
async def test_every_action_has_a_key_and_a_place_in_the_palette(tmp_path: Path, size: tuple[int, int]) -> None:
    async with opened(tmp_path, size) as (app, pilot):
        row(app, "name").focus_control()
        await pilot.press("x")
        await settle(pilot)
        offered = {command.title for command in app.get_system_commands(app.screen)}
        assert {"Next", "Why", "By hand", "All settings", "Default", "Home", "Quit", "Step 2"} <= offered
        assert {"Colours: dark", "Colours: light", "Colours: contrast"} <= offered
        buttons = {str(button.label) for button in app.screen.query(Button) if button.display}
        assert {"Back", "Next", "Why", "By hand", "Browse"} <= buttons


@pytest.mark.parametrize("size", SIZES)
async def test_why_explains_the_field_in_focus(tmp_path: Path, size: tuple[int, int]) -> None:
    async with opened(tmp_path, size) as (app, pilot):
        row(app, "memory").focus_control()
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        said = str(app.screen.query_one("#help-text Static", Static).render())
        assert "How much memory." in said and "The model takes 80 MB." in said and "measured" in said
        assert "How much memory." in screen_text(app)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, WizardScreen))
        assert focused_field(app) == "memory"


async def test_by_hand_says_why_there_are_no_commands_yet(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, pilot):
        await pilot.press("f4")
        await until(pilot, lambda: isinstance(app.screen, ByHandScreen))
        assert "The commands are known once the plan is right." in words(app)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, WizardScreen))


async def test_a_choice_is_made_with_the_keyboard(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, pilot):
        app.way.regions.open.set()
        await to_cloud(app, pilot)
        await until(pilot, lambda: "Belgium" in screen_text(app))
        row(app, "region").query_one(Select).focus()
        await pilot.press("enter", "down", "enter")
        await until(pilot, lambda: app.way.session.field("region").value == "us-central1")
        assert "Iowa" in screen_text(app)


async def test_leaving_closes_the_way(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, pilot):
        await pilot.press("ctrl+q")
    assert app.way.closed
