"""The notebook wizard in JupyterLab: a build that floods while other cells run, and the form's first paint."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
from jupyter_client.blocking.client import BlockingKernelClient
from playwright.sync_api import Browser

from tests.bench.flood import LINES, RATE
from tests.bench.journals import lines_in_order
from tests.bench.rows import Row
from tests.jupyter_ext.browser.jupyter_server import ROOT, JupyterServer
from tests.jupyter_ext.browser.page import NotebookPage, chromium

SECONDS = float(os.environ.get("BENCH_FLOOD_SECONDS", "15"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
_BURSTS = 100
"""Bursts of lines a second (see `tests.bench.flood`)."""
_ANOTHER_CELL = 0.4
"""Seconds between two cells that run beside the flood."""


def run() -> tuple[list[Row], str]:
    with served() as (server, browser):
        flood, flood_table = flooding(server, browser)
        paint, paint_table = first_paint(server, browser)
    return [*flood, *paint], "\n\n".join([flood_table, paint_table])


@contextlib.contextmanager
def served() -> Iterator[tuple[JupyterServer, Browser]]:
    with tempfile.TemporaryDirectory(prefix="sendoff-bench-") as name:
        folder = Path(name)
        (folder / "work").mkdir()
        # An installer compiles what it installs. Where the sources are run as they lie, perhaps with Python told to keep nothing
        # that it compiled (PYTHONDONTWRITEBYTECODE), the first round does.
        compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
        jupyter = JupyterServer(folder / "work", folder / "state", environment=compiled)
        with jupyter as server, chromium() as browser:
            yield server, browser


def p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)] if values else float("inf")


# --- a build that floods -------------------------------------------------------------------------------------

_WATCH = r"""() => {
    window.sendoffSeen = [];
    let newest = -1;
    const look = () => {
        for (const [, number] of (document.querySelector("[role=log]")?.textContent ?? "").matchAll(/#(\d{6})#/g))
            if (Number(number) > newest) {
                newest = Number(number);
                window.sendoffSeen.push([Date.now() / 1000, newest]);
            }
        requestAnimationFrame(look);
    };
    look();
}"""


def flooding(server: JupyterServer, browser: Browser) -> tuple[list[Row], str]:
    """2,000 lines a second for a while, then 200,000 in all; with the run panel, and with nobody looking."""
    rounds = []
    for _ in range(ROUNDS):
        alone = flood(server, browser, panel=False)
        shown = flood(server, browser, panel=True)
        rounds.append(
            (
                alone["cpu"] / SECONDS,
                shown["cpu"] / SECONDS,
                statistics.median(shown["ages"] or [float("inf")]),
                p95(shown["ages"]),
                statistics.median(alone["cells"]),
                statistics.median(shown["cells"]),
                shown["renderer"],
                shown["kept"],
            )
        )
    table = [
        "| round | CPU of the kernel, nobody looking | with the panel | newest line as it comes into the page, median | p95 "
        f"| another cell, nobody looking | with the panel | renderer after {LINES:,} lines | lines in the journal |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    table += [
        f"| {number} | {own:.1%} | {cpu:.1%} | {median * 1000:.0f} ms | {late * 1000:.0f} ms | {quiet * 1000:.0f} ms "
        f"| {cell * 1000:.0f} ms | {renderer:.0f} MB | {kept:,} |"
        for number, (own, cpu, median, late, quiet, cell, renderer, kept) in enumerate(rounds, 1)
    ]
    _, cpu, _, late, _, cell, renderer, kept = (statistics.median(column) for column in zip(*rounds, strict=True))
    what = f"{RATE:,} lines/s of build output"
    return [
        Row(f"{what}: CPU of the kernel, the run itself included", f"{cpu:.0%} of a core", "under 10 %", cpu < 0.10),
        Row(
            f"{what}: age of the newest line as it comes into the page, p95",
            f"{late * 1000:.0f} ms",
            "under 100 ms",
            late < 0.1,
        ),
        Row(f"{what}: round trip of another cell, median", f"{cell * 1000:.0f} ms", "under 50 ms", cell < 0.05),
        Row(f"renderer of the page after {LINES:,} lines", f"{renderer:.0f} MB", "under 400 MB", renderer < 400),
        Row("lines of them in the journal, in order", f"{kept:,.0f}", f"all {LINES:,}", kept == LINES),
    ], "\n".join(table)


def flood(server: JupyterServer, browser: Browser, *, panel: bool) -> dict[str, Any]:
    """One such run in a kernel of its own, while a second client runs small cells on that kernel."""
    folder = Path(tempfile.mkdtemp(dir=server.folder))
    cells = [
        "from pathlib import Path\n"
        "from tests.bench.notebook_flood import FloodedRun\n"
        f"flooded = FloodedRun(Path({str(folder)!r}), {SECONDS})",
        "flooded.panel()" if panel else "pass",
        "flooded.run.start();",
        "flooded.finish()",
    ]
    path = server.write_notebook("flood.ipynb", cells)
    try:
        with NotebookPage(browser, server) as notebook:
            notebook.open(path.name)
            notebook.run_cell(0)
            notebook.run_cell(1)
            if panel:
                notebook.page.wait_for_selector("[role=log]")
            notebook.page.evaluate(_WATCH)
            with second_client(server, path.name) as another_cell:
                notebook.run_cell(2)
                trips = another_cell(SECONDS - 1)
            notebook.run_cell(3)
            cost: dict[str, Any] = json.loads((folder / "cost.json").read_text())
            notebook.page.wait_for_timeout(1000)
            return {
                **cost,
                "cells": trips,
                "ages": ages(notebook.page.evaluate("window.sendoffSeen"), cost["began"]),
                "renderer": renderer_mb(),
                "kept": lines_in_order(folder),
            }
    finally:
        server.shut_down_kernels()
        shutil.rmtree(folder)


@contextlib.contextmanager
def second_client(server: JupyterServer, notebook: str) -> Iterator[Callable[[float], list[float]]]:
    """Something that runs small cells on the notebook's kernel for some seconds. It returns how long each took, in seconds."""
    client = BlockingKernelClient()
    client.load_connection_file(str(server.connection_file(server.kernel_of(notebook))))
    client.start_channels()

    def run_cells(seconds: float) -> list[float]:
        trips = []
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            began = time.perf_counter()
            asked = client.execute("x = 1", store_history=False)
            while client.get_shell_msg(timeout=30)["parent_header"].get("msg_id") != asked:
                pass
            trips.append(time.perf_counter() - began)
            time.sleep(_ANOTHER_CELL)
        return trips

    try:
        client.wait_for_ready(timeout=30)
        yield run_cells
    finally:
        client.stop_channels()


def ages(seen: list[tuple[float, int]], began: float) -> list[float]:
    """How old each line was as the page first showed it or a newer one, while the flood was steady."""
    written = ((at, began + number // (RATE // _BURSTS) / _BURSTS) for at, number in seen)
    return [max(0.0, at - when) for at, when in written if began + 0.5 < when < began + SECONDS]


def renderer_mb() -> float:
    """Memory of the greatest renderer among this program's own children."""
    found = 0
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "--type=renderer" in process.cmdline():
                found = max(found, process.memory_info().rss)
    return found / 2**20


# --- first paint ---------------------------------------------------------------------------------------------

_LOAD = "import joblib\nmodel = joblib.load('model.pkl')"
_PAINTED = {
    "an empty ipywidgets VBox": ("import ipywidgets\nipywidgets.VBox()", ".widget-vbox"),
    "the form on a model of the notebook": ("%load_ext jupyter_ext\n%sendoff model", ".sendoff-live input"),
    "the form on a model file": ("%load_ext jupyter_ext\n%sendoff model.pkl", ".sendoff-live input"),
}
"""What is painted: its cell, and what of the page shows that it is there."""

_TIME = """async ([index, selector]) => {
    const notebook = jupyterapp.shell.currentWidget.content;
    notebook.activeCellIndex = index;
    notebook.deselectAll();
    const began = performance.now();
    const shown = new Promise((resolve) => {
        const look = () => {
            const found = [...document.querySelectorAll(selector)].some((element) => element.checkVisibility());
            if (found) resolve((performance.now() - began) / 1000);
            else requestAnimationFrame(look);
        };
        look();
    });
    jupyterapp.commands.execute("notebook:run-cell");
    return shown;
}"""


def first_paint(server: JupyterServer, browser: Browser) -> tuple[list[Row], str]:
    """From running the cell to what it shows, each in a kernel of its own, in turn; imports included."""
    times: dict[str, list[float]] = {what: [] for what in _PAINTED}
    shutil.copy(ROOT / "examples" / "housing" / "model.pkl", server.folder)
    for number in range(ROUNDS + 1):
        for what, (cell, selector) in _PAINTED.items():
            path = server.write_notebook("paint.ipynb", [_LOAD, cell])
            with NotebookPage(browser, server) as notebook:
                notebook.open(path.name)
                notebook.run_cell(0)
                took = notebook.page.evaluate(_TIME, [1, selector])
            server.shut_down_kernels()
            if number:  # the first one compiles, and warms the file cache
                times[what].append(took)
    medians = {what: statistics.median(values) for what, values in times.items()}
    table = ["| from running the cell to its first paint | median | slowest |", "|---|---|---|"]
    table += [f"| {what} | {medians[what]:.2f} s | {max(values):.2f} s |" for what, values in times.items()]
    empty, *forms = medians.values()
    slowest = max(forms)
    return [
        Row("the form on the screen, from running its cell", f"{slowest:.2f} s", "under 1.5 s", slowest < 1.5),
        Row(
            "the same, beyond an empty ipywidgets VBox",
            f"{slowest - empty:.2f} s",
            "at most 0.6 s",
            slowest - empty <= 0.6,
        ),
    ], "\n".join(table)
