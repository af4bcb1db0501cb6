from collections.abc import Callable
from pathlib import Path

import joblib
import pytest
from sklearn.linear_model import LinearRegression

from jupyter_ext.opening.unattended import write_plan
from wizard.errors import PlanError, SendoffError
from wizard.plan import load_plan
from wizard.steps.deploy import Deploy


@pytest.fixture
def model(tmp_path: Path) -> Path:
    joblib.dump(LinearRegression().fit([[1.0], [2.0]], [1.0, 2.0]), tmp_path / "house.pkl")
    return tmp_path / "house.pkl"


@pytest.fixture
def opened(model: Path, request: pytest.FixtureRequest) -> Callable[[], Deploy]:
    def open_one() -> Deploy:
        deploy = Deploy.new(model.parent, model=model)
        request.addfinalizer(deploy.close)
        return deploy

    return open_one


def test_what_is_proposed_stands_where_nobody_answers(opened: Callable[[], Deploy]) -> None:
    plan = load_plan(write_plan(opened()))
    assert plan.model.path == "house.pkl"
    assert plan.target.kind == "local"


def test_what_was_answered_is_kept(opened: Callable[[], Deploy]) -> None:
    deploy = opened()
    deploy.session.set("service.memory", "1Gi")
    assert load_plan(write_plan(deploy)).service.memory == 1 << 30


def test_the_first_thing_that_is_wrong_is_raised_with_its_field_and_nothing_is_written(
    opened: Callable[[], Deploy], model: Path
) -> None:
    deploy = opened()
    deploy.session.set("service.memory", "3 elephants")
    with pytest.raises(PlanError) as caught:
        write_plan(deploy)
    assert caught.value.field == "service.memory"
    assert caught.value.fix
    assert not (model.parent / "sendoff.yaml").exists()


def test_a_file_that_is_no_model_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "notes.pkl").write_text("no model at all")
    deploy = Deploy.new(tmp_path, model=tmp_path / "notes.pkl")
    with pytest.raises(SendoffError) as caught:
        write_plan(deploy)
    assert "notes.pkl" in str(caught.value)
    deploy.close()


def test_a_plan_that_is_not_its_own_is_replaced_only_where_that_is_allowed(
    opened: Callable[[], Deploy], model: Path
) -> None:
    (model.parent / "sendoff.yaml").write_text("somebody: else\n")
    with pytest.raises(PlanError, match="another plan"):
        write_plan(opened())
    assert (model.parent / "sendoff.yaml").read_text() == "somebody: else\n"
    write_plan(opened(), overwrites=True)
    assert load_plan(model.parent / "sendoff.yaml").model.path == "house.pkl"
