"""The wizard on the two generations of ipykernel, which hand a page's clicks to other threads and at other times."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version

import pytest
import uv
from playwright.sync_api import expect

from tests.jupyter_ext.browser.jupyter_server import ROOT, JupyterServer, Kernel
from tests.jupyter_ext.browser.page import NotebookPage
from tests.jupyter_ext.browser.staged import FIRST_LINES
from tests.jupyter_ext.browser.story import BEGIN, at_step, open_wizard, wait_for_line

pytestmark = [pytest.mark.browser, pytest.mark.index]

_WHICH = "import ipykernel\nprint(ipykernel.__version__)"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    """JupyterLab with its own kernel, which is of the newer generation, and one of the older."""
    assert int(version("ipykernel").partition(".")[0]) >= 7
    place = tmp_path_factory.mktemp("lab")
    older = place / "older"
    install = [
        uv.find_uv_bin(),
        "pip",
        "install",
        "--quiet",
        "--python",
        sys.executable,
        "--no-deps",
        "--target",
        str(older),
    ]
    subprocess.run([*install, "ipykernel>=6.29,<7"], check=True)
    (place / "work").mkdir()
    kernels = {"older": Kernel(environment={"PYTHONPATH": f"{older}:{ROOT}"})}
    with JupyterServer(place / "work", place / "state", kernels=kernels) as server:
        yield server


@pytest.mark.parametrize(("kernel", "generation"), [("older", "6"), ("python3", "7")], ids=["6", "7"])
def test_the_form_and_the_run_answer(in_lab: NotebookPage, kernel: str, generation: str) -> None:
    page = in_lab.page
    wizard = open_wizard(in_lab, kernel, [_WHICH, BEGIN], kernel)
    assert in_lab.run_cell(2)[0]["text"].startswith(f"{generation}.")
    wizard.get_by_role("button", name="Next").click()
    at_step(wizard, "Serving")
    rows = wizard.get_by_label("Rows predicted together")
    rows.fill("many")
    rows.press("Tab")
    expect(wizard.get_by_role("alert").filter(visible=True)).to_contain_text("many")
    rows.fill("32")
    rows.press("Tab")
    expect(wizard.get_by_role("alert").filter(visible=True)).to_have_count(0)
    in_lab.run_cell(3)
    wait_for_line(page, FIRST_LINES + 20)
    wizard.get_by_role("button", name="Stop", exact=True).click()
    wizard.get_by_role("button", name="Stop it").click()
    expect(wizard.get_by_text(re.compile("^Stopped ·"))).to_be_visible()
    assert in_lab.complaints == []
