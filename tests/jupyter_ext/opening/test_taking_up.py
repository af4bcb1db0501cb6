"""What lies in a project's folder is gone on with: begun answers, else a plan; and a run that was left is told of."""

import os
import shutil
from pathlib import Path

import pytest
from sklearn.linear_model import LinearRegression

from tests.conftest import EXAMPLES
from tests.jupyter_ext.opening.conftest import Open
from tests.jupyter_ext.opening.houses import ROWS, Notebook, settled, value
from wizard.errors import BuildError, PlanError
from wizard.events import RunFinished, StageStarted
from wizard.run.journal import Journal
from wizard.run.project import Project
from wizard.run.run_summary import Ended
from wizard.steps.deploy import Deploy


@pytest.fixture
def model(here: Path) -> Path:
    return Path(shutil.copy(EXAMPLES / "housing" / "model.pkl", here / "rent.pkl"))


def left_off(deploy: Deploy) -> None:
    """The notebook is closed: the draft is on the disk then."""
    settled(deploy)
    deploy.close()


def written(deploy: Deploy) -> Path:
    path = settled(deploy).write()
    deploy.close()
    return path


def test_answers_that_were_begun_for_the_model_are_taken_up(model: Path, opened: Open) -> None:
    way = opened(model)
    way.deploy.session.set("service.memory", "3Gi")
    left_off(way.deploy)
    again = opened(model)
    assert value(again.deploy, "service.memory") == 3 * 1024**3
    assert len(again.notices) == 1 and "What you answered just now is taken up" in again.notices[0]


def test_a_model_that_was_only_looked_at_is_no_news(model: Path, opened: Open) -> None:
    left_off(opened(model).deploy)
    assert opened(model).notices == ()


def test_a_live_models_answers_are_taken_up_after_a_restart(house: LinearRegression, opened: Open) -> None:
    way = opened(house, sample=ROWS, session=Notebook({"house": house}))
    way.deploy.session.set("service.cpu", "4")
    left_off(way.deploy)
    again = opened(house, sample=ROWS, session=Notebook({"house": house}))
    assert value(again.deploy, "service.cpu") == 4
    assert len(again.notices) == 1


def test_answers_begun_for_another_model_are_none_of_this_one(model: Path, opened: Open) -> None:
    way = opened(model)
    way.deploy.session.set("service.memory", "3Gi")
    left_off(way.deploy)
    other = Path(shutil.copy(EXAMPLES / "churn" / "model.joblib", model.with_name("churn.joblib")))
    again = opened(other)
    assert again.notices == ()
    assert settled(again.deploy).session.field("service.memory").source != "person"


def test_the_models_plan_is_opened_at_its_review(model: Path, opened: Open) -> None:
    written(opened(model, settings={"service.cpu": 2}).deploy)
    again = opened(model)
    assert again.deploy.session.view().step.name == "review"
    assert value(again.deploy, "service.cpu") == 2
    assert again.deploy.overwrites is None


def test_a_plan_of_another_model_is_not_opened_and_would_be_overwritten(model: Path, opened: Open) -> None:
    plan_path = written(opened(model).deploy)
    other = Path(shutil.copy(EXAMPLES / "churn" / "model.joblib", model.with_name("churn.joblib")))
    again = opened(other)
    assert again.deploy.session.view().step.name == "model"
    assert settled(again.deploy).overwrites == plan_path


def test_a_plan_that_is_wrong_is_said_and_with_overwrites_passed_over(model: Path, opened: Open) -> None:
    plan_path = written(opened(model).deploy)
    plan_path.write_text(plan_path.read_text().replace("memory:", "memry:"))
    with pytest.raises(PlanError, match=r"memry .*line \d+"):
        opened(model)
    assert opened(model, overwrites=True).deploy.session.view().step.name == "model"


@pytest.mark.parametrize("given", ["rent.pkl", None])
def test_a_draft_that_cannot_be_read_is_said_and_left_aside(model: Path, opened: Open, given: str | None) -> None:
    left_off(opened(model, settings={"service.cpu": 2}).deploy)
    (model.parent / ".sendoff" / "draft.json").write_text("{")
    notice = opened(given).notices[0]
    assert "left aside" in notice and "damaged" in notice


def test_a_plan_that_is_named_goes_before_answers_over_another_state_of_it(model: Path, opened: Open) -> None:
    plan_path = written(opened(model, settings={"service.cpu": 2}).deploy)
    way = opened(plan_path)
    way.deploy.session.set("service.cpu", "4")
    left_off(way.deploy)
    assert value(opened(plan_path).deploy, "service.cpu") == 4
    plan_path.write_text(plan_path.read_text().replace("cpu: 2", "cpu: 1"))
    again = opened(plan_path)
    assert value(again.deploy, "service.cpu") == 1
    assert any("let go" in notice for notice in again.notices)


def test_nothing_given_opens_what_is_in_the_folder(model: Path, opened: Open) -> None:
    plan_path = written(opened(model).deploy)
    assert opened().deploy.session.view().step.name == "review"
    way = opened(folder=model.parent)
    way.deploy.session.set("service.cpu", "4")
    left_off(way.deploy)
    assert value(opened().deploy, "service.cpu") == 4
    assert opened().deploy.plan_path == plan_path


def test_nothing_given_opens_the_project_below_that_was_left_last(
    here: Path, house: LinearRegression, opened: Open
) -> None:
    for seconds, name in enumerate(("garden", "house")):
        left_off(opened(house, sample=ROWS, session=Notebook({name: house})).deploy)
        os.utime(here / name / ".sendoff" / "draft.json", (1_000_000 + seconds,) * 2)
    way = opened()
    assert way.deploy.plan_path == here / "house" / "sendoff.yaml"
    assert way.notices == (
        "This is the project in ./house, which was left last. To begin with a model: %sendoff MODEL",
    )
    assert opened(folder=here).deploy.plan_path == here / "sendoff.yaml"


def test_projects_below_where_nothing_was_left_are_named(here: Path, house: LinearRegression, opened: Open) -> None:
    for seconds, name in enumerate(("garden", "house")):
        os.utime(
            written(opened(house, sample=ROWS, session=Notebook({name: house})).deploy), (1_000_000 + seconds,) * 2
        )
    way = opened()
    assert way.deploy.session.view().step.name == "model"
    assert way.notices == ("Projects here: ./house, ./garden. To open one: %sendoff ./NAME",)


def test_in_an_empty_folder_the_model_is_asked_for_and_fitted_ones_are_named(
    here: Path, house: LinearRegression, opened: Open
) -> None:
    notebook = Notebook({"rows": ROWS, "house": house, "raw": LinearRegression(), "_hidden": house})
    way = opened(session=notebook)
    assert way.deploy.session.view().step.name == "model"
    assert way.notices == ("This notebook holds house (LinearRegression). To deploy a model from here: %sendoff house",)
    assert opened(session=Notebook()).notices == ()


@pytest.mark.parametrize(
    ("ends", "ended", "told"),
    [
        (None, Ended.CUT_OFF, "was cut off just now in the stage 'Build the image'"),
        (
            BuildError("The disk is full."),
            Ended.FAILED,
            "failed just now in the stage 'Build the image': The disk is full.",
        ),
    ],
)
def test_a_run_that_did_not_come_to_its_end_is_told_of(
    model: Path, opened: Open, ends: BuildError | None, ended: Ended, told: str
) -> None:
    project = Project.of_plan(written(opened(model).deploy))
    journal = Journal(project, "release")
    journal.put(StageStarted("build", "Build the image"))
    if ends is not None:
        ends.stage = "build"
        journal.put(RunFinished(ok=False, error=ends.as_dict()))
    journal.close()
    way = opened(model)
    assert way.left is not None and way.left.run is not None
    assert way.left.run.ended is ended
    assert told in way.notices[-1]


def test_a_run_that_went_well_is_nothing_left(model: Path, opened: Open) -> None:
    project = Project.of_plan(written(opened(model).deploy))
    journal = Journal(project, "release")
    journal.put(RunFinished(ok=True))
    journal.close()
    way = opened(model)
    assert way.left is None and way.notices == ()
