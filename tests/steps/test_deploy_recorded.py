"""Answers recorded with the live model, in the wizard: proposed where they are the file's own, refused where they are not."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from tests.steps.conftest import Start
from tests.steps.deploying import errors, field, settle, values
from wizard.inspection import inspect_model
from wizard.plan import save_plan
from wizard.recorded import Recorded, recorded_path_of, write_recorded
from wizard.rehearsal import ParitySet
from wizard.run.planning import make_plan
from wizard.steps.deploy import Deploy
from wizard.steps.deploy.will_be_done import what_will_be_done

NAME = "model.recorded.json"


@pytest.fixture
def record(house: Path) -> Recorded:
    """64 rows of the house model with answers, kept beside it."""
    inspection = inspect_model(house / "model.pkl")
    row = tuple(float(at) + 0.25 for at in range(len(inspection.columns)))
    answers = ParitySet((row,) * 64, (1.0,) * 64, None, "the live model in the notebook")
    record = Recorded(inspection.sha256, (), answers)
    write_recorded(house / NAME, record)
    return record


def test_answers_of_this_very_file_are_proposed_with_their_number(start: Start, house: Path, record: Recorded) -> None:
    deploy = start(house / "model.pkl")
    view = field(deploy, "model.recorded")
    assert (view.value, view.source) == (NAME, "file")
    assert view.note == "64 rows and the live model's answers to them were recorded when it was saved."
    assert values(deploy)["model.recorded"] == NAME
    inspection = deploy.inspection
    assert inspection is not None
    assert [column.example for column in inspection.columns] == list(record.answers.rows[0])
    assert not errors(deploy)
    plan = deploy.plan
    assert plan is not None
    assert any(f"the model's as recorded in {NAME}" in one for one in what_will_be_done(plan, deploy.plan_path))


def test_without_them_nothing_is_proposed(start: Start, house: Path) -> None:
    deploy = start(house / "model.pkl")
    assert values(deploy)["model.recorded"] is None
    assert not errors(deploy)


def test_answers_of_other_bytes_are_not_proposed(start: Start, house: Path, record: Recorded) -> None:
    write_recorded(house / NAME, replace(record, model_sha256=hashlib.sha256(b"another").hexdigest()))
    deploy = start(house / "model.pkl")
    assert values(deploy)["model.recorded"] is None
    deploy.session.set("model.recorded", NAME)
    assert "another model file" in errors(deploy)["model.recorded"]
    deploy.session.set("model.recorded", "gone.json")
    assert "cannot be read" in errors(deploy)["model.recorded"]
    deploy.session.set("model.recorded", "")
    assert not errors(deploy)


def test_answers_that_a_written_plan_names_elsewhere_stay(start: Start, house: Path, record: Recorded) -> None:
    (house / NAME).rename(house / "yesterday.json")
    inspection = inspect_model(house / "model.pkl")
    plan_path = house / "sendoff.yaml"
    save_plan(make_plan(inspection, house, {"model.recorded": "yesterday.json"}), plan_path, "A plan.")
    deploy = Deploy.of_plan(plan_path, debounce=0)
    try:
        assert values(deploy)["model.recorded"] == "yesterday.json"
        assert not errors(deploy)
    finally:
        deploy.close()


def test_a_model_without_any_is_not_asked_for_them(start: Start, house: Path) -> None:
    deploy = start("model.pkl")
    assert not field(deploy, "model.recorded").visible


def test_who_wants_none_empties_the_field(start: Start, house: Path, record: Recorded) -> None:
    deploy = start(house / "model.pkl")
    settle(deploy)
    deploy.session.set("model.recorded", "")
    assert values(deploy)["model.recorded"] is None


def test_answers_recorded_meanwhile_are_seen(start: Start, house: Path, record: Recorded) -> None:
    path = recorded_path_of(house / "model.pkl")
    path.unlink()
    deploy = start(house / "model.pkl")
    assert values(deploy)["model.recorded"] is None
    write_recorded(path, record)
    deploy.session.next()  # what was found out and holds no more is looked at anew
    assert values(deploy)["model.recorded"] == NAME
