"""Calls to be copied, the month's bill, and taking a service down."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from jupyter_ext.after.cost_tab import CostTab
from jupyter_ext.after.down_tab import DownTab
from tests.jupyter_ext.after.looking import in_sight, looking_at
from tests.jupyter_ext.after.page_text import page_text, until
from tests.targets.cloud_run.releases import SERVICE, Releases
from wizard import targets
from wizard.plan import load_plan, save_plan
from wizard.plan.plan import LocalTarget
from wizard.targets.cloud_run.service import CloudService


def test_calls_are_there_to_be_copied_and_hold_no_token(released: Releases) -> None:
    with looking_at(SERVICE, "Call it") as box:
        said = page_text(box)
        assert "curl -sS" in said and "import requests" in said and "[1.0, 2.0]" in said
        assert "Bearer $(curl" in said, "the command that gets a token, and none itself"


def test_calls_without_a_sample_say_how_to_get_one(running: str) -> None:
    shutil.rmtree(targets.find(running).bundle)
    with looking_at(running, "Call it") as box:
        assert "There is no sample request for this service any more." in page_text(box)


def test_the_cost_follows_the_requests_one_thinks_of(released: Releases) -> None:
    with looking_at(SERVICE, "Cost") as box:
        tab = in_sight(box, CostTab)
        assert "A month" in page_text(box) and "this is what Google would take" not in page_text(box)
        tab.requests.value = 5_000_000
        assert "5,000,000 requests a day" in page_text(box)
        tab.each.value = 0.0
        assert "5,000,000 requests a day of 0.0 ms" in page_text(box)
        tab.refresh()
        until(box, lambda: not tab.busy)
        assert "5,000,000 requests a day" in page_text(box), "a refresh leaves what one thinks of"


def test_a_plan_that_leads_elsewhere_now_has_no_bill_and_says_so(released: Releases, tmp_path: Path) -> None:
    path = tmp_path / "sendoff.yaml"
    save_plan(load_plan(path).model_copy(update={"target": LocalTarget(kind="local")}), path, "")
    with looking_at(SERVICE, "Cost") as box:
        assert "leads to local now, and the service runs on Cloud Run" in page_text(box)


def test_taking_it_down_lists_what_goes_and_asks_before(running: str) -> None:
    with looking_at(running, "Take down") as box:
        tab = in_sight(box, DownTab)
        assert f"the service {running} at" in page_text(box) and "images" not in page_text(box)
        tab.down.click()
        assert f"Take {running} down, for good?" in page_text(box)
        tab.question.no.click()
        tab.question.yes.click()
        assert running in targets.names() and not tab.busy
        tab.down.click()
        tab.question.yes.click()
        until(box, lambda: running not in targets.names())
        until(box, lambda: "small is stopped and removed." in page_text(box))
        assert "Take down" not in page_text(box)


def test_another_choice_about_the_images_takes_the_question_back(
    released: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    with looking_at(SERVICE, "Take down") as box:
        tab = in_sight(box, DownTab)
        tab.down.click()
        known, look = threading.Event(), CloudService.what_goes

        def look_when_told(service: CloudService, images: bool) -> Any:
            assert known.wait(60)
            return look(service, images)

        monkeypatch.setattr(CloudService, "what_goes", look_when_told)
        tab.images.value = False
        assert not tab.question.text and tab.busy, "what goes is looked up anew"
        tab.down.click()
        assert not tab.question.text, "and nothing is asked before it is known"
        known.set()
        until(box, lambda: not tab.busy)
        tab.down.click()
        assert tab.question.text


def test_a_service_deleted_elsewhere_is_said_to_be_gone_and_can_be_forgotten(released: Releases) -> None:
    released.cloud.services.delete_service(name=released.cloud.place.service(SERVICE)).result(timeout=20)
    with looking_at(SERVICE, "Take down") as box:
        tab = in_sight(box, DownTab)
        assert "It is gone" in page_text(box)
        tab.down.click()
        tab.question.yes.click()
        until(box, lambda: targets.names() == ())
