"""A released service in a notebook's cell: found, described, each of its tabs come to, and let go of."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from jupyter_ext.after.service_box import ServiceBox
from jupyter_ext.after.traffic_tab import TrafficTab
from jupyter_ext.after.try_tab import TryTab
from tests.jupyter_ext.after.looking import in_sight, looking_at
from tests.jupyter_ext.after.page_text import page_text, until
from tests.targets.cloud_run.releases import SERVICE, Releases
from wizard import targets
from wizard.targets.cloud_run import records
from wizard.targets.cloud_run.cloud import Cloud


def test_its_head_says_how_it_is_and_where_it_answers(running: str) -> None:
    with looking_at(running) as box:
        assert "small ● healthy released" in page_text(box)
        assert targets.find(running).url in page_text(box) and "this machine" in page_text(box)


def test_what_is_not_paid_for_has_no_tab_for_its_cost(running: str) -> None:
    with looking_at(running) as box:
        assert [tab.TITLE for tab in box.tabs] == ["Try it", "Call it", "Traffic", "Logs", "Take down"]


def test_every_tab_is_loaded_when_it_is_first_in_sight(released: Releases) -> None:
    with looking_at(SERVICE) as box:
        assert [tab.started for tab in box.tabs] == [True, False, False, False, False, False]
        for tab in box.tabs:
            box.turn_to(tab.TITLE)
            assert box.tab is tab and tab.started
            until(box, lambda: not box.tab.busy)  # type: ignore[union-attr]
            assert "✗" not in page_text(box) or tab.TITLE == "Take down"


def test_a_service_that_is_not_there_says_so_and_can_be_looked_for_again(running: str) -> None:
    with looking_at("smal") as box:
        assert "There is no service 'smal'" in page_text(box) and "Did you mean small?" in page_text(box)
        assert "Try again" in page_text(box) and not box.tabs


def test_a_service_that_comes_is_found_by_trying_again(released: Releases) -> None:
    [record] = records.read_all()
    records.forget(record)
    with looking_at(SERVICE) as box:
        assert "There is no service" in page_text(box)
        records.write(record)
        box.children[2].children[0].click()
        until(box, lambda: box.tabs)
        assert "● healthy" in page_text(box)


def test_a_cloud_that_does_not_answer_is_said_and_can_be_asked_again(
    released: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wizard.targets.cloud_run.door import DoorAccess

    [record] = records.read_all()
    records.forget(record)
    records.write(records.CloudRecord(SERVICE, "demo-project", "us-central1", "http://127.0.0.1:9", "", "", "http://x"))
    monkeypatch.setattr(Cloud, "at", lambda place: Cloud(place, DoorAccess(place.endpoint)))
    with looking_at(SERVICE, "Traffic") as box:
        assert "? not seen" in page_text(box)
        assert "No local Cloud Run answers" in page_text(box) and "Try again" in page_text(box)


def test_a_closed_box_ends_what_is_at_work_for_it_and_hears_of_nothing_more(running: str) -> None:
    with looking_at(running, "Logs") as box:
        until(box, lambda: "listening" in page_text(box))
    box.close()
    until(box, lambda: not {"log", "log-drawing"} & {thread.name for thread in threading.enumerate()})
    assert box.comm is None


def test_the_box_can_be_closed_while_the_service_is_still_looked_for(running: str) -> None:
    box = ServiceBox(running)
    box.close()
    until(box, lambda: not any(thread.name == "service" for thread in threading.enumerate()))
    assert not box.tabs


def test_a_fault_in_a_callback_is_said_in_place_and_never_raised(released: Releases) -> None:
    with looking_at(SERVICE, "Traffic") as box:
        tab = in_sight(box, TrafficTab)
        tab.on(lambda: 1 / 0)(None)
        assert "Sendoff itself failed. ZeroDivisionError" in page_text(box)


def test_presses_from_many_threads_at_once_leave_a_box_that_works(released: Releases) -> None:
    with looking_at(SERVICE) as box:
        tried, divided = box.tabs[0], box.tabs[2]
        assert isinstance(tried, TryTab) and isinstance(divided, TrafficTab)
        box.turn_to("Traffic")
        until(box, lambda: divided.rows)
        presses: list[Callable[[], object]] = [
            tried.switch.click,
            tried.send.click,
            divided.undo.click,
            lambda: divided.on(divided.refresh)(None),
            lambda: divided.rows[0].all_here.click(),
            lambda: box.turn_to("Logs"),
            lambda: box.turn_to("Traffic"),
        ]
        with ThreadPoolExecutor(len(presses)) as pool:
            ended = [pool.submit(lambda press=press: [press() for _ in range(20)]) for press in presses]  # type: ignore[misc]
            for one in ended:
                one.result(60)
        box.turn_to("Traffic")
        until(box, lambda: not tried.busy and not divided.busy)
        divided.undo.click()
        assert [row.share for row in divided.rows] == [20, 80, 0]
        assert "Sendoff itself failed" not in page_text(box)


def test_importing_the_package_imports_no_widgets() -> None:
    code = "import jupyter_ext.after, sys; assert not {'ipywidgets', 'pydantic', 'httpx'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
