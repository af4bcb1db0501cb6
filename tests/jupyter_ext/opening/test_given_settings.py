"""Settings given with the model: in Python's forms or as the command takes them, as answers of the form."""

import hashlib
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import EXAMPLES
from tests.jupyter_ext.opening.conftest import Open
from tests.jupyter_ext.opening.houses import settled, value
from wizard.errors import PlanError

GIB = 1024**3
VOLUME = {"kind": "bucket", "path": "/mnt/data", "bucket": "my-bucket"}


@pytest.fixture
def model(here: Path) -> Path:
    return Path(shutil.copy(EXAMPLES / "housing" / "model.pkl", here / "rent.pkl"))


@pytest.mark.parametrize(
    ("settings", "name", "expected"),
    [
        ({"service.memory": "2Gi"}, "service.memory", 2 * GIB),
        ({"service.memory": 2 * GIB}, "service.memory", 2 * GIB),
        ({"service.cpu": 2}, "service.cpu", 2),
        ({"service.cpu": "0.5"}, "service.cpu", 0.5),
        ({"serving.batching": False}, "serving.batching", False),
        ({"serving.batching": "no"}, "serving.batching", False),
        ({"serving.server": "flask"}, "serving.server", "flask"),
        ({"service.env": {"LOG": "debug"}}, "service.env", {"LOG": "debug"}),
        ({"service.env": "LOG:debug,X:1"}, "service.env", {"LOG": "debug", "X": "1"}),
        ({"service.env.LOG": "debug", "service.env.X": 1}, "service.env", {"LOG": "debug", "X": "1"}),
        ({"image.extra_requirements": ["orjson", "httpx"]}, "image.extra_requirements", ("orjson", "httpx")),
        ({"image.extra_requirements": "orjson,httpx"}, "image.extra_requirements", ("orjson", "httpx")),
        ({"target.port": 8123}, "target.port", 8123),
    ],
)
def test_a_setting_is_an_answer(model: Path, opened: Open, settings: dict[str, Any], name: str, expected: Any) -> None:
    deploy = opened(model, settings=settings).deploy
    assert value(deploy, name) == expected
    assert deploy.session.field(name).source == "person"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"target.startup_probe.period": 3}, {"target.startup_probe.period": 3}),
        ({"target.startup_probe": {"period": 3}}, {"target.startup_probe.period": 3}),
        ({"target.vpc.network": "inner"}, {"target.vpc": True, "target.vpc.network": "inner"}),
        ({"target.vpc": {"network": "inner"}}, {"target.vpc": True, "target.vpc.network": "inner"}),
        (
            {"target.volumes": [VOLUME]},
            {"target.volumes": ('"kind": "bucket", "path": "/mnt/data", "bucket": "my-bucket"',)},
        ),
        ({"target.min_instances": "1"}, {"target.min_instances": 1}),
        ({"target.secrets": {"KEY": "key:latest"}}, {"target.secrets": {"KEY": "key:latest"}}),
    ],
)
def test_a_setting_of_the_cloud_is_one_where_the_cloud_is_chosen(
    model: Path, opened: Open, settings: dict[str, Any], expected: dict[str, Any]
) -> None:
    for chosen in ({"target": "cloud_run"}, {"settings": {"target.kind": "cloud_run"}}):
        given = {**settings, **chosen.get("settings", {}), "target.project": "my-project"}  # type: ignore[dict-item]
        deploy = opened(model, settings=given, target=chosen.get("target")).deploy
        assert {name: value(deploy, name) for name in expected} == expected
        assert value(deploy, "where") == "cloud_run"
        plan = deploy.plan
        assert plan is not None, deploy.problems()
        assert plan.target.kind == "cloud_run"


def test_a_value_that_cannot_be_is_said_at_its_field(model: Path, opened: Open) -> None:
    deploy = opened(model, settings={"service.memory": "lots", "service.cpu": 4000}).deploy
    assert [problem.field for problem in settled(deploy).problems()] == ["service.cpu", "service.memory"]


def test_a_file_is_trusted_by_its_digest(model: Path, opened: Open) -> None:
    deploy = opened(model, settings={"model.trusted": "true"}).deploy
    digest = hashlib.sha256(model.read_bytes()).hexdigest()
    assert deploy.session.draft()["values"]["model.trusted"] == digest
    assert opened(model, settings={"model.trusted": False}).deploy.session.draft()["values"]["model.trusted"] == "no"


@pytest.mark.parametrize(
    ("settings", "what", "fix"),
    [
        ({"service.memry": "1Gi"}, "The plan has no field service.memry.", "Did you mean service.memory?"),
        ({"memory": "1Gi"}, "The plan has no field memory.", "Did you mean service.memory?"),
        ({"target.project": "x"}, "is a setting of the target cloud_run", "Set target.kind to cloud_run"),
        ({"target.kind": "could_run"}, "target.kind cannot be 'could_run'.", "Did you mean cloud_run?"),
        ({"model.framework": "x"}, "model.framework is no setting.", "Leave model.framework out."),
        ({"service.memory": object()}, "service.memory cannot be an object.", "Give it as the plan would have it."),
        ({"service.cpu": {"a": 1}}, "service.cpu cannot be a tuple.", "Give it as the plan would have it."),
        ({"serving.batching": "perhaps"}, "serving.batching cannot be a str.", "Give it as the plan would have it."),
    ],
)
def test_what_is_no_setting_is_refused_with_the_nearest_that_is(
    model: Path, opened: Open, settings: dict[str, Any], what: str, fix: str
) -> None:
    with pytest.raises(PlanError) as caught:
        opened(model, settings=settings)
    assert what in caught.value.what
    assert fix in caught.value.fix


def test_deep_in_a_section_the_nearest_is_looked_for_beside_it(model: Path, opened: Open) -> None:
    with pytest.raises(PlanError) as caught:
        opened(model, target="cloud_run", settings={"target.startup_probe.perod": 3})
    assert caught.value.fix == "Did you mean target.startup_probe.period?"
    assert "failures" in caught.value.why
