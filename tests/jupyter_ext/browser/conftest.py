"""One Chromium and one server for all tests of a file: their starts cost seconds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.jupyter_ext.browser.jupyter_server import App, JupyterServer
from tests.jupyter_ext.browser.page import NotebookPage, chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    """JupyterLab 4, with a prefix in its addresses as a hub gives it."""
    place = tmp_path_factory.mktemp("lab")
    (place / "work").mkdir()
    with JupyterServer(place / "work", place / "state", base_url="/user/ada/") as server:
        yield server


@pytest.fixture(scope="module")
def notebook7(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    """Notebook 7."""
    place = tmp_path_factory.mktemp("notebook7")
    (place / "work").mkdir()
    with JupyterServer(place / "work", place / "state", App.NOTEBOOK) as server:
        yield server


@pytest.fixture
def in_lab(browser: Browser, lab: JupyterServer) -> Iterator[NotebookPage]:
    """A page on JupyterLab; whatever kernels the test began end with it."""
    with NotebookPage(browser, lab) as page:
        yield page
    lab.shut_down_kernels()


@pytest.fixture
def in_notebook7(browser: Browser, notebook7: JupyterServer) -> Iterator[NotebookPage]:
    """A page on Notebook 7; whatever kernels the test began end with it."""
    with NotebookPage(browser, notebook7) as page:
        yield page
    notebook7.shut_down_kernels()
