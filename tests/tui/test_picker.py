"""The file picker shows what a file is while one moves over the files, and stays quick whatever lies in the folder."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widgets import Button

from tests.tui.screen_text import screen_text, settle, until, words
from tui.app import SendoffApp
from tui.screens.picker import PathInput, PickerScreen
from tui.widgets.file_list import FileList
from tui.widgets.file_preview import FilePreview, PlanFile
from wizard.errors import SendoffError
from wizard.inspection import Inspection

pytestmark = pytest.mark.anyio


class Picking(SendoffApp):
    """The app with nothing but the picker, and what came of it."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        super().__init__(folder=folder)
        self.picker = PickerScreen(folder, **settings)
        self.chosen: list[Path | None] = []

    def on_mount(self) -> None:
        self.push_screen(self.picker, self.chosen.append)

    def show_home(self) -> None:
        """Not in these tests."""


@asynccontextmanager
async def picking(folder: Path, size: tuple[int, int] = (120, 40), **settings: Any) -> Any:
    app = Picking(folder, **settings)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: _arrived(app))
        yield pilot


def _arrived(app: Picking) -> bool:
    return bool(app.picker._entries) or "empty" in screen_text(app) or "cannot" in screen_text(app)


def picker(pilot: Pilot[Any]) -> PickerScreen:
    app = pilot.app
    assert isinstance(app, Picking)
    return app.picker


def chosen(pilot: Pilot[Any]) -> list[Path | None]:
    app = pilot.app
    assert isinstance(app, Picking)
    return app.chosen


def name(pilot: Pilot[Any]) -> str:
    entry = picker(pilot).query_one(FileList).current
    return entry.name if entry is not None else ""


def outcome(pilot: Pilot[Any]) -> Any:
    return picker(pilot).query_one(FilePreview).outcome


async def test_it_opens_on_the_first_model_and_shows_its_inspection(housing: Path) -> None:
    async with picking(housing.parent) as pilot:
        assert name(pilot) == "model.pkl"
        await until(pilot, lambda: isinstance(outcome(pilot), Inspection))
        assert "scikit-learn" in screen_text(pilot.app) and "median_income" in screen_text(pilot.app)
        await pilot.press("enter")
        await until(pilot, lambda: chosen(pilot))
        assert chosen(pilot) == [housing]


async def test_a_file_that_is_no_model_says_why_and_is_not_taken(housing: Path) -> None:
    (housing.parent / "table.csv").write_text("a,b\n1,2\n")
    async with picking(housing.parent) as pilot:
        await pilot.press(*"table")
        await until(pilot, lambda: isinstance(outcome(pilot), SendoffError))
        assert "a table of data, not a model" in words(pilot.app)
        await pilot.press("enter")
        await settle(pilot)
        assert chosen(pilot) == [] and "cannot be deployed" in words(pilot.app)


async def test_enter_before_it_is_known_what_a_file_is_takes_it_once_it_is_known_to_be_a_model(churn: Path) -> None:
    async with picking(churn.parent) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: chosen(pilot))
        assert chosen(pilot) == [churn]


async def test_what_is_typed_narrows_the_list_and_escape_clears_it_before_it_leaves(housing: Path) -> None:
    async with picking(housing.parent) as pilot:
        await pilot.press(*"REQ")
        await settle(pilot)
        assert name(pilot) == "request.json"
        await pilot.press("escape")
        await settle(pilot)
        assert chosen(pilot) == [] and len(picker(pilot).query_one(FileList)._entries) > 1
        await pilot.press("escape")
        await until(pilot, lambda: chosen(pilot))
        assert chosen(pilot) == [None]


async def test_what_nothing_matches_is_said(housing: Path) -> None:
    async with picking(housing.parent) as pilot:
        await pilot.press(*"zzz")
        await until(pilot, lambda: "Nothing here has this in its name" in words(pilot.app))


async def test_a_path_that_is_typed_leads_there_folder_by_folder(housing: Path) -> None:
    async with picking(housing.parent.parent) as pilot:
        await pilot.press(*"housing/")
        await until(pilot, lambda: picker(pilot).folder == housing.parent)
        assert picker(pilot).query_one(PathInput).value == ""
        await pilot.press("backspace")
        await until(pilot, lambda: picker(pilot).folder == housing.parent.parent)
        assert name(pilot) == "housing"


async def test_a_path_that_leads_nowhere_is_said_and_stays_to_be_mended(housing: Path) -> None:
    async with picking(housing.parent) as pilot:
        await pilot.press(*"nowhere/")
        await until(pilot, lambda: "There is no folder" in words(pilot.app))
        assert picker(pilot).folder == housing.parent and picker(pilot).query_one(PathInput).value == "nowhere/"


@pytest.mark.parametrize("form", ["{}", "'{}'", "file://{}", "\n  {}\n"])
async def test_a_path_may_be_pasted_as_terminals_and_file_managers_give_it(
    housing: Path, churn: Path, form: str
) -> None:
    from textual.events import Paste

    async with picking(housing.parent) as pilot:
        picker(pilot).query_one(PathInput).post_message(Paste(form.format(churn)))
        await until(pilot, lambda: picker(pilot).folder == churn.parent and name(pilot) == churn.name)


async def test_a_pasted_megabyte_is_no_path_and_is_not_taken(housing: Path) -> None:
    from textual.events import Paste

    async with picking(housing.parent) as pilot:
        picker(pilot).query_one(PathInput).post_message(Paste("x" * 1_000_000))
        await until(pilot, lambda: "1,000,000 characters" in words(pilot.app))
        assert picker(pilot).query_one(PathInput).value == ""


async def test_hidden_files_are_shown_when_asked_for(housing: Path) -> None:
    (housing.parent / ".hidden.pkl").write_bytes(b"")
    async with picking(housing.parent) as pilot:
        assert ".hidden.pkl" not in screen_text(pilot.app)
        await pilot.press("f7")
        await until(pilot, lambda: ".hidden.pkl" in screen_text(pilot.app))
        assert str(picker(pilot).query_one("#hidden", Button).label) == "[x] Hidden"


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0)
    yield folder
    folder.chmod(0o700)


@pytest.mark.skipif(os.geteuid() == 0, reason="an administrator may look into every folder")
async def test_an_unreadable_folder_is_said_in_its_place(locked: Path) -> None:
    async with picking(locked) as pilot:
        assert "cannot be read" in words(pilot.app) and "chmod u+rx" in words(pilot.app)


async def test_a_folder_that_cannot_be_read_is_said_in_its_place_and_one_can_leave_it(
    housing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = housing.parent / "closed"
    closed.mkdir()
    scandir = os.scandir

    def refusing(folder: Path) -> Any:
        if Path(folder) == closed:
            raise PermissionError(13, "Permission denied")
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refusing)
    async with picking(housing.parent) as pilot:
        await pilot.press(*"closed", "enter")
        await until(pilot, lambda: "Your account has no permission" in words(pilot.app))
        await pilot.press("alt+up")
        await until(pilot, lambda: picker(pilot).folder == housing.parent)
        assert name(pilot) == "closed"


async def test_an_empty_folder_says_so(tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    async with picking(tmp_path / "nothing") as pilot:
        await until(pilot, lambda: "This folder is empty" in words(pilot.app))


async def test_of_ten_thousand_files_only_the_rows_in_sight_are_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(10_000):
        (folder / f"model-{number:05}.pkl").touch()
    drawn: list[int] = []
    draw = FileList.render_line

    def counted(files: FileList, y: int) -> Strip:
        drawn.append(files.scroll_offset.y + y)
        return draw(files, y)

    monkeypatch.setattr(FileList, "render_line", counted)
    async with picking(tmp_path) as pilot:
        files = picker(pilot).query_one(FileList)
        picker(pilot)._go(folder)
        await until(pilot, lambda: name(pilot) == "model-00000.pkl")
        height = files.scrollable_content_region.height
        assert set(drawn) <= set(range(height))
        for key, there in (("down", 1), ("pagedown", height), ("ctrl+end", 9_999), ("up", 9_998)):
            drawn.clear()
            await pilot.press(key)
            await settle(pilot)
            assert files.cursor == there
            assert there in drawn and len(set(drawn)) <= 2 * height  # what was in sight, and what is
        await pilot.press(*"9997")
        await until(pilot, lambda: len(files._entries) == 1)


async def test_reading_a_huge_model_is_overtaken_by_moving_on(tmp_path: Path) -> None:
    big = tmp_path / "big.pkl"
    big.write_bytes(b"\x80\x04](" + b"K\x01" * 20_000_000 + b"e.")  # a list of twenty million numbers
    small = tmp_path / "small.pkl"
    small.write_bytes(pickle.dumps({"a": 1}))
    async with picking(tmp_path) as pilot:
        preview = picker(pilot).query_one(FilePreview)
        assert name(pilot) == "big.pkl"
        await until(pilot, lambda: preview._progress is not None)
        assert outcome(pilot) is None and "Reading it" in screen_text(pilot.app)
        reading = preview._cancel
        await pilot.press("down")
        assert reading.is_set() and name(pilot) == "small.pkl"
        await until(pilot, lambda: outcome(pilot) is not None)
        assert "small.pkl" in screen_text(pilot.app)


async def test_a_plan_may_be_chosen_where_plans_are_asked_for(housing_plan: Path) -> None:
    async with picking(housing_plan.parent, plans=True) as pilot:
        await pilot.press(*"sendoff.y")
        await until(pilot, lambda: isinstance(outcome(pilot), PlanFile))
        assert "The plan of the service housing" in words(pilot.app)
        await pilot.press("enter")
        await until(pilot, lambda: chosen(pilot))
        assert chosen(pilot) == [housing_plan]


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (44, 16)])
async def test_list_preview_and_buttons_are_in_sight_at_every_size(housing: Path, size: tuple[int, int]) -> None:
    async with picking(housing.parent, size) as pilot:
        await until(pilot, lambda: isinstance(outcome(pilot), Inspection))
        text = screen_text(pilot.app)
        assert "›◆ model.pkl" in text and "Choose" in text and "Cancel" in text and "[ ] Hidden" in text
        assert "framework" in text or "file" in text


async def test_a_button_does_what_its_key_does(housing: Path) -> None:
    async with picking(housing.parent) as pilot:
        await pilot.click("#parent")
        await until(pilot, lambda: picker(pilot).folder == housing.parent.parent)
        await pilot.click("#leave")
        await until(pilot, lambda: chosen(pilot))
        assert chosen(pilot) == [None]


async def test_a_name_that_is_too_long_keeps_its_beginning_and_end() -> None:
    from tui.widgets.file_list import shortened

    assert shortened("a-very-long-name-v2.pkl", 11) == "a-ver…2.pkl"
    assert shortened("short", 11) == "short"
