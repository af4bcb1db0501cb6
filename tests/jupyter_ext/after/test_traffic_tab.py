"""Dividing the requests between revisions: seen, typed, asked, moved, and taken back."""

from __future__ import annotations

import pytest

from jupyter_ext.after.service_box import ServiceBox
from jupyter_ext.after.traffic_tab import TrafficTab
from tests.jupyter_ext.after.looking import in_sight, looking_at
from tests.jupyter_ext.after.page_text import page_text, until
from tests.targets.cloud_run.releases import SERVICE, Releases
from wizard.errors import TargetError


def shares(box: ServiceBox) -> list[int]:
    return [row.share for row in in_sight(box, TrafficTab).rows]


def test_revisions_are_shown_with_their_shares_newest_first(released: Releases) -> None:
    with looking_at(SERVICE, "Traffic") as box:
        assert shares(box) == [20, 80, 0]
        assert "20 %" in page_text(box) and "just now" in page_text(box)


def test_shares_that_do_not_make_a_whole_cannot_be_moved(released: Releases) -> None:
    with looking_at(SERVICE, "Traffic") as box:
        tab = in_sight(box, TrafficTab)
        tab.rows[0].input.value = 50
        assert "30 % too much" in page_text(box) and tab.move.disabled
        tab.rows[1].input.value = 10
        assert "40 % are still to be given" in page_text(box)
        tab.move.click()
        assert not tab.question.text
        tab.undo.click()
        assert shares(box) == [20, 80, 0] and tab.undo.disabled


def test_the_traffic_is_moved_after_it_was_shown_what_changes(released: Releases) -> None:
    with looking_at(SERVICE, "Traffic") as box:
        tab, before = in_sight(box, TrafficTab), released.traffic()
        tab.rows[0].all_here.click()
        assert shares(box) == [100, 0, 0] and "Nothing has moved yet" in page_text(box)
        tab.move.click()
        assert "20 % → 100 %" in page_text(box) and released.traffic() == before
        tab.question.yes.click()
        tab.question.yes.click()  # twice, in haste
        until(box, lambda: released.traffic() == {released.revisions()[-1]: 100})
        until(box, lambda: [row.revision.percent for row in tab.rows] == [100, 0, 0])
        assert "Moved: " in page_text(box) and not tab.question.text


def test_an_edit_after_the_question_takes_it_back(released: Releases) -> None:
    with looking_at(SERVICE, "Traffic") as box:
        tab, before = in_sight(box, TrafficTab), released.traffic()
        tab.rows[0].all_here.click()
        tab.move.click()
        tab.rows[0].input.value = 90
        assert not tab.question.text
        tab.question.yes.click()
        assert released.traffic() == before and not tab.busy


def test_a_rollback_says_where_it_goes_before_it_asks(released: Releases) -> None:
    with looking_at(SERVICE, "Traffic") as box:
        tab, old, before = in_sight(box, TrafficTab), released.revisions()[1], released.traffic()
        tab.way_back.click()
        until(box, lambda: f"{old}: 80 % → 100 %" in page_text(box))
        tab.question.no.click()
        assert not tab.question.text and released.traffic() == before
        tab.way_back.click()
        until(box, lambda: tab.question.text)
        tab.question.yes.click()
        until(box, lambda: released.traffic() == {old: 100})


def test_what_is_typed_survives_a_refresh_and_a_revision_that_came(released: Releases) -> None:
    with looking_at(SERVICE, "Traffic") as box:
        tab = in_sight(box, TrafficTab)
        tab.rows[0].input.value = 33
        typed = tab.rows[0].input
        tab.refresh()
        until(box, lambda: not tab.busy)
        assert shares(box) == [33, 80, 0]
        released("4")
        tab.refresh()
        until(box, lambda: len(tab.rows) == 4 and not tab.busy)
        assert tab.rows[1].share == 33 and tab.rows[1].input is typed, "the row is not made anew"


def test_a_revision_that_failed_says_why_and_gets_no_share(released: Releases) -> None:
    released.plant("crash")
    with pytest.raises(TargetError):
        released("4")
    with looking_at(SERVICE, "Traffic") as box:
        assert in_sight(box, TrafficTab).rows[0].input.disabled
        assert "not ready" in page_text(box) and "did not become ready" in page_text(box)


def test_traffic_that_somebody_else_took_away_is_an_error_with_a_way_on(released: Releases) -> None:
    with looking_at(SERVICE, "Traffic") as box:
        tab = in_sight(box, TrafficTab)
        released.cloud.services.delete_service(name=released.cloud.place.service(SERVICE)).result(timeout=20)
        tab.rows[0].all_here.click()
        tab.move.click()
        tab.question.yes.click()
        until(box, lambda: "Try again" in page_text(box))
        assert shares(box) == [100, 0, 0]


def test_one_revision_has_nothing_to_divide_and_rolling_back_says_why_it_cannot(running: str) -> None:
    with looking_at(running, "Traffic") as box:
        tab = in_sight(box, TrafficTab)
        assert "nothing to divide" in page_text(box) and tab.rows[0].input.disabled
        tab.way_back.click()
        until(box, lambda: "cannot be rolled back" in page_text(box))
        assert "Try again" in page_text(box)
