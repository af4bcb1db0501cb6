"""A live model that a wizard is opened on: saved where two models do not meet, over its former self, and over nothing else."""

from pathlib import Path

import pytest
from sklearn.linear_model import LinearRegression

from jupyter_ext.capture.errors import CaptureError, InTheWayError
from tests.jupyter_ext.opening.conftest import Open
from tests.jupyter_ext.opening.houses import ROWS, Notebook, settled, value
from wizard.errors import ProjectBusyError
from wizard.events import StageStarted
from wizard.run.journal import Journal
from wizard.run.project import Project
from wizard.run.recent import draft_of


def other_house() -> LinearRegression:
    return LinearRegression().fit(ROWS, [1.0, 2.0, 3.0, 4.0])


def test_it_lies_in_a_folder_named_after_its_variable(here: Path, house: LinearRegression, opened: Open) -> None:
    way = opened(house, sample=ROWS, session=Notebook({"house": house}))
    assert way.captured is not None
    assert way.captured.model_path == here / "house" / "house.pkl"
    assert way.deploy.plan_path == here / "house" / "sendoff.yaml"
    assert value(way.deploy, "model.recorded") == "house.recorded.json"
    assert way.deploy.problems() == ()
    assert way.notices == ()
    assert way.left is None


def test_folder_and_name_are_as_given(here: Path, house: LinearRegression, opened: Open) -> None:
    way = opened(house, sample=ROWS, folder="prices/new", name="rent.joblib", session=Notebook({"house": house}))
    assert way.captured is not None
    assert way.captured.model_path == here / "prices" / "new" / "rent.joblib"


def test_two_models_share_no_plan(house: LinearRegression, opened: Open) -> None:
    other = other_house()
    notebook = Notebook({"house": house, "garden": other})
    one, two = (opened(model, sample=ROWS, session=notebook) for model in (house, other))
    assert one.deploy.plan_path.parent != two.deploy.plan_path.parent


def test_without_a_notebook_it_is_called_model(here: Path, house: LinearRegression, opened: Open) -> None:
    assert opened(house, sample=ROWS).deploy.plan_path == here / "model" / "sendoff.yaml"


def test_fitted_anew_it_replaces_what_was_saved_of_it_unasked(
    here: Path, house: LinearRegression, opened: Open
) -> None:
    opened(house, sample=ROWS, session=Notebook({"house": house}))
    before = (here / "house" / "house.pkl").read_bytes()
    house.fit(ROWS, [4.0, 3.0, 2.0, 1.0])
    settled(opened(house, sample=ROWS, session=Notebook({"house": house})).deploy)
    assert (here / "house" / "house.pkl").read_bytes() != before


def test_a_file_that_sendoff_did_not_save_is_replaced_only_where_that_was_said(
    here: Path, house: LinearRegression, opened: Open
) -> None:
    (here / "house").mkdir()
    (here / "house" / "house.pkl").write_bytes(b"mine")
    with pytest.raises(InTheWayError):
        opened(house, sample=ROWS, session=Notebook({"house": house}))
    assert (here / "house" / "house.pkl").read_bytes() == b"mine"
    opened(house, sample=ROWS, session=Notebook({"house": house}), overwrites=True)
    assert (here / "house" / "house.pkl").read_bytes() != b"mine"


def test_a_file_that_somebody_has_changed_since_is_no_longer_sendoffs_to_replace(
    here: Path, house: LinearRegression, opened: Open
) -> None:
    opened(house, sample=ROWS, session=Notebook({"house": house}))
    with (here / "house" / "house.pkl").open("ab") as file:
        file.write(b"more")
    with pytest.raises(InTheWayError):
        opened(house, sample=ROWS, session=Notebook({"house": house}))


def test_under_a_run_that_is_at_work_no_file_is_changed(here: Path, house: LinearRegression, opened: Open) -> None:
    way = opened(house, sample=ROWS, session=Notebook({"house": house}))
    plan_path = settled(way.deploy).write()
    before = (here / "house" / "house.pkl").read_bytes()
    with Project.of_plan(plan_path).held("release"):
        journal = Journal(Project.of_plan(plan_path), "release")
        journal.put(StageStarted("build", "Build the image"))
        again = opened(house, sample=ROWS, session=Notebook({"house": house}))  # the same model: nothing to change
        assert again.left is not None and again.left.at_work
        assert any("at work on this project" in notice for notice in again.notices)
        house.fit(ROWS, [4.0, 3.0, 2.0, 1.0])
        with pytest.raises(ProjectBusyError) as caught:
            opened(house, sample=ROWS, session=Notebook({"house": house}))
        assert caught.value.why and caught.value.fix
        journal.close()
    assert (here / "house" / "house.pkl").read_bytes() == before


def test_answers_that_were_begun_meanwhile_do_not_hide_that_a_run_is_at_work(
    here: Path, house: LinearRegression, opened: Open
) -> None:
    plan_path = settled(opened(house, sample=ROWS, session=Notebook({"house": house})).deploy).write()
    before = (here / "house" / "house.pkl").read_bytes()
    with Project.of_plan(plan_path).held("release"):
        journal = Journal(Project.of_plan(plan_path), "release")
        other = opened(house, sample=ROWS, settings={"service.memory": "1Gi"}, session=Notebook({"house": house}))
        settled(other.deploy).close()  # writes down what was answered
        assert draft_of(plan_path) is not None
        again = opened(house, sample=ROWS, session=Notebook({"house": house}))
        assert again.left is not None and again.left.at_work
        house.fit(ROWS, [4.0, 3.0, 2.0, 1.0])
        with pytest.raises(ProjectBusyError):
            opened(house, sample=ROWS, session=Notebook({"house": house}))
        journal.close()
    assert (here / "house" / "house.pkl").read_bytes() == before


@pytest.mark.parametrize("given", [3, LinearRegression(), LinearRegression, ROWS, None.__class__, object()])
def test_what_is_no_fitted_model_is_refused_and_leaves_nothing_behind(here: Path, given: object, opened: Open) -> None:
    with pytest.raises(CaptureError) as caught:
        opened(given)
    assert caught.value.what and caught.value.fix
    assert list(here.iterdir()) == []
