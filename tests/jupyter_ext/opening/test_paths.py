"""Files, plans and folders that a wizard is opened on, and names of those that are not there."""

import shutil
from pathlib import Path

import pytest

from tests.conftest import EXAMPLES
from tests.jupyter_ext.opening.conftest import Open
from tests.jupyter_ext.opening.houses import Notebook, settled
from wizard.errors import SendoffError


@pytest.fixture
def model(here: Path) -> Path:
    (here / "prices").mkdir()
    return Path(shutil.copy(EXAMPLES / "housing" / "model.pkl", here / "prices" / "rent.pkl"))


def test_a_model_files_plan_goes_beside_it(model: Path, opened: Open) -> None:
    way = opened("prices/rent.pkl")
    assert way.deploy.plan_path == model.with_name("sendoff.yaml")
    assert way.captured is None
    assert settled(way.deploy).problems() == ()


def test_or_into_the_folder_that_is_given(here: Path, model: Path, opened: Open) -> None:
    way = opened(model, folder="plans/rent")
    assert way.deploy.plan_path == here / "plans" / "rent" / "sendoff.yaml"
    assert settled(way.deploy).write().exists()
    assert opened(model, folder="plans/rent").deploy.session.view().step.name == "review"


def test_a_folder_opens_on_its_plan_or_on_the_one_model_in_it(model: Path, opened: Open) -> None:
    way = opened("prices")
    assert way.deploy.session.view().step.name == "model"
    settled(way.deploy).write()
    way.deploy.close()
    assert opened("prices").deploy.session.view().step.name == "review"


@pytest.mark.parametrize(
    ("given", "what", "fix"),
    [
        ("prices/rnt.pkl", "There is no file prices/rnt.pkl.", "Did you mean prices/rent.pkl?"),
        ("rent.pkl", "There is no file rent.pkl.", "Check the path."),
        ("price/rent.pkl", "There is no file price/rent.pkl.", "Check the path."),
        ("house", "There is no file house.", "Name the variable itself: %sendoff house, or Wizard(house)"),
        ("~nobody-here/x.pkl", "There is no file ~nobody-here/x.pkl.", "Check the path."),
        ("x" * 5000, "There is no file xxx", "Check the path."),
        ("a\0b.pkl", "There is no file a\0b.pkl.", "Check the path."),
        ("", ". is a folder without a plan.", ""),
        (".", "is a folder without a plan.", "Name a model file, or the variable that holds a model."),
    ],
)
def test_a_path_that_leads_nowhere_is_said_with_the_nearest(
    model: Path, opened: Open, given: str, what: str, fix: str
) -> None:
    with pytest.raises(SendoffError) as caught:
        opened(given, session=Notebook({"house": 1}))
    assert what.removeprefix(". ") in caught.value.what
    assert fix in caught.value.fix


def test_of_several_models_in_a_folder_one_has_to_be_named(model: Path, opened: Open) -> None:
    shutil.copy(model, model.with_name("buy.pkl"))
    with pytest.raises(SendoffError, match="without a plan") as caught:
        opened("prices")
    assert "buy.pkl, rent.pkl" in caught.value.why


def test_a_plan_stays_in_its_folder(model: Path, opened: Open) -> None:
    plan_path = settled(opened(model).deploy).write()
    with pytest.raises(SendoffError, match="stays in its folder"):
        opened(plan_path, folder="elsewhere")
    assert opened(plan_path, folder=plan_path.parent).deploy.plan_path == plan_path


@pytest.mark.parametrize("more", [{"sample": [[1.0]]}, {"name": "x.pkl"}])
@pytest.mark.parametrize("given", [None, "prices/rent.pkl"])
def test_a_sample_and_a_name_go_with_a_live_model_only(
    model: Path, opened: Open, given: str | None, more: dict[str, object]
) -> None:
    with pytest.raises(SendoffError, match="goes with a live model"):
        opened(given, **more)


def test_a_folder_that_cannot_be_made_is_said(model: Path, opened: Open) -> None:
    with pytest.raises(SendoffError, match="cannot be made"):
        opened(model, folder=model / "below-a-file")


def test_a_working_directory_that_is_gone_is_said_to_be(here: Path, opened: Open) -> None:
    here.rmdir()
    for given in (None, "house.pkl", 3):
        with pytest.raises(SendoffError) as caught:
            opened(given)
        assert "works in is gone" in caught.value.what
        assert caught.value.why and "%cd" in caught.value.fix
