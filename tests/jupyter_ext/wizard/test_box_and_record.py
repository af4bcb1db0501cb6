"""What a person sees of a wizard in its cell: the live box while its kernel lives, its record afterwards."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.jupyter_ext.browser.jupyter_server import App, JupyterServer
from tests.jupyter_ext.browser.page import NotebookPage, chromium

pytestmark = pytest.mark.browser

CELLS = (
    """
import pandas
from sklearn.linear_model import LinearRegression
rows = pandas.DataFrame({"size": [50.0, 80.0, 120.0, 70.0], "rooms": [2.0, 3.0, 5.0, 3.0]})
house = LinearRegression().fit(rows, [100.0, 160.0, 240.0, 140.0])
from tests.jupyter_ext.wizard.short_road import take_short_road
take_short_road()
from jupyter_ext import Wizard
w = Wizard(house, sample=rows, target="local")
w
""",
    "w.wait()",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.mark.parametrize("app", App)
def test_the_record_takes_the_place_of_a_box_whose_kernel_was_restarted(
    app: App, tmp_path: Path, browser: Browser
) -> None:
    folder = tmp_path / "work"
    (folder / "house").mkdir(parents=True)
    with JupyterServer(folder, tmp_path / "state", app) as server:
        path = server.write_notebook("lesson.ipynb", CELLS)
        with NotebookPage(browser, server) as notebook:
            notebook.open(path.name)
            notebook.run_cell(0)
            output = notebook.output(0)
            live, record = output.locator(".sendoff-live"), output.locator(".sendoff-record")
            expect(live.get_by_role("button", name="Next", exact=True)).to_be_visible()
            expect(record).to_be_hidden()

            (folder / "house" / "go").touch()
            notebook.run_cell(1)
            expect(live.get_by_role("button", name="Try it")).to_be_visible()
            expect(record).to_be_hidden()

            notebook.restart_kernel()
            expect(live).to_be_hidden()
            expect(record.get_by_text("Done · 3 of 3 stages")).to_be_visible()

            notebook.reload()
            output = notebook.output(0)
            expect(output.locator(".sendoff-record").get_by_text("Done · 3 of 3 stages")).to_be_visible()
            expect(output.get_by_text("model not found")).to_be_hidden()
