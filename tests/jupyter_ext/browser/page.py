"""A notebook in a real browser page, as a person has it before them: open, run a cell, type, look, reload, restart."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.jupyter_ext.browser.chromium import chromium_path
from tests.jupyter_ext.browser.jupyter_server import JupyterServer

_ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--enable-precise-memory-info",
)
WAIT_MS = 60_000
"""How long anything may take to appear, in milliseconds: a deadline, not a pace."""

_READY = """() => {
    const panel = window.jupyterapp?.shell?.currentWidget;
    const kernel = panel?.sessionContext?.session?.kernel;
    return Boolean(panel?.content?.widgets && kernel && ["idle", "busy"].includes(kernel.status));
}"""
_NOISE = ("Cannot read properties of undefined (reading 'schema')", "net::ERR_NETWORK_CHANGED")
"""What pages complain about with nothing of ours in them: Notebook 7, as it opens; Chromium, when a container that starts beside
it brings an interface with an address, which ends the requests that have just begun."""


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium without a window."""
    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), headless=True, args=list(_ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


class NotebookPage:
    """One page on a Jupyter server, with one notebook open in it."""

    def __init__(self, browser: Browser, server: JupyterServer, *, width: int = 1100, height: int = 900) -> None:
        self.server = server
        self.context = browser.new_context(viewport={"width": width, "height": height})
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(WAIT_MS)
        self.complaints: list[str] = []
        """What the page's console got as errors, Jupyter's own noise left out."""
        self.page.on("console", lambda said: self._note(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self._note(str(error)))
        lost = self.page.get_by_role("dialog", name="Server Connection Error")  # Jupyter's, after such a request
        self.page.add_locator_handler(lost, lambda dialog: dialog.get_by_role("button").last.click())

    def _note(self, text: str) -> None:
        if not any(noise in text for noise in _NOISE):
            self.complaints.append(text)

    # --- the notebook --------------------------------------------------------------------------------------

    def open(self, name: str) -> None:
        """Open a notebook of the server and wait until its kernel is there."""
        self.page.goto(self.server.url(name))
        self.wait_until_ready()

    def reload(self) -> None:
        """What F5 does, in a notebook that is saved."""
        self.save()
        self.page.reload()
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        self.page.wait_for_selector(".jp-Notebook .jp-CodeCell")
        self.page.wait_for_function(_READY)
        self.page.evaluate("() => { jupyterapp.shell.collapseLeft?.(); }")

    def save(self) -> None:
        self.command("docmanager:save")

    def command(self, name: str, arguments: dict[str, Any] | None = None) -> None:
        """Run one of Jupyter's commands and wait for its end."""
        self.page.evaluate(
            "async ([name, given]) => { await jupyterapp.commands.execute(name, given); }", [name, arguments or {}]
        )

    def begin_cell(self, index: int) -> None:
        """Start a cell; does not wait."""
        self.page.evaluate(
            """index => {
                const notebook = jupyterapp.shell.currentWidget.content;
                notebook.activeCellIndex = index;
                notebook.deselectAll();
                window.sendoffTestRun = jupyterapp.commands.execute("notebook:run-cell");
            }""",
            index,
        )

    def end_of_cell(self) -> None:
        """Wait for the cell begun last."""
        self.page.evaluate("async () => { await window.sendoffTestRun; }")

    def run_cell(self, index: int) -> list[dict[str, Any]]:
        """Run a cell to its end. Returns its outputs as the notebook would save them."""
        self.begin_cell(index)
        self.end_of_cell()
        return self.outputs(index)

    def run_all(self) -> None:
        self.command("notebook:run-all-cells")

    def outputs(self, index: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.page.evaluate(
            "index => jupyterapp.shell.currentWidget.content.widgets[index].model.outputs.toJSON()", index
        )
        return found

    def output(self, index: int) -> Locator:
        """The area below a cell."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index).locator(".jp-Cell-outputArea")

    def restart_kernel(self) -> None:
        self.page.evaluate("async () => { await jupyterapp.shell.currentWidget.sessionContext.restartKernel(); }")
        self.page.wait_for_function(_READY)

    # --- how it looks --------------------------------------------------------------------------------------

    def theme(self, *, dark: bool) -> None:
        name = "JupyterLab Dark" if dark else "JupyterLab Light"
        self.command("apputils:change-theme", {"theme": name})
        wanted = "false" if dark else "true"
        self.page.wait_for_function(f"() => document.body.dataset.jpThemeLight === '{wanted}'")

    def resize(self, width: int, height: int) -> None:
        self.page.set_viewport_size({"width": width, "height": height})

    def whole(self, at_most: int = 5000) -> None:
        """Make the page as high as its notebook is, so that a picture shows all of it."""
        size = self.page.viewport_size
        assert size is not None
        hidden = self.page.evaluate(
            """() => {
                const frame = document.querySelector(".jp-Notebook .jp-WindowedPanel-outer");
                const last = [...document.querySelectorAll(".jp-Notebook .jp-Cell")].pop();
                return last.getBoundingClientRect().bottom - frame.getBoundingClientRect().bottom + frame.scrollTop;
            }"""
        )
        if hidden > 0:
            self.resize(size["width"], min(size["height"] + int(hidden) + 40, at_most))

    def picture(self, path: Path) -> None:
        """What is in sight of the page, as a PNG."""
        self.page.screenshot(path=str(path), animations="disabled")

    def close(self) -> None:
        self.context.close()

    def __enter__(self) -> NotebookPage:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
