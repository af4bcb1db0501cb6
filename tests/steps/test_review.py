"""The review: nothing of the plan is left out, nothing secret is in it, and what will be done is said before it is."""

from pathlib import Path

import pytest

from tests.steps.planning import planned
from wizard.plan import Plan, field_paths, save_plan
from wizard.plan.document import dump_plan, parse_plan
from wizard.steps.deploy.review import Review, ReviewRow, review, value_in_words
from wizard.steps.fields import Field, Step
from wizard.targets import registry
from wizard.targets.cloud_run import records


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENDOFF_HOME", str(tmp_path / "home"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sendoff.yaml"


def row(seen: Review, name: str) -> ReviewRow:
    return next(one for one in seen.rows if one.path == name)


@pytest.mark.parametrize("target", ["local", "cloud_run"])
def test_every_value_of_the_plan_is_shown_with_a_label_a_reason_and_its_step(target: str, path: Path) -> None:
    plan = parse_plan(
        dump_plan(
            planned(target=target, model_recorded="model.recorded.json", model_sha256="0" * 64, model_trusted=True)
        )
    )
    seen = review(plan, path)
    assert [one.path for one in seen.rows] == list(field_paths(target))
    assert all(one.label and one.value and one.source and one.why for one in seen.rows)
    assert {one.step for one in seen.rows} == {"model", "serving", "image", "place", "settings"}


def test_recorded_answers_are_shown_only_where_there_are_some(path: Path) -> None:
    assert "model.recorded" not in {one.path for one in review(planned(), path).rows}


def test_a_model_is_called_dangerous_only_where_somebody_insisted_on_one(path: Path) -> None:
    assert "model.trusted" not in {one.path for one in review(planned(), path).rows}
    assert row(review(planned(model_sha256="0" * 64, model_trusted=True), path), "model.trusted").value == "yes"


def test_values_are_written_as_people_write_them(path: Path) -> None:
    plan = planned(target="cloud_run", service_cpu=2, service_env={"LEVEL": "info"}, target_secrets={"DB": "db:3"})
    seen = review(plan, path)
    wanted = {
        "service.memory": "512Mi",
        "service.cpu": "2",
        "service.env": "LEVEL=info",
        "serving.batching": "yes",
        "image.requirements": "scikit-learn==1.5.2, numpy<2",
        "image.modules": "none",
        "target.secrets": "DB db:3",
        "target.startup_probe": "kind http, path /health, initial_delay 0, period 5, timeout 5, failures 48",
    }
    assert {name: row(seen, name).value for name in wanted} == wanted


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (False, "no"), (None, "none"), ([], "none"), ({}, "none"), ("", "none"), (0.5, "0.5")]
)
def test_nothing_and_naught_are_told_apart(value: object, text: str) -> None:
    assert value_in_words(value) == text


def test_what_may_be_secret_is_not_shown(path: Path) -> None:
    plan = planned(service_env={"API_TOKEN": "hunter2", "PLAIN": "yes"})
    seen = review(plan, path)
    assert row(seen, "service.env").value == "API_TOKEN (not shown), PLAIN=yes"
    assert "hunter2" not in repr(seen)


def test_control_characters_are_seen_and_not_obeyed(path: Path) -> None:
    plan = planned(service_env={"PLAIN": "a\x1b[2Jb"})
    assert row(review(plan, path), "service.env").value == "PLAIN=a\\x1b[2Jb"


def test_the_labels_and_steps_are_those_of_the_wizard(path: Path) -> None:
    steps = (Step("size", "Size", "How large.", (Field(name="service.memory", label="Memory it may use", why="."),)),)
    shown = row(review(planned(), path, steps=steps), "service.memory")
    assert (shown.label, shown.step) == ("Memory it may use", "size")


def test_a_service_on_this_machine_costs_nothing_and_one_in_the_cloud_has_an_estimate(path: Path) -> None:
    assert review(planned(), path).cost == ()
    cost = review(planned(target="cloud_run", target_min_instances=1), path).cost
    assert "a month" in cost[0]
    assert any("guess" in sentence for sentence in cost)


def test_on_the_local_cloud_run_the_estimate_says_that_it_is_googles(path: Path) -> None:
    plan = planned(target="cloud_run", target_endpoint="http://127.0.0.1:8790")
    assert "costs nothing" in review(plan, path).cost[0]


def done(plan: Plan, path: Path) -> str:
    return "\n".join(review(plan, path).actions)


def test_what_will_be_done_is_said_in_order(path: Path) -> None:
    actions = review(planned(target="cloud_run", target_traffic=[10, 100], target_access="public"), path).actions
    words = [
        "Write the plan",
        "Read model.pkl",
        "Look at the project",
        "Pin",
        "Write the folder",
        "Build",
        "Run it here",
        "Push",
    ]
    words += ["Make a new revision", "Move the traffic to it by steps of 10 %, 100 %", "Let everybody call it"]
    assert [action[: len(word)] for action, word in zip(actions, words, strict=True)] == words
    assert all(action.endswith(".") for action in actions)


def test_a_local_service_is_said_to_be_reachable_from_here_alone(path: Path) -> None:
    assert "port 8123 of 127.0.0.1" in done(planned(target_port=8123), path)
    assert "container" not in done(planned(target_runtime="process"), path)
    assert "Build the image" not in done(planned(target_runtime="process"), path)


def test_in_an_empty_folder_nothing_is_replaced(path: Path) -> None:
    assert review(planned(), path).overwrites == ()


def test_the_same_plan_written_again_replaces_nothing(path: Path) -> None:
    save_plan(planned(), path)
    assert review(planned(), path).overwrites == ()


def test_a_plan_with_other_values_of_another_model_or_that_cannot_be_read_is_said_to_be_replaced(path: Path) -> None:
    save_plan(planned(service_memory="1Gi"), path)
    assert "with 1 value changed" in review(planned(), path).overwrites[0]
    save_plan(planned(model_path="other.pkl"), path)
    assert "for the model other.pkl" in review(planned(), path).overwrites[0]
    path.write_text("no plan")
    assert "can be read" in review(planned(), path).overwrites[0]


def test_a_bundle_and_a_service_that_are_there_are_said_to_be_replaced(path: Path) -> None:
    (path.parent / "bundle").mkdir()
    (path.parent / "bundle" / "server.py").touch()
    registry.write(
        registry.Record(
            name="housing", project="/elsewhere", runtime="container", handle="x", url="http://127.0.0.1:1", port=1, number=1,
            revision="housing-00001", fingerprint="", image="", bundle="", started=0.0,
        )
    )  # fmt: skip
    bundle, service = review(planned(), path).overwrites
    assert "bundle" in bundle and "handler.py" in bundle
    assert "http://127.0.0.1:1" in service and "/elsewhere" in service
    assert len(review(planned(service_name="other"), path).overwrites) == 1


def test_a_service_of_that_name_in_the_same_place_gets_a_new_revision(path: Path) -> None:
    plan = planned(target="cloud_run")
    records.write(records.CloudRecord("housing", "my-project", "us-central1", "", "/f", "/f/bundle"))
    assert "new revision" in review(plan, path).overwrites[0]
    assert review(planned(target="cloud_run", target_region="europe-west1"), path).overwrites == ()


def test_the_commands_by_hand_are_those_of_the_road(path: Path) -> None:
    assert [stage.stage for stage in review(planned(), path).commands][:2] == ["inspect", "lock"]
