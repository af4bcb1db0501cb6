"""Trying a service: a form from its bundle, JSON of one's own, the answer with its time, and what the service has against it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from jupyter_ext.after.service_box import ServiceBox
from jupyter_ext.after.try_tab import TryTab
from tests.jupyter_ext.after.looking import in_sight, looking_at
from tests.jupyter_ext.after.page_text import page_text, until
from wizard import targets
from wizard.targets import Reply


def send(box: ServiceBox) -> Reply:
    """Press Send, and wait for the answer."""
    tab = in_sight(box, TryTab)
    before = tab.answer.reply
    tab.send.click()
    until(box, lambda: tab.answer.reply is not before and not tab.busy)
    assert tab.answer.reply is not None
    return tab.answer.reply


def test_the_sample_is_sent_and_the_answer_comes_with_its_time(running: str) -> None:
    with looking_at(running) as box:
        assert "income" in page_text(box) and "The answer comes here." in page_text(box)
        assert send(box).status == 200
        assert "✓ 200 in" in page_text(box) and " ms" in page_text(box) and "prediction" in page_text(box)


def test_the_times_before_stay_in_sight(running: str) -> None:
    with looking_at(running) as box:
        send(box)
        assert "before:" not in page_text(box)
        for _ in range(6):
            send(box)
        assert page_text(box).partition("before:")[2].count("ms") == 4


def test_a_refused_request_is_said_beside_its_field_until_that_is_changed(running: str) -> None:
    with looking_at(running) as box:
        tab = in_sight(box, TryTab)
        row = tab.form.rows[0]
        row.control.value = "x"
        assert send(box).status == 422
        assert "The service refused the request" in page_text(box)
        assert row.view.error is not None
        row.control.value = "42"
        assert row.view.error is None
        assert send(box).status == 200


def test_a_refusal_the_form_did_not_foresee_is_shown_beside_the_field_it_names(running: str) -> None:
    with looking_at(running) as box:
        tab = in_sight(box, TryTab)
        tab.answered(
            "answer", Reply(422, {"error": {"message": "features.rooms is odd", "field": "features.rooms"}}, 1.0)
        )
        row = tab.form.rows[2]
        assert row.view.error is not None and row.view.error.what == "features.rooms is odd."


def test_the_sample_comes_back(running: str) -> None:
    with looking_at(running) as box:
        tab = in_sight(box, TryTab)
        sample = tab.body()
        tab.form.rows[0].control.value = "42"
        assert tab.body() != sample
        tab.sample.click()
        assert tab.body() == sample


def test_json_starts_with_what_is_in_the_form_and_what_is_no_json_is_said_beside_it(running: str) -> None:
    with looking_at(running) as box:
        tab = in_sight(box, TryTab)
        tab.form.rows[0].control.value = "42"
        tab.switch.click()
        assert json.loads(tab.json.value)["features"][0] == 42
        tab.json.value = '{"features": [1,'
        tab.send.click()
        assert "This is no JSON" in page_text(box) and not tab.busy
        tab.json.value = '{"features": [1, 2, 3]}'
        assert "This is no JSON" not in page_text(box)
        assert send(box).status == 200


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1, 2]", "This is JSON, but no request."),
        ('{"features": [NaN]}', "NaN is no JSON."),
        ("[" * 100_000, "This JSON is nested too deep."),
    ],
)
def test_json_that_is_no_request_is_not_sent(running: str, text: str, said: str) -> None:
    with looking_at(running) as box:
        tab = in_sight(box, TryTab)
        tab.switch.click()
        tab.json.value = text
        tab.send.click()
        assert said in page_text(box) and not tab.busy


def test_without_its_bundle_a_service_takes_json(running: str) -> None:
    shutil.rmtree(targets.find(running).bundle)
    with looking_at(running) as box:
        tab = in_sight(box, TryTab)
        assert "There is no form for the service" in page_text(box)
        assert tab.json.layout.display is None and tab.switch.disabled


def test_a_model_with_many_inputs_shows_the_first_and_adds_more_when_asked(running: str) -> None:
    folder = Path(targets.find(running).bundle)
    described = json.loads((folder / "service.json").read_text())
    described["input"]["columns"] = [{"name": f"x{number}", "kind": "number"} for number in range(100)]
    (folder / "service.json").write_text(json.dumps(described))
    (folder / "sample.json").write_text(json.dumps({"features": [0.5] * 100}))
    with looking_at(running) as box:
        form = in_sight(box, TryTab).form
        assert len(form.rows) == 24 and form.more.description == "50 more of 76 further columns"
        form.more.click()
        assert len(form.rows) == 74
        form.more.click()
        assert len(form.rows) == 100 and form.more.layout.display == "none"


def test_a_service_that_has_stopped_is_said_and_the_request_can_be_sent_again(running: str) -> None:
    with looking_at(running) as box:
        tab = in_sight(box, TryTab)
        targets.find(running).down()
        tab.send.click()
        until(box, lambda: "Try again" in page_text(box))
        assert "The service small did not answer." in page_text(box)
