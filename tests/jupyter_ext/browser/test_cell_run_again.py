"""A wizard's cell that is run again."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.jupyter_ext.browser.page import NotebookPage
from tests.jupyter_ext.browser.story import at_step, open_wizard

pytestmark = pytest.mark.browser

_WIDGETS = "from ipywidgets.widgets.widget import _instances\nprint(len(_instances))"


def test_a_cell_run_again_shows_one_new_wizard_that_works_and_keeps_no_widget_of_the_old(in_lab: NotebookPage) -> None:
    wizard = open_wizard(in_lab, "again", [_WIDGETS])
    once = int(in_lab.run_cell(2)[0]["text"])
    for _ in range(2):
        assert [output for output in in_lab.run_cell(1) if output["output_type"] == "error"] == []
        at_step(wizard, "Model")
    assert int(in_lab.run_cell(2)[0]["text"]) < 2 * once
    expect(in_lab.page.locator(".sendoff-live")).to_have_count(1)
    wizard.get_by_role("button", name="Next").click()
    expect(wizard.locator('[aria-current="step"]')).not_to_contain_text("Model")
    assert in_lab.complaints == []
