"""The log of a run in a real browser page: what is drawn, followed, found and copied."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.jupyter_ext.run_panel.plain_page import PlainPage
from tests.jupyter_ext.run_panel.staged import HeardPanel
from wizard.events import Feed, LogLine, StageStarted

pytestmark = pytest.mark.browser

LOG = ".sendoff-run-log"

SETTLED = """async () => {
    const box = document.querySelector(".sendoff-run-log");
    for (let still = 0, top = box.scrollTop; still < 10; still = top === box.scrollTop ? still + 1 : 0) {
        top = box.scrollTop;
        await new Promise(requestAnimationFrame);
    }
    return box.scrollTop;
}"""
"""Where the log stands once a wheel has run out."""


class Shown:
    """A feed that a test writes, and the page that shows it."""

    def __init__(self, feed: Feed, page: PlainPage) -> None:
        self.feed = feed
        self.page = page

    def write(self, *texts: str, stage: str = "build") -> None:
        for text in texts:
            self.feed.put(LogLine(stage, text))

    def write_many(self, first: int, end: int) -> None:
        """Lines with numbers, and wait until the last is in sight or told to be below."""
        self.write(*(f"line {number}" for number in range(first, end)))

    def until_in_sight(self, text: str) -> None:
        self.page.until(lambda: text in self.page.rows_in_sight())

    def until_held(self, text: str) -> None:
        """Until the page has the line, in sight or not."""
        self.page.until(lambda: text in self.copied("Copy log"))

    def copied(self, button: str) -> str:
        self.page.page.get_by_role("button", name=re.compile("Cop")).first.wait_for()
        self.page.until(lambda: self.page.page.get_by_role("button", name=button, exact=True).count())
        self.page.press(button)
        self.page.until(lambda: self.page.page.get_by_role("button", name="Copied").count())
        return self.page.clipboard()


@pytest.fixture
def shown(panel_of: Callable[..., HeardPanel], page_of: Callable[..., PlainPage]) -> Shown:
    feed = Feed()
    feed.put(StageStarted("lock", "Pin the dependencies"))
    feed.put(StageStarted("build", "Build the image"))
    return Shown(feed, page_of(panel_of(feed)))


def test_the_newest_line_stays_in_sight(shown: Shown) -> None:
    shown.write_many(0, 100)
    shown.until_in_sight("line 99")
    shown.write_many(100, 5000)
    shown.until_in_sight("line 4999")
    assert len(shown.page.rows()) < 60  # of 5,000


def test_who_scrolls_away_stays_there_and_is_told_of_new_lines(shown: Shown) -> None:
    shown.write_many(0, 1000)
    shown.until_in_sight("line 999")
    shown.page.page.locator(LOG).hover()
    shown.page.page.mouse.wheel(0, -3000)
    shown.page.until(lambda: "line 999" not in shown.page.rows_in_sight())
    shown.page.page.wait_for_function("() => !document.querySelector('.sendoff-run-end').hidden")
    here = shown.page.page.evaluate(SETTLED)
    shown.write_many(1000, 1700)
    shown.page.until_said("700 new lines")
    assert shown.page.page.evaluate("() => document.querySelector('.sendoff-run-log').scrollTop") == here
    shown.page.press("↓ 700 new lines")
    shown.until_in_sight("line 1699")


def test_a_person_can_scroll_away_in_a_flood(shown: Shown) -> None:
    shown.write_many(0, 2000)
    shown.until_in_sight("line 1999")
    shown.page.page.locator(LOG).hover()
    for number in range(2000, 6000, 200):
        shown.write_many(number, number + 200)
        if number == 3000:
            shown.page.page.mouse.wheel(0, -300)
        shown.page.exchange()
    shown.until_held("line 5999")
    assert "new lines" in shown.page.text
    assert "line 5999" not in shown.page.rows_in_sight()


def test_a_page_that_puts_the_log_back_at_its_top_does_not_end_the_following(shown: Shown) -> None:
    shown.write_many(0, 500)
    shown.until_in_sight("line 499")
    shown.page.page.evaluate("() => { document.querySelector('.sendoff-run-log').scrollTop = 0; }")
    shown.until_in_sight("line 499")


def test_what_is_read_stays_in_place_when_old_lines_go(shown: Shown) -> None:
    shown.write_many(0, 9990)
    shown.until_in_sight("line 9989")
    shown.page.page.locator(LOG).focus()
    for _ in range(3):
        shown.page.page.keyboard.press("PageUp")
        shown.page.drawn()
    shown.page.until(lambda: "line 9989" not in shown.page.rows_in_sight())
    before = shown.page.rows_in_sight()
    shown.write_many(9990, 12000)
    shown.page.until_said("2,010 new lines")
    assert shown.page.rows_in_sight() == before


def test_the_page_keeps_the_newest_ten_thousand_lines(shown: Shown) -> None:
    shown.write_many(0, 9000)
    shown.until_in_sight("line 8999")
    shown.write_many(9000, 13000)
    shown.until_in_sight("line 12999")
    lines = shown.copied("Copy log").split("\n")
    assert len(lines) == 10_000 and lines[0] == "line 3000" and lines[-1] == "line 12999"


def test_a_text_is_found_counted_and_gone_to(shown: Shown) -> None:
    shown.write(*(f"step {number} {'Error!' if number % 100 == 7 else 'ok'}" for number in range(1000)))
    shown.until_in_sight("step 999 ok")
    box = shown.page.page.get_by_role("searchbox", name="Find in the log")
    box.fill("error!")
    shown.until_in_sight("step 907 Error!")
    shown.page.until_said("10 of 10")
    assert shown.page.page.locator("mark").first.inner_text() == "Error!"
    box.press("Shift+Enter")
    shown.until_in_sight("step 807 Error!")
    shown.page.until_said("9 of 10")
    box.press("Enter")
    box.press("Enter")  # round the end
    shown.until_in_sight("step 7 Error!")
    shown.page.until_said("1 of 10")
    shown.write("one more ERROR! comes")
    shown.page.until_said("1 of 11")
    shown.page.press("Found before")
    shown.until_in_sight("one more ERROR! comes")
    box.fill("(")  # no expression, but a text
    shown.page.until_said("not found")
    box.press("Escape")
    assert box.input_value() == "" and shown.page.page.locator("mark").count() == 0


def test_lines_are_chosen_and_copied_by_keyboard(shown: Shown) -> None:
    shown.write_many(0, 50)
    shown.until_in_sight("line 49")
    log = shown.page.page.locator(LOG)
    log.focus()
    log.press("ArrowUp")
    log.press("ArrowUp")
    log.press("Shift+ArrowUp")
    log.press("Shift+ArrowUp")
    assert shown.copied("Copy selected") == "line 45\nline 46\nline 47"
    log.press("Control+a")
    log.press("Control+c")
    shown.page.until(lambda: shown.page.clipboard().startswith("line 0\n"))
    assert len(shown.page.clipboard().split("\n")) == 50
    log.press("Escape")
    shown.page.until(lambda: shown.page.page.get_by_role("button", name="Copy log").count())


def test_a_part_of_a_line_is_copied_by_mouse(shown: Shown) -> None:
    shown.write("pulled sha256:77af4d6b9913 in 2 s")
    shown.until_in_sight("pulled sha256:77af4d6b9913 in 2 s")
    shown.page.page.locator(".sendoff-run-row").dblclick(position={"x": 110, "y": 8})
    shown.page.until(lambda: shown.page.page.get_by_role("button", name="Copy selected").count())
    assert shown.copied("Copy selected").strip() == "77af4d6b9913"


def test_what_is_selected_stays_so_while_lines_come(shown: Shown) -> None:
    shown.write("an address to copy: https://example.test/1")
    shown.until_in_sight("an address to copy: https://example.test/1")
    shown.page.page.locator(".sendoff-run-row").dblclick(position={"x": 14, "y": 8})
    shown.write_many(0, 300)
    shown.page.until_said("new lines")
    assert str(shown.page.page.evaluate("() => getSelection().toString()")).strip() == "an"


def test_each_stage_has_its_log_and_there_is_one_of_all(shown: Shown) -> None:
    shown.write("resolved 41 packages", stage="lock")
    shown.write("step 1 of 7")
    shown.until_in_sight("step 1 of 7")
    assert shown.page.rows_in_sight() == ["step 1 of 7"]
    shown.page.press("Pin the dependencies cut off")
    assert shown.page.rows_in_sight() == ["resolved 41 packages"]
    choice = shown.page.page.get_by_role("combobox", name="Log of")
    choice.select_option(label="All stages")
    assert shown.page.rows_in_sight() == ["resolved 41 packages", "step 1 of 7"]
    choice.select_option(label="Build the image")
    shown.feed.put(StageStarted("push", "Push the image"))  # who looks at the stage at work goes on with the next
    shown.write("pushed", stage="push")
    shown.until_in_sight("pushed")


def test_a_line_is_text_whatever_it_holds(shown: Shown) -> None:
    nasty = '<img src=x onerror="document.title=1"><script>document.title=2</script>&amp;'
    shown.write(nasty, "tab\there", "esc\x1b[2J", "right\u202eleft")
    shown.until_in_sight(nasty)
    assert shown.page.rows_in_sight() == [nasty, "tab     here", "esc\\x1b[2J", "right\\u202eleft"]
    assert shown.page.page.title() == "A panel"
    assert shown.page.page.locator("img").count() == 0
