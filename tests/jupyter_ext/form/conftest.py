"""A person's state folder of their own, copies of the example models, and what stands in for the page."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import comm
import pytest

from jupyter_ext.form.steps_box import StepsBox
from tests.jupyter_ext.form.page import Page, Pipe
from tests.jupyter_ext.form.walking import Started, drawn
from tests.steps.small_way import SmallWay
from wizard.steps.deploy import Deploy

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where Sendoff keeps what it knows of this person: empty."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("SENDOFF_HOME", str(folder))
    return folder


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Page:
    """Gets everything that widgets made from now on send."""
    page = Page()
    monkeypatch.setattr(comm, "create_comm", lambda **given: Pipe(page, **given))
    return page


@pytest.fixture
def way(tmp_path: Path) -> Iterator[SmallWay]:
    way = SmallWay(tmp_path)
    yield way
    way.close()


@pytest.fixture
def housing(tmp_path: Path) -> Path:
    """A copy of the regression example's model, in a project folder of its own."""
    folder = tmp_path / "housing"
    folder.mkdir()
    shutil.copy(EXAMPLES / "housing" / "model.pkl", folder)
    return folder / "model.pkl"


@pytest.fixture
def started() -> Started:
    return Started()


@pytest.fixture
def opened(page: Page, way: SmallWay, started: Started) -> Iterator[Callable[..., StepsBox]]:
    boxes: list[StepsBox] = []

    def open_box(**given: object) -> StepsBox:
        box = StepsBox(cast(Deploy, way), start=started, **given)  # type: ignore[arg-type]  # as the tests give them
        boxes.append(box)
        drawn(box)
        return box

    yield open_box
    for box in boxes:
        box.close()


@pytest.fixture
def box(opened: Callable[..., StepsBox]) -> StepsBox:
    return opened()
