"""A service's log in a cell: followed while it is in sight, stopped and gone on with, within bounds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_ext.after import logs_tab
from jupyter_ext.after.log_tail import LINES, LogTail
from jupyter_ext.after.logs_tab import LogsTab
from tests.jupyter_ext.after.looking import in_sight, looking_at
from tests.jupyter_ext.after.page_text import page_text, until
from tests.targets.cloud_run.releases import SERVICE, Releases


def test_the_log_of_a_process_is_followed(running: str) -> None:
    with looking_at(running, "Logs") as box:
        until(box, lambda: "listening" in page_text(box))
        assert "Following the log." in page_text(box)


def test_a_cloud_log_comes_line_by_line_until_it_is_stopped(released: Releases) -> None:
    revision = released.revisions()[-1]
    write = released.local.plane.logs.writer(f"{released.cloud.place.service(SERVICE)}/revisions/{revision}")
    write("before it was looked at")
    with looking_at(SERVICE, "Logs") as box:
        tab = in_sight(box, LogsTab)
        until(box, lambda: "before it was looked at" in page_text(box))
        write("while it is <looked> at")
        until(box, lambda: "while it is <looked> at" in page_text(box))
        tab.follow.click()
        assert "Stopped" in page_text(box) and tab.follow.description == "Follow again"
        write("after that")
        box.turn_to("Call it")
        box.turn_to("Logs")
        assert "after that" not in page_text(box), "stopped stays stopped"
        tab.follow.click()
        until(box, lambda: "after that" in page_text(box))


def test_it_is_not_followed_while_another_tab_is_in_sight(released: Releases) -> None:
    revision = released.revisions()[-1]
    write = released.local.plane.logs.writer(f"{released.cloud.place.service(SERVICE)}/revisions/{revision}")
    with looking_at(SERVICE, "Logs") as box:
        tab = in_sight(box, LogsTab)
        following = tab._following
        assert following is not None
        box.turn_to("Call it")
        until(box, lambda: following.follower.ended)
        write("meanwhile")
        box.turn_to("Logs")
        until(box, lambda: "meanwhile" in page_text(box))


def test_a_page_that_nobody_looks_at_any_more_asks_the_cloud_no_more(
    released: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs_tab, "_LONGEST", 0.0)
    with looking_at(SERVICE, "Logs") as box:
        until(box, lambda: "in case nobody looks any more" in page_text(box))
        assert in_sight(box, LogsTab).follow.description == "Follow again"


def test_a_log_that_ends_says_so(running: str) -> None:
    from wizard import targets

    with looking_at(running, "Logs") as box:
        until(box, lambda: "listening" in page_text(box))
        targets.find(running).down()
        until(box, lambda: "The log has ended" in page_text(box))


@given(st.lists(st.text(), max_size=50), st.integers(0, 10))
def test_a_tail_holds_any_text_and_obeys_none_of_it(lines: list[str], missed: int) -> None:
    tail = LogTail()
    tail.extend(lines, missed)
    assert re.sub("[^<>]+", "", tail.html()) == "<>" * 4, "no element but the two of its own"


def test_a_tail_keeps_the_newest_lines_within_bounds() -> None:
    tail = LogTail()
    for start in range(0, 5_000, 100):
        tail.extend(f"line {number}" for number in range(start, start + 100))
    assert "line 4999<" in tail.html() and f"line {5_000 - LINES}\n" in tail.html()
    assert f"line {4_999 - LINES}\n" not in tail.html() and f"… {5_000 - LINES:,} earlier lines" in tail.html()
    tail.extend(["x" * 1_000_000] * 3)
    assert len(tail.html()) < 110_000 and "(1,000,000 characters)" in tail.html()


def test_a_log_that_stands_still_is_read_with_the_keyboard_and_one_that_moves_keeps_the_focus() -> None:
    assert 'tabindex="0"' in LogTail().html(still=True) and "tabindex" not in LogTail().html()
