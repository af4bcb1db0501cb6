"""The local Cloud Run as a target: the real one, as a process of its own."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_ext.opening.local_cloud import find_workshop
from tests.conftest import EXAMPLES
from tests.jupyter_ext.opening.conftest import Open
from tests.jupyter_ext.opening.houses import settled, value
from wizard.errors import PlanError, TargetError
from wizard.plan.cloud_run import CloudRunTarget
from wizard.workshop.launching import end, launch
from wizard.workshop.running import Running, default_folder


@pytest.fixture
def up(here: Path) -> Iterator[Running]:
    default_folder().mkdir(parents=True)
    _, running = launch(default_folder(), "fake", None, 0, "class-project", "europe-west1", lambda _text: None)
    yield running
    end(default_folder(), keep=False)


@pytest.fixture
def model(here: Path) -> Path:
    return Path(shutil.copy(EXAMPLES / "housing" / "model.pkl", here / "rent.pkl"))


def test_where_it_is_up_it_is_a_target_with_its_project_and_address(model: Path, up: Running, opened: Open) -> None:
    deploy = opened(model, target="workshop").deploy
    assert value(deploy, "where") == "workshop"
    plan = settled(deploy).plan
    assert plan is not None and isinstance(plan.target, CloudRunTarget)
    assert (plan.target.endpoint, plan.target.project) == (up.endpoint, "class-project")


def test_where_none_is_up_it_is_said_how_to_start_it(model: Path, opened: Open) -> None:
    assert find_workshop() is None
    with pytest.raises(TargetError, match="No local Cloud Run is up") as caught:
        opened(model, target="workshop")
    assert caught.value.fix == "Start it in a cell: !sendoff workshop up"


def test_another_target_is_refused_with_the_nearest(model: Path, opened: Open) -> None:
    with pytest.raises(PlanError) as caught:
        opened(model, target="Cloud-Run")
    assert caught.value.fix == "Did you mean cloud_run?"
    assert caught.value.nearest == "cloud_run"
