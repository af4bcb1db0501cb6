"""JupyterLab's launcher card and command "Deploy a model"."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.jupyter_ext.browser.jupyter_server import LABEXTENSION, ROOT, App, JupyterServer, Kernel
from tests.jupyter_ext.browser.page import NotebookPage

pytestmark = pytest.mark.browser

_WITHOUT = """
import sys
from ipykernel import kernelapp
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name == "jupyter_ext":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
kernelapp.launch_new_instance()
"""
_OTHER = Kernel((sys.executable, "-c", _WITHOUT))
"""A Python in which Sendoff is not installed."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    place = tmp_path_factory.mktemp("lab")
    (place / "work" / "lessons").mkdir(parents=True)
    kernels = {"elsewhere": _OTHER}
    with JupyterServer(place / "work", place / "state", base_url="/user/ada/", kernels=kernels) as server:
        yield server


def open_launcher(notebook: NotebookPage) -> Page:
    notebook.page.goto(notebook.server.url())
    expect(notebook.page.locator(".jp-LauncherCard").first).to_be_visible()
    return notebook.page


def test_the_card_opens_a_notebook_whose_first_cell_has_run_the_wizard(in_lab: NotebookPage) -> None:
    page = open_launcher(in_lab)
    card = page.locator(".jp-LauncherCard", has_text="Deploy a model")
    assert card.locator("img").evaluate("image => image.naturalWidth") > 0
    card.click()
    in_lab.wait_until_ready()
    expect(page.locator(".jp-Cell").first).to_contain_text("%sendoff")
    expect(in_lab.output(0)).not_to_be_empty()
    assert [output for output in in_lab.outputs(0) if output["output_type"] == "error"] == []
    assert in_lab.complaints == []


def test_the_command_is_in_the_palette_and_opens_beside_the_files_in_sight(in_lab: NotebookPage) -> None:
    page = open_launcher(in_lab)
    in_lab.command("filebrowser:open-path", {"path": "lessons"})
    page.keyboard.press("Control+Shift+c")
    page.get_by_role("textbox", name="SEARCH").fill("deploy a model")
    page.keyboard.press("Enter")
    in_lab.wait_until_ready()
    assert page.evaluate("() => jupyterapp.shell.currentWidget.context.path").startswith("lessons/")


def test_a_kernel_without_sendoff_is_told_with_what_to_do(in_lab: NotebookPage) -> None:
    page = open_launcher(in_lab)
    page.evaluate("() => { jupyterapp.commands.execute('sendoff:deploy-model', {kernelName: 'elsewhere'}); }")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Sendoff is not in this notebook's kernel")
    expect(dialog).to_contain_text("%pip install sendoff")


def test_notebook_7_goes_on_as_if_it_were_not_there(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    with (
        JupyterServer(tmp_path / "work", tmp_path / "state", App.NOTEBOOK) as server,
        NotebookPage(browser, server) as notebook,
    ):
        notebook.page.goto(server.url())
        notebook.page.wait_for_function("() => window._JUPYTERLAB?.sendoff && window.jupyterapp?.isStarted !== false")
        expect(notebook.page.locator(".jp-DirListing")).to_be_visible()
        assert not notebook.page.evaluate("() => jupyterapp.commands.hasCommand('sendoff:deploy-model')")
        assert notebook.complaints == []


def test_it_has_the_version_of_the_package_it_comes_with() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert json.loads((LABEXTENSION / "package.json").read_text())["version"] == project["version"]
