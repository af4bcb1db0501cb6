"""A run in JupyterLab: live while cells run, in two places at once, over a reload and a restart."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.jupyter_ext.browser.barriers import barriers
from tests.jupyter_ext.browser.page import NotebookPage
from tests.jupyter_ext.browser.staged import FIRST_LINES
from tests.jupyter_ext.browser.story import BEGIN, newest_line, open_wizard, sticking_out, wait_for_line

pytestmark = pytest.mark.browser

_BUSY = "import time\nfrom pathlib import Path\nwhile not Path('over').exists():\n    time.sleep(0.02)"
_LET_GO = "staged.go.set()\nstaged.run.wait()"
_PANEL = ".sendoff-run"


def done(part: Locator) -> None:
    expect(part.get_by_text(re.compile("^Done ·"))).to_be_visible()


def test_it_is_live_and_can_be_stopped_while_a_cell_runs(in_lab: NotebookPage) -> None:
    page = in_lab.page
    wizard = open_wizard(in_lab, "busy", [BEGIN, _BUSY])
    in_lab.run_cell(2)
    wait_for_line(page, FIRST_LINES)
    in_lab.begin_cell(3)
    expect(page.locator(".jp-Cell").nth(3).locator(".jp-InputPrompt")).to_have_text("[*]:")
    wait_for_line(page, newest_line(page) + 50)
    wizard.get_by_role("button", name="Stop", exact=True).click()
    wizard.get_by_role("button", name="Stop it").click()
    expect(wizard.get_by_text(re.compile("^Stopped ·"))).to_be_visible()
    (in_lab.server.folder / "busy" / "over").touch()
    in_lab.end_of_cell()
    assert in_lab.complaints == []


def test_a_reload_in_mid_build_brings_it_back_live_with_its_log(in_lab: NotebookPage) -> None:
    page = in_lab.page
    open_wizard(in_lab, "reload", [BEGIN, _LET_GO])
    in_lab.run_cell(2)
    wait_for_line(page, FIRST_LINES + 20)
    before = newest_line(page)
    in_lab.reload()
    wait_for_line(page, before + 20)
    panel = page.locator(_PANEL).first
    search = panel.get_by_role("searchbox")
    search.fill("#000007#")  # a line from before
    search.press("Enter")
    expect(panel.get_by_role("log")).to_contain_text("#000007#")
    in_lab.run_cell(3)
    done(panel)


def test_two_views_of_a_wizard_show_the_same_run(in_lab: NotebookPage) -> None:
    open_wizard(in_lab, "twice", [BEGIN, "w", _LET_GO])
    in_lab.run_cell(2)
    in_lab.run_cell(3)
    panels = in_lab.page.locator(_PANEL)
    expect(panels).to_have_count(2)
    in_lab.run_cell(4)
    for panel in panels.all():
        done(panel)


def test_after_a_restart_and_a_reload_the_record_is_there(in_lab: NotebookPage) -> None:
    page = in_lab.page
    open_wizard(in_lab, "restart", [BEGIN, _LET_GO])
    in_lab.run_cell(2)
    in_lab.run_cell(3)
    done(page.locator(_PANEL).first)
    page.wait_for_function(
        "() => JSON.stringify(jupyterapp.shell.currentWidget.content.widgets[1].model.outputs.toJSON()).includes('Build the image')"
    )
    in_lab.restart_kernel()
    in_lab.reload()
    record = in_lab.output(1).locator(".sendoff-record")
    expect(record).to_be_visible()
    expect(record).to_contain_text("Build the image")
    expect(page.get_by_text("model not found")).not_to_be_visible()
    saved = (in_lab.server.folder / "restart" / "restart.ipynb").read_text(encoding="utf-8")
    assert len(saved) < 100_000
    assert in_lab.server.token not in saved


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_run_has_no_barrier_at_work_or_over_and_fits_500_pixels(in_lab: NotebookPage, dark: bool) -> None:
    page = in_lab.page
    wizard = open_wizard(in_lab, f"run-{dark}", [BEGIN, _LET_GO])
    in_lab.theme(dark=dark)
    in_lab.run_cell(2)
    wait_for_line(page, FIRST_LINES)
    found = {"at work": barriers(page, ".sendoff-live")}
    wizard.get_by_role("button", name="Stop", exact=True).click()
    found["asked"] = barriers(page, ".sendoff-live")
    wizard.get_by_role("button", name="Let it run").click()
    in_lab.run_cell(3)
    done(wizard)
    found["over"] = barriers(page, ".sendoff-live")
    in_lab.resize(500, 900)
    found["narrow"] = sticking_out(page, ".sendoff-live")
    assert {when: findings for when, findings in found.items() if findings} == {}
