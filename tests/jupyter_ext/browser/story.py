"""What the browser tests do with a wizard in a page: open one, read it, go through it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence

from playwright.sync_api import Locator, Page, expect

from tests.jupyter_ext.browser.jupyter_server import ROOT, JupyterServer
from tests.jupyter_ext.browser.page import NotebookPage

LOAD = "import joblib\nmodel = joblib.load('model.pkl')\n%load_ext jupyter_ext"
OPEN = "w = %sendoff model"
BEGIN = "from tests.jupyter_ext.browser.staged import Staged\nstaged = Staged(w)"
STEPS = ("Model", "Serving", "Image", "Where to", "Settings", "Review")


def write(server: JupyterServer, folder: str, cells: Sequence[str] = (), kernel: str = "python3") -> str:
    """A notebook that loads a model and opens the wizard on it, then has these cells, in a folder of its own. Returns its path."""
    path = server.write_notebook(f"{folder}/{folder}.ipynb", [LOAD, OPEN, *cells], kernel)
    shutil.copy(ROOT / "examples" / "housing" / "model.pkl", path.parent)
    return str(path.relative_to(server.folder))


def open_wizard(notebook: NotebookPage, folder: str, cells: Sequence[str] = (), kernel: str = "python3") -> Locator:
    """Open such a notebook and run its first two cells. Returns the wizard."""
    notebook.open(write(notebook.server, folder, cells, kernel))
    notebook.run_cell(0)
    assert [output for output in notebook.run_cell(1) if output["output_type"] == "error"] == []
    wizard = notebook.output(1).locator(".sendoff-live")
    at_step(wizard, "Model")
    return wizard


def at_step(wizard: Locator, title: str) -> None:
    expect(wizard.locator('[aria-current="step"]')).to_contain_text(title)


def newest_line(page: Page) -> int:
    """The number of the newest line that is in sight in a log (see `staged`); -1 where there is none."""
    text = page.get_by_role("log").first.text_content() or ""
    return max((int(number) for number in re.findall(r"#(\d{6})#", text)), default=-1)


def wait_for_line(page: Page, number: int) -> None:
    page.wait_for_function(
        """number => [...(document.querySelector("[role=log]")?.textContent ?? "").matchAll(/#(\\d{6})#/g)]
            .some((found) => Number(found[1]) >= number)""",
        arg=number,
    )


def tab_to(page: Page, name: str, *, key: str = "Tab", most: int = 80) -> None:
    """Press Tab until the control of this name within a wizard has the focus, as who has no mouse does. Shift+Tab goes back."""
    for _ in range(most):
        page.keyboard.press(key)
        focused = page.evaluate(
            """() => {
                const element = document.activeElement;
                if (!element?.closest(".sendoff-live")) return "";
                return (element.labels?.[0]?.textContent || element.ariaLabel || element.textContent || "").trim();
            }"""
        )
        if focused == name:
            return
    raise AssertionError(f"{name!r} cannot be reached with {key}.")


def sticking_out(page: Page, part: str) -> list[str]:
    """What within `part` (CSS) reaches beyond its sides and cannot be scrolled to."""
    found: list[str] = page.evaluate(
        """part => {
            const scrolls = (element) => ["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(element).overflowX);
            const out = [];
            for (const frame of document.querySelectorAll(part)) {
                const side = frame.closest(".jp-OutputArea-output").getBoundingClientRect();
                for (const element of frame.querySelectorAll("*")) {
                    const box = element.getBoundingClientRect();
                    let inner = element.parentElement;
                    while (inner !== frame && !scrolls(inner)) inner = inner.parentElement;
                    if (inner === frame && box.width && (box.right > side.right + 1 || box.left < side.left - 1))
                        out.push(`${element.tagName} ${element.className} ${element.textContent.slice(0, 60)}`);
                }
            }
            return out;
        }""",
        part,
    )
    return found
