"""What the screens look like: the text of each at three sizes, in `pictures/`; `--snapshot-update` draws them anew.

A picture is text alone, so that a change of it can be read; and without colour the same pictures come out: nothing is said by
colour alone.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from syrupy.location import PyTestLocation
from syrupy.types import SnapshotIndex
from textual.pilot import Pilot

from tests.tui.screen_text import screen_text, settle, until, words
from tui.app import Opening, SendoffApp

pytestmark = pytest.mark.anyio

SIZES = {"wide": (120, 40), "usual": (80, 24), "small": (44, 16)}
STEPS = ("Model", "Serving", "Image", "Where to", "Settings", "Review")
FOLDER = Path("/tmp/sendoff-pictures")
"""The same everywhere: its path is in the pictures."""
AT = 1_767_268_800.0
"""1 January 2026, noon, in UTC."""
CAUSE = {
    "code": "build",
    "what": "The image could not be built.",
    "why": "The package index did not answer while step 6 of 25 was running.",
    "fix": "Wait a moment and try again; what is built already is not built twice.",
    "evidence": ["ERROR: Could not find a version that satisfies the requirement numpy"],
    "stage": "build",
}


class Picture(SingleFileSnapshotExtension):
    """A text file of its own for each, in `pictures/`."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"

    @classmethod
    def dirname(cls, *, test_location: PyTestLocation) -> str:
        return str(Path(test_location.filepath).with_name("pictures"))

    @classmethod
    def get_snapshot_name(cls, *, test_location: PyTestLocation, index: SnapshotIndex = 0) -> str:
        return str(index)


@pytest.fixture
def picture(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(Picture)


@pytest.fixture
def model(housing: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The example's model in a folder of one name, which goes when the test has ended. The index is not asked."""
    monkeypatch.setattr("wizard.locking.release_date", lambda *pin: None)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    yield Path(shutil.copy(housing, FOLDER / "houses.pkl"))
    shutil.rmtree(FOLDER)


@asynccontextmanager
async def shown(opening: Opening, size: tuple[int, int]) -> AsyncIterator[tuple[SendoffApp, Pilot[Any]]]:
    app = SendoffApp(opening=opening, folder=FOLDER)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        yield app, pilot


def drawn(app: SendoffApp) -> str:
    """The screen's text, without what is another one each day or on each machine."""
    text = re.sub(r"\d{4}-\d\d-\d\d", "2026-01-01", screen_text(app))
    return re.sub(r"\b[0-9a-f]{46}\b|\b[0-9a-f]{18}\b|\b[0-9a-f]{64}\b", lambda found: "0" * len(found[0]), text) + "\n"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("colour", ["", "NO_COLOR"])
async def test_the_steps(
    model: Path, picture: SnapshotAssertion, size: str, colour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if colour:
        monkeypatch.setenv(colour, "1")
    async with shown(Opening("model", model), SIZES[size]) as (app, pilot):
        deploy = app._deploy
        assert deploy is not None
        await until(pilot, lambda: deploy.inspection is not None)
        for number, title in enumerate(STEPS, 1):
            await until(pilot, lambda title=title: deploy.session.view().step.title == title)
            assert deploy.session.settled(60)
            await until(pilot, lambda: deploy.plan is not None and "…" not in screen_text(app).partition("\n")[0])
            assert drawn(app) == picture(name=f"{size}-{number}-{title.lower().replace(' ', '-')}")
            await pilot.press("f2") if title != STEPS[-1] else None


@pytest.mark.parametrize("size", SIZES)
async def test_a_run_that_failed(model: Path, picture: SnapshotAssertion, size: str) -> None:
    journal = FOLDER / ".sendoff" / "journal" / "20260101-120000-abcd.jsonl"
    journal.parent.mkdir(parents=True)
    at = AT
    lock = {"stage": "lock", "title": "Pin the dependencies"}
    build = {"stage": "build", "title": "Build the image"}
    failed = {"ok": False, "seconds": 2.5, "note": CAUSE["what"], "skipped": False}
    events: list[dict[str, Any]] = [
        {"type": "RunStarted", "plan": str(FOLDER / "sendoff.yaml"), "purpose": "release", "pid": 1, "at": at},
        {"type": "StageStarted", **lock, "at": at},
        {"type": "LogLine", "stage": "lock", "text": "Resolved 24 packages", "at": at + 1},
        {"type": "StageFinished", "stage": "lock", "ok": True, "seconds": 1.2, "note": "24 packages", "at": at + 2},
        {"type": "StageStarted", **build, "at": at + 2},
        {"type": "StageProgress", "stage": "build", "done": 6, "total": 25, "unit": "steps", "what": "pip install"},
        *({"type": "LogLine", "stage": "build", "text": f"Step {number}/25", "at": at + 3} for number in range(1, 7)),
        {"type": "LogLine", "stage": "build", "text": CAUSE["evidence"][0], "at": at + 4},
        {"type": "StageFinished", "stage": "build", **failed, "at": at + 5},
        {"type": "RunFinished", "ok": False, "error": CAUSE, "result": None, "at": at + 5},
    ]
    journal.write_text("".join(json.dumps(event) + "\n" for event in events))
    async with shown(Opening("run", journal), SIZES[size]) as (app, pilot):
        await until(pilot, lambda: "index did not answer" in " ".join(screen_text(app).split()))
        assert drawn(app) == picture(name=f"{size}-run-failed")


@pytest.mark.parametrize("size", SIZES)
async def test_home_where_nothing_was_done_yet(model: Path, picture: SnapshotAssertion, size: str) -> None:
    async with shown(Opening(), SIZES[size]) as (app, pilot):
        await until(pilot, lambda: "Nothing was deployed" in words(app))
        await settle(pilot)
        assert drawn(app) == picture(name=f"{size}-home")


@pytest.mark.parametrize("size", SIZES)
async def test_choosing_a_file(model: Path, picture: SnapshotAssertion, size: str) -> None:
    for name in ("train.py", "notes.txt", "old.joblib"):
        (FOLDER / name).write_text("nothing of that kind")
    for path in FOLDER.iterdir():
        os.utime(path, (AT, AT))
    async with shown(Opening(), SIZES[size]) as (app, pilot):
        await until(pilot, lambda: "Deploy a model" in screen_text(app))
        await pilot.press("n")
        await until(pilot, lambda: "houses.pkl" in screen_text(app) and "protocol 5" in screen_text(app))
        await settle(pilot)
        assert drawn(app) == picture(name=f"{size}-picker")
