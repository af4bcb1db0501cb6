"""The way from a model to a written plan."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.steps.deploying import copy_model, errors, field, settle, values, walk
from wizard.errors import PlanError
from wizard.plan import field_paths, load_plan
from wizard.plan.plan import Source
from wizard.steps.deploy import Workshop
from wizard.steps.deploy.all_steps import NOT_ASKED
from wizard.workshop.runtimes.fake import FakeRuntime
from wizard.workshop.workshop import Workshop as LocalCloudRun


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    """A local Cloud Run that is up."""
    with LocalCloudRun(tmp_path / "workshop", FakeRuntime(), registry=False) as running:
        yield Workshop(running.addresses.endpoint, "demo-project", "us-central1")


def test_the_steps_are_model_serving_image_place_settings_and_review(start):
    assert [mark.step.name for mark in start(None).session.trail()] == [
        "model",
        "serving",
        "image",
        "place",
        "settings",
        "review",
    ]


def test_whoever_only_presses_next_gets_the_plan_that_the_command_proposes(start, house):
    from wizard.inspection import inspect_model
    from wizard.run import make_plan

    deploy = start()
    walk(deploy)
    assert deploy.session.next()
    assert deploy.session.finished
    settle(deploy)
    made = make_plan(inspect_model(house / "model.pkl"), house)
    assert deploy.plan.values() == made.values()
    assert deploy.plan.sources == made.sources


def test_the_plan_is_written_with_its_reasons_and_the_draft_is_gone(start, house):
    deploy = start()
    deploy.session.set("service.memory", "2Gi")
    settle(deploy)
    path = deploy.write()
    assert path == house / "sendoff.yaml"
    assert path.read_text().startswith("# Plan for model.pkl: LinearRegression, scikit-learn")
    plan = load_plan(path)
    assert plan == deploy.plan
    assert plan.origin("service.memory").source is Source.PERSON
    assert not deploy.draft_path.exists()


@pytest.mark.parametrize("kind", ["local", "cloud_run"])
def test_every_value_of_a_plan_is_asked_for_in_some_step(start, kind):
    asked = {".".join(one.name.split(".")[:2]) for step in start(None).steps for one in step.fields}
    assert set(field_paths(kind)) - asked == {*NOT_ASKED, "target.kind"}  # the kind is asked as "where"


def test_every_field_of_a_section_within_a_section_is_asked_for(start):
    from wizard.plan.cloud_run import Probe, Vpc

    asked = {one.name for step in start(None).steps for one in step.fields}
    assert {f"target.startup_probe.{name}" for name in Probe.model_fields} <= asked
    assert {f"target.liveness_probe.{name}" for name in Probe.model_fields} <= asked
    assert {f"target.vpc.{name}" for name in Vpc.model_fields} <= asked


def test_every_step_and_field_says_what_it_is_for_in_whole_sentences(start):
    for step in start(None).steps:
        assert step.why.endswith(".")
        for one in step.fields:
            assert one.label and one.why.endswith("."), one.name


def test_of_a_service_on_this_machine_nothing_about_the_cloud_is_asked(start):
    deploy = start()
    settle(deploy)
    seen = [one.field.name for one in deploy.session.view("place").fields if one.visible]
    assert seen == ["where", "target.runtime", "target.port"]


def test_a_way_to_google_cloud_run_asks_for_the_project_and_holds_there_until_it_is_given(start):
    deploy = start()
    walk(deploy, "place")
    deploy.session.set("where", "cloud_run")
    assert not deploy.session.next()
    settle(deploy)
    assert deploy.session.view().step.name == "place"
    assert field(deploy, "target.project").error is not None
    assert deploy.plan is None
    assert [problem.field for problem in deploy.problems()] == ["target.project"]


def test_a_plan_for_google_is_whole_though_nobody_is_logged_in_and_the_step_says_so(start, monkeypatch):
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    deploy = start()
    walk(deploy, "place")
    deploy.session.set("where", "cloud_run")
    deploy.session.set("target.project", "my-project")
    assert not deploy.session.next()
    assert "gcloud" in field(deploy, "target.project").error.fix or "GOOGLE_APPLICATION_CREDENTIALS" in str(
        field(deploy, "target.project").error
    )
    assert values(deploy)["target.project"] == "my-project"


def test_a_walk_to_the_local_cloud_run_asks_it_for_the_project(start, workshop):
    deploy = start(workshop=workshop)
    walk(deploy, "place")
    deploy.session.set("where", "workshop")
    walk(deploy)
    assert deploy.session.next()
    found = values(deploy)
    assert (found["target.kind"], found["target.project"], found["target.region"], found["target.endpoint"]) == (
        "cloud_run",
        "demo-project",
        "us-central1",
        workshop.endpoint,
    )
    assert field(deploy, "target.endpoint").source == "environment"


def test_a_project_that_does_not_exist_is_said_at_its_field(start, workshop):
    deploy = start(workshop=workshop)
    walk(deploy, "place")
    deploy.session.set("where", "workshop")
    deploy.session.set("target.project", "no-such-project")
    deploy.session.next()
    settle(deploy)
    assert deploy.session.view().step.name == "place"
    assert "no project no-such-project" in field(deploy, "target.project").error.what


def test_a_local_cloud_run_that_is_not_up_is_said_where_it_is_chosen(start):
    deploy = start()
    walk(deploy, "place")
    deploy.session.set("where", "workshop")
    error = field(deploy, "where").error
    assert error.what == "No local Cloud Run is up."
    assert "sendoff workshop up" in error.fix
    assert deploy.plan is None


WRONG = {
    "serving.max_batch": "0",
    "serving.max_body": "64Mi",
    "image.python": "2.7",
    "service.name": "Bad Name!",
    "service.cpu": "1000",
    "service.memory": "many",
    "service.concurrency": "0",
    "service.env": ("API_TOKEN=abc",),
    "target.port": "70000",
    "model.as_of": "yesterday",
}


def test_each_of_many_wrong_values_is_said_at_its_field_and_the_others_keep_their_defaults(start):
    right = start()
    usual = values(right)
    deploy = start()
    for name, raw in WRONG.items():
        deploy.session.set(name, raw)
    assert errors(deploy).keys() == WRONG.keys() - {"service.env"} | {"service.env"}
    assert deploy.plan is None
    for name, value in usual.items():
        if name in WRONG or name.startswith(("model.", "target.")):
            continue
        shown = (
            field(deploy, name).value if name in {one.name for step in deploy.steps for one in step.fields} else None
        )
        if shown is not None and not isinstance(value, list | dict):
            assert shown == value, name


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_spoils_no_other_field(start, name):
    deploy = start()
    deploy.session.set(name, WRONG[name])
    assert list(errors(deploy)) == [name]
    deploy.session.clear(name)
    assert errors(deploy) == {}
    assert deploy.plan is not None


def test_what_two_fields_forbid_together_comes_with_the_nearest_value_as_the_control_takes_it(start):
    deploy = start()
    deploy.session.set("where", "cloud_run")
    deploy.session.set("target.project", "my-project")
    deploy.session.set("service.cpu", "0.5")
    deploy.session.set("service.memory", "3Gi")
    error = field(deploy, "service.memory").error
    assert "0.5 CPU" in error.what
    assert error.nearest == "1Gi"
    deploy.session.set("service.memory", error.nearest)
    assert "service.memory" not in errors(deploy)
    assert field(deploy, "service.concurrency").value == 1  # proposed anew, to fit


def test_a_given_value_that_makes_a_proposed_one_wrong_is_said_at_the_proposed_one(start):
    deploy = start()
    deploy.session.set("image.base", "python:3.12-slim")
    assert list(errors(deploy)) == ["image.python"]
    nearest = field(deploy, "image.python").error.nearest
    deploy.session.set("image.python", nearest)
    assert errors(deploy) == {}
    assert values(deploy)["image.python"] == "3.12"


def test_another_model_is_proposed_for_anew_and_what_was_typed_stays(start, house):
    copy_model(house, "churn/model.joblib", "churn.joblib")
    deploy = start()
    deploy.session.set("service.memory", "3Gi")
    before = values(deploy)
    deploy.session.set("model.path", "churn.joblib")
    after = values(deploy)
    assert (before["service.name"], after["service.name"]) == ("house-prices", "churn")
    assert after["image.requirements"] != before["image.requirements"]
    assert "pandas" in " ".join(after["image.requirements"])
    assert after["service.memory"] == before["service.memory"] == 3 * 1024**3
    assert after["model.path"] == "churn.joblib"


def test_optional_sections_are_asked_for_only_where_they_are_wanted(start):
    deploy = start()
    deploy.session.set("where", "cloud_run")
    deploy.session.set("target.project", "my-project")
    assert not field(deploy, "target.vpc.network").visible
    assert values(deploy)["target.vpc"] is None
    deploy.session.set("target.vpc", True)
    assert "leads nowhere" in errors(deploy)["target.vpc"]
    deploy.session.set("target.vpc.network", "default")
    assert values(deploy)["target.vpc"]["network"] == "default"
    deploy.session.set("target.vpc", False)
    assert values(deploy)["target.vpc"] is None


def test_one_field_of_a_section_is_changed_and_the_rest_stays_as_proposed(start):
    deploy = start()
    deploy.session.set("where", "cloud_run")
    deploy.session.set("target.project", "my-project")
    proposed = values(deploy)["target.startup_probe"]
    deploy.session.set("target.startup_probe.failures", "90")
    assert values(deploy)["target.startup_probe"] == {**proposed, "failures": 90}


def test_volumes_are_written_as_in_the_plan_and_each_ones_fault_stands_at_its_row(start):
    deploy = start()
    deploy.session.set("where", "cloud_run")
    deploy.session.set("target.project", "my-project")
    good = "kind: bucket, path: /mnt/data, bucket: my-bucket"
    deploy.session.set("target.volumes", (good,))
    assert values(deploy)["target.volumes"][0]["bucket"] == "my-bucket"
    for bad in ("{", "a: &a [*a]", "gold", "kind: gold", "kind: bucket, path: /mnt/x, bucket: gs://B"):
        deploy.session.set("target.volumes", (good, bad))
        rows = field(deploy, "target.volumes").rows
        assert [problem.field for problem in rows] == ["target.volumes.1"], bad
        assert deploy.plan is None


def test_nothing_can_be_written_while_something_is_wrong(start, house):
    deploy = start()
    deploy.session.set("service.cpu", "1000")
    settle(deploy)
    with pytest.raises(PlanError) as raised:
        deploy.write()
    assert raised.value.field == "service.cpu"
    assert not (house / "sendoff.yaml").exists()


def test_a_plan_that_lies_there_already_is_named_before_it_is_written_over(start, house):
    copy_model(house, "churn/model.joblib", "churn.joblib")
    first = start()
    settle(first)
    assert first.overwrites is None
    first.write()
    assert first.overwrites is None  # its own
    second = start("churn.joblib")
    settle(second)
    assert second.overwrites == house / "sendoff.yaml"
    second.session.set("plan_path", "churn.yaml")
    assert second.overwrites is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (".", "is a folder"),
        ("plan.txt", "does not end in .yaml"),
        ("nowhere/sendoff.yaml", "no folder"),
        ("x" * 400 + ".yaml", "cannot be a file"),
    ],
)
def test_a_place_for_the_plan_that_is_none_is_said_at_its_field(start, text, said):
    deploy = start()
    deploy.session.set("plan_path", text)
    assert said in errors(deploy)["plan_path"]


def test_a_project_that_is_typed_wrong_is_not_called_missing_and_comes_with_the_nearest(start):
    deploy = start()
    deploy.session.set("where", "cloud_run")
    assert "--set" not in " ".join(f"{one.what} {one.fix}" for one in deploy.problems())
    settle(deploy)
    (missing,) = [one for one in deploy.problems() if one.field == "target.project"]
    assert "missing" in missing.what
    assert "--set" not in missing.fix
    deploy.session.set("target.project", "My Project")
    wrong = field(deploy, "target.project").error
    assert "cannot be 'My Project'" in wrong.what
    assert wrong.nearest == "my-project"


@pytest.mark.parametrize(
    ("name", "given", "nearest"),
    [
        ("service.cpu", "0.01", "0.08"),
        ("service.memory", "1Mi", "128Mi"),
        ("service.concurrency", "5000", "1000"),
        ("service.name", "House Prices", "house-prices"),
    ],
)
def test_a_value_out_of_bounds_comes_with_the_nearest_as_the_control_takes_it(start, name, given, nearest):
    deploy = start()
    deploy.session.set(name, given)
    assert field(deploy, name).error.nearest == nearest
    deploy.session.set(name, nearest)
    assert field(deploy, name).error is None
