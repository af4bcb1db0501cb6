"""The form in JupyterLab: by keyboard alone, for everybody's eyes, in a narrow window."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.jupyter_ext.browser.barriers import barriers
from tests.jupyter_ext.browser.page import NotebookPage
from tests.jupyter_ext.browser.story import STEPS, at_step, open_wizard, sticking_out, tab_to

pytestmark = pytest.mark.browser

_TAKE_DOWN = "from wizard import targets\nfor name in targets.names():\n    targets.find(name).down()"

_ON_THE_TABS = {"Call it": "curl", "Traffic": "100 %", "Logs": "is ready: loaded in", "Take down": "Take down …"}
"""A tab of a service, and what is on it once it has been filled."""


@pytest.mark.index
def test_a_model_is_deployed_with_the_keyboard_alone(in_lab: NotebookPage) -> None:
    page, keys = in_lab.page, in_lab.page.keyboard
    wizard = open_wizard(in_lab, "keyboard", [_TAKE_DOWN])
    keys.press("Escape")
    for title in STEPS[1:4]:
        tab_to(page, "Next")
        keys.press("Enter")
        at_step(wizard, title)
    tab_to(page, "Runs as")
    keys.type("Process")
    tab_to(page, "Next")
    keys.press("Enter")
    at_step(wizard, "Settings")
    tab_to(page, "Memory")
    keys.press("Control+a")
    keys.type("two bananas")
    keys.press("Tab")
    wrong = wizard.get_by_role("alert").filter(visible=True)
    expect(wrong).to_contain_text("two bananas")
    tab_to(page, "Memory", key="Shift+Tab")
    keys.press("Control+a")
    keys.type("1Gi")
    keys.press("Tab")
    expect(wrong).to_have_count(0)
    tab_to(page, "Next")
    keys.press("Enter")
    at_step(wizard, "Review")
    expect(wizard.locator(".sendoff-review")).to_contain_text("1Gi")
    tab_to(page, "Start")
    keys.press("Enter")
    try:
        expect(wizard.get_by_role("button", name="Try it")).to_be_visible(timeout=240_000)
        expect(wizard).to_contain_text("http://127.0.0.1:")
        tab_to(page, "Try it")
        keys.press("Enter")
        tab_to(page, "Send")
        keys.press("Enter")
        expect(wizard.get_by_text("✓ 200 in")).to_be_visible()
        found = {"Try it": barriers(page, ".sendoff-live")}
        for tab, shown in _ON_THE_TABS.items():
            wizard.get_by_role("button", name=tab, exact=True).click()
            expect(wizard.get_by_text(shown).filter(visible=True).first).to_be_visible()
            found[tab] = barriers(page, ".sendoff-live")
        assert {tab: findings for tab, findings in found.items() if findings} == {}
        assert in_lab.complaints == []
    finally:
        in_lab.run_cell(2)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_step_has_a_barrier(in_lab: NotebookPage, dark: bool) -> None:
    page = in_lab.page
    wizard = open_wizard(in_lab, f"barriers-{dark}")
    in_lab.theme(dark=dark)
    found: dict[str, list[str]] = {}
    for title in STEPS:
        at_step(wizard, title)
        if title == "Settings":
            memory = wizard.get_by_label("Memory")
            memory.fill("two bananas")
            memory.press("Tab")
            expect(wizard.get_by_role("alert").filter(visible=True)).to_contain_text("two bananas")
            found["what is wrong"] = barriers(page, ".sendoff-live")
            memory.fill("1Gi")
            memory.press("Tab")
            expect(wizard.get_by_role("alert").filter(visible=True)).to_have_count(0)
        for box in ("Why", "By hand"):
            if (button := wizard.get_by_role("button", name=f"▸ {box}", exact=True)).is_visible():
                button.click()
        found[title] = barriers(page, ".sendoff-live")
        if title != "Review":
            wizard.get_by_role("button", name="Next").click()
    assert {title: findings for title, findings in found.items() if findings} == {}
    assert in_lab.complaints == []


def test_nothing_sticks_out_of_a_window_of_500_pixels(in_lab: NotebookPage) -> None:
    wizard = open_wizard(in_lab, "narrow")
    in_lab.resize(500, 900)
    found: dict[str, list[str]] = {}
    for title in STEPS:
        at_step(wizard, title)
        found[title] = sticking_out(in_lab.page, ".sendoff-live")
        if title != "Review":
            wizard.get_by_role("button", name="Next").click()
    assert {title: elements for title, elements in found.items() if elements} == {}


def test_a_row_that_is_typed_in_keeps_its_focus_and_its_text_while_others_change(in_lab: NotebookPage) -> None:
    page = in_lab.page
    wizard = open_wizard(in_lab, "focus")
    for title in STEPS[1:5]:
        wizard.get_by_role("button", name="Next").click()
        at_step(wizard, title)
    name = wizard.get_by_label("Name", exact=True)
    name.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("half-a-na")
    in_lab.page.evaluate(
        """() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute(
            {code: "w.deploy.session.set('service.memory', '2Gi')"}).done.then(() => null)"""
    )
    expect(wizard.get_by_label("Memory")).to_have_value("2Gi")
    page.keyboard.type("me")
    expect(name).to_have_value("half-a-name")
    expect(name).to_be_focused()
