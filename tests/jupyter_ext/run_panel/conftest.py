"""A bench to run on, panels that are closed again, and pages of one browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.jupyter_ext.browser.page import chromium
from tests.jupyter_ext.run_panel.plain_page import PlainPage
from tests.jupyter_ext.run_panel.staged import Bench, HeardPanel


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setenv("SENDOFF_HOME", str(tmp_path / "home"))
    made = Bench(tmp_path)
    yield made
    made.go.set()


@pytest.fixture
def panel_of(bench: Bench) -> Iterator[Callable[..., HeardPanel]]:
    made: list[HeardPanel] = []

    def make(run: Any, **given: Any) -> HeardPanel:
        given = {"plan_path": bench.plan, "begin": bench.begin, "ahead": bench.ahead, **given}
        made.append(HeardPanel(run, **given))
        return made[-1]

    yield make
    for panel in made:
        panel.close()
        if panel.run is not None:
            panel.run.cancel()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def page_of(browser: Browser) -> Iterator[Callable[..., PlainPage]]:
    """Opens a page on a panel. What the page complains about fails the test."""
    made: list[PlainPage] = []

    def open_page(panel: HeardPanel, **given: Any) -> PlainPage:
        made.append(PlainPage(browser, panel, **given))
        return made[-1]

    yield open_page
    for page in made:
        page.close()
    assert [complaint for page in made for complaint in page.complaints] == []
