"""The wizard in Notebook 7: the same form and the same run."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.jupyter_ext.browser.barriers import barriers
from tests.jupyter_ext.browser.page import NotebookPage
from tests.jupyter_ext.browser.staged import FIRST_LINES
from tests.jupyter_ext.browser.story import BEGIN, STEPS, at_step, newest_line, open_wizard, sticking_out, wait_for_line

pytestmark = pytest.mark.browser


def test_the_form_is_walked_and_a_run_watched_over_a_reload_in_a_dark_narrow_window(in_notebook7: NotebookPage) -> None:
    page = in_notebook7.page
    wizard = open_wizard(in_notebook7, "seven", [BEGIN, "staged.go.set()\nstaged.run.wait()"])
    in_notebook7.theme(dark=True)
    in_notebook7.resize(500, 900)
    found: dict[str, list[str]] = {}
    for title in STEPS:
        at_step(wizard, title)
        found[title] = barriers(page, ".sendoff-live") + sticking_out(page, ".sendoff-live")
        if title != "Review":
            wizard.get_by_role("button", name="Next").click()
    in_notebook7.run_cell(2)
    wait_for_line(page, FIRST_LINES)
    found["at work"] = barriers(page, ".sendoff-live") + sticking_out(page, ".sendoff-live")
    before = newest_line(page)
    in_notebook7.reload()
    wait_for_line(page, before + 20)
    in_notebook7.run_cell(3)
    expect(page.locator(".sendoff-run").get_by_text(re.compile("^Done ·"))).to_be_visible()
    assert {when: findings for when, findings in found.items() if findings} == {}
    assert in_notebook7.complaints == []
