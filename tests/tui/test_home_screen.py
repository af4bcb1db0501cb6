"""The home screen lists what runs, what was worked on and how it ended, and leads to each of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.tui.screen_text import screen_text, settle, until, words
from tui.app import SendoffApp
from tui.screens.home import HomeScreen
from tui.screens.picker import PickerScreen
from tui.widgets.home_list import HomeList
from wizard import targets
from wizard.run import recent
from wizard.targets import registry
from wizard.targets.registry import Record

pytestmark = pytest.mark.anyio


class AtHome(SendoffApp):
    """The app at home; the ways from there are only noted."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder=folder)
        self.went: list[tuple[object, ...]] = []

    def open_service(self, name: str, target: str | None = None) -> None:
        self.went.append(("service", name, target))

    def open_plan(self, plan_path: Path, field: str = "") -> None:
        self.went.append(("plan", plan_path))

    def open_draft(self, draft_path: Path) -> None:
        self.went.append(("draft", draft_path))

    def open_model(self, model: Path | None = None) -> None:
        self.went.append(("model", model))

    def open_run(self, journal: Path) -> None:
        self.went.append(("run", journal))

    def start_run(self, plan_path: Path, *, redo: frozenset[str] = frozenset(), consent: bool = False) -> None:
        self.went.append(("start", plan_path))


@asynccontextmanager
async def at_home(folder: Path, size: tuple[int, int] = (120, 40)) -> Any:
    app = AtHome(folder)
    async with app.run_test(size=size) as pilot:
        home = app.screen
        assert isinstance(home, HomeScreen)
        await until(pilot, lambda: home._services is not None and home._plans is not None)
        yield pilot


def went(pilot: Pilot[Any]) -> list[tuple[object, ...]]:
    assert isinstance(pilot.app, AtHome)
    return pilot.app.went


async def onto(pilot: Pilot[Any], key: str) -> None:
    """The cursor onto the entry whose key begins so."""
    entries = pilot.app.screen.query_one(HomeList)
    entries.focus()
    entries.highlighted = next(at for at, one in enumerate(entries.options) if (one.id or "").startswith(key))
    await settle(pilot)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[str]:
    """A service that was released here, and whose process is gone."""
    url = "http://127.0.0.1:9"
    registry.write(
        Record(
            "housing",
            str(tmp_path),
            "process",
            "1:2",
            url,
            9,
            4,
            "housing-3f2a9c41",
            "x",
            "sha256:x",
            "",
            time.time(),
        )
    )
    yield "housing"
    if "housing" in targets.names():
        registry.forget("housing")


@pytest.fixture
def worked_on(housing_plan: Path) -> Path:
    """A plan whose last run failed."""
    folder = housing_plan.parent / ".sendoff" / "journal"
    folder.mkdir(parents=True)
    lines = (
        '{"type":"RunStarted","at":1790000000.0,"purpose":"release","pid":1}',
        '{"type":"StageStarted","stage":"build","title":"Building the image","at":1790000001.0}',
        '{"type":"StageFinished","stage":"build","ok":false,"seconds":2.0,"note":"","skipped":false,"at":1790000003.0}',
        '{"type":"RunFinished","ok":false,"error":{"code":"build","what":"The image could not be built.",'
        '"stage":"build"},"result":null,"at":1790000003.0}',
    )
    (folder / "20260921-120000-1.jsonl").write_text("".join(f"{line}\n" for line in lines))
    recent.note(housing_plan)
    return housing_plan


async def test_where_nothing_was_done_yet_it_says_what_to_do(tmp_path: Path) -> None:
    async with at_home(tmp_path) as pilot:
        assert "Nothing was deployed from here yet" in words(pilot.app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, PickerScreen))


async def test_a_model_that_is_chosen_goes_into_the_wizard_and_a_plan_to_its_review(
    housing: Path, housing_plan: Path
) -> None:
    async with at_home(housing.parent) as pilot:
        await pilot.press("n")
        await until(pilot, lambda: isinstance(pilot.app.screen, PickerScreen) and "model.pkl" in screen_text(pilot.app))
        await pilot.press("enter")
        await until(pilot, lambda: went(pilot))
        assert went(pilot) == [("model", housing)]
        await pilot.press("n")
        await until(pilot, lambda: isinstance(pilot.app.screen, PickerScreen) and "model.pkl" in screen_text(pilot.app))
        await pilot.press(*"sendoff.yaml", "enter")
        await until(pilot, lambda: len(went(pilot)) == 2)
        assert went(pilot)[1] == ("plan", housing_plan)


async def test_a_service_is_listed_with_its_state_and_opened(tmp_path: Path, service: str) -> None:
    async with at_home(tmp_path) as pilot:
        await onto(pilot, "service")
        assert service in screen_text(pilot.app) and "http://127.0.0.1:9" in screen_text(pilot.app)
        assert "It is gone" in words(pilot.app)
        await pilot.press("enter")
        await until(pilot, lambda: went(pilot))
        assert went(pilot) == [("service", service, None)]


async def test_a_plan_is_listed_with_how_its_last_run_ended(worked_on: Path) -> None:
    async with at_home(worked_on.parent) as pilot:
        await onto(pilot, "plan")
        assert "✗ housing" in screen_text(pilot.app) and "failed" in screen_text(pilot.app)
        assert "The image could not be built." in words(pilot.app)
        await pilot.press("enter", "r", "l")
        await until(pilot, lambda: len(went(pilot)) == 3)
        [journal] = (worked_on.parent / ".sendoff" / "journal").iterdir()
        assert went(pilot) == [("plan", worked_on), ("start", worked_on), ("run", journal)]


async def test_a_past_run_is_opened_to_be_looked_at(worked_on: Path) -> None:
    async with at_home(worked_on.parent) as pilot:
        await onto(pilot, "run")
        await pilot.click("#last_run")
        await until(pilot, lambda: went(pilot))
        assert went(pilot)[0][0] == "run"


async def test_what_was_begun_is_taken_up_where_it_was_left(housing_plan: Path) -> None:
    draft = housing_plan.parent / ".sendoff" / "draft.json"
    draft.parent.mkdir()
    draft.write_text("{}")
    recent.note(housing_plan)
    async with at_home(housing_plan.parent) as pilot:
        await onto(pilot, "plan")
        assert "begun" in screen_text(pilot.app)
        await pilot.press("enter", "o")
        await until(pilot, lambda: len(went(pilot)) == 2)
        assert went(pilot) == [("draft", draft), ("plan", housing_plan)]


async def test_the_cursor_stays_on_its_entry_when_the_list_is_looked_up_again(worked_on: Path, service: str) -> None:
    async with at_home(worked_on.parent) as pilot:
        await onto(pilot, "run")
        home = pilot.app.screen
        assert isinstance(home, HomeScreen)
        home._services = None
        await pilot.press("f5")
        await until(pilot, lambda: home._services is not None)
        assert home.entry is not None and home.entry.key.startswith("run")


async def test_keys_are_offered_only_for_what_can_be_done_with_the_entry(worked_on: Path, service: str) -> None:
    async with at_home(worked_on.parent) as pilot:
        await onto(pilot, "service")
        assert "Run it" not in screen_text(pilot.app)
        await pilot.press("r")
        await settle(pilot)
        assert went(pilot) == []
        await onto(pilot, "plan")
        assert "Run it" in screen_text(pilot.app)


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (44, 16)])
async def test_list_and_buttons_are_in_sight_at_every_size(
    worked_on: Path, service: str, size: tuple[int, int]
) -> None:
    async with at_home(worked_on.parent, size) as pilot:
        await onto(pilot, "plan")
        text = screen_text(pilot.app)
        assert "Deploy a model" in text and "Refresh" in text and "Open the plan" in text and "✗ housing" in text


async def test_two_services_of_one_name_are_told_apart() -> None:
    from wizard.steps.service_words import exact_target
    from wizard.targets import ServiceStatus

    def status(place: str) -> ServiceStatus:
        return ServiceStatus("a", "", "cloud run", True, True, 0.0, 0, "", "", target="cloud_run", place=place)

    assert exact_target(status("demo, europe-west1")) == "demo/europe-west1"
    assert exact_target(status("demo, us-central1, local Cloud Run at http://127.0.0.1:80")) == "http://127.0.0.1:80"
