"""Written plans that are opened again, and drafts."""

import json
from pathlib import Path

import pytest

from tests.steps.deploying import copy_model, errors, field, settle, values
from wizard.errors import PlanError
from wizard.plan import load_plan
from wizard.plan.plan import Source
from wizard.run.recent import recent
from wizard.steps.deploy import Deploy

CHOSEN = {
    "where": "cloud_run",
    "target.project": "my-project",
    "target.region": "europe-west4",
    "target.startup_probe.failures": "90",
    "target.liveness_probe": True,
    "target.liveness_probe.period": "30",
    "target.vpc": True,
    "target.vpc.network": "default",
    "target.vpc.network_tags": ("web",),
    "target.volumes": (
        "kind: bucket, path: /mnt/data, bucket: my-bucket",
        "kind: memory, path: /mnt/scratch, size: 16Mi",
        "kind: cloud-sql, instances: ['my-project:europe-west4:db']",
    ),
    "target.secrets": ("API_KEY=api-key:latest",),
    "target.traffic": ("10", "50", "100"),
    "target.labels": ("team=prices",),
    "service.memory": "3Gi",
    "service.env": ("GREETING=good day", "LEVEL=2"),
    "serving.server": "flask",
    "image.requirements": ("scikit-learn==1.9.1", "numpy>=2"),
    "image.extra_requirements": ("holidays",),
    "model.as_of": "2026-10-01",
}


@pytest.fixture
def written(start):
    """A plan with many choices in it."""

    def write(without=""):
        deploy = start()
        for name, raw in CHOSEN.items():
            if name != without:
                deploy.session.set(name, raw)
        settle(deploy)
        path = deploy.write()
        deploy.close()
        return path

    return write


@pytest.fixture
def reopen(alone):
    opened = []

    def open_plan(path: Path, **more) -> Deploy:
        opened.append(Deploy.of_plan(path, debounce=0, **more))
        return opened[-1]

    yield open_plan
    for deploy in opened:
        deploy.close()


def test_a_plan_that_is_opened_again_is_the_same_plan(written, reopen):
    path = written()
    deploy = reopen(path)
    settle(deploy)
    before = load_plan(path)
    assert deploy.plan.values() == before.values()
    assert deploy.plan.sources == before.sources
    assert deploy.plan_path == path
    assert deploy.overwrites is None


def test_an_untouched_proposal_that_is_opened_again_is_the_same_plan(start, reopen):
    deploy = start()
    settle(deploy)
    path = deploy.write()
    again = reopen(path)
    settle(again)
    assert again.plan == load_plan(path)


def test_a_plan_opens_at_the_review_and_every_step_before_it_counts_as_done(written, reopen):
    deploy = reopen(written())
    assert deploy.session.view().step.name == "review"
    assert all(field(deploy, name).source == "person" for name in CHOSEN)


def test_looking_at_a_plan_leaves_no_draft_and_a_change_does(written, reopen):
    path = written()
    deploy = reopen(path)
    settle(deploy)
    deploy.session.go("serving")
    settle(deploy)
    deploy.close()
    assert not deploy.draft_path.exists()
    again = reopen(path)
    settle(again)
    again.session.set("service.cpu", "2")
    settle(again)
    again.close()
    assert again.draft_path.exists()


def test_what_the_machine_said_stays_when_the_plan_is_opened_on_another(start, reopen, monkeypatch):
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "first-project")
    deploy = start()
    deploy.session.set("where", "cloud_run")
    settle(deploy)
    assert field(deploy, "target.project").source == "environment"
    path = deploy.write()
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "second-project")
    again = reopen(path)
    assert values(again)["target.project"] == "first-project"
    assert again.plan.origin("target.project").source is Source.ENVIRONMENT


def test_another_model_gives_the_service_of_an_opened_plan_no_other_name(written, reopen, house):
    copy_model(house, "churn/model.joblib", "churn.joblib")
    deploy = reopen(written(without="image.requirements"))
    deploy.session.set("model.path", "churn.joblib")
    found = values(deploy)
    assert found["service.name"] == "house-prices"
    assert "pandas" in " ".join(found["image.requirements"])
    assert found["target.project"] == "my-project"


def test_a_model_that_has_gone_is_said_at_its_field(written, reopen, house):
    path = written()
    (house / "model.pkl").unlink()
    assert "model.path" in errors(reopen(path))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sendoff: 2\n", "newer Sendoff"),
        ("model: [unclosed\n", "not valid YAML"),
        ("just words\n", "not a plan"),
        ("sendoff: 1\nmodel:\n  path: model.pkl\n  framework: scikit-learn\nservice:\n  name: x\n", "missing"),
    ],
)
def test_a_plan_that_cannot_be_read_is_an_error(house, reopen, text, said):
    (house / "sendoff.yaml").write_text(text)
    with pytest.raises(PlanError) as raised:
        reopen(house / "sendoff.yaml")
    assert said in raised.value.what
    assert raised.value.fix


def test_a_draft_goes_on_where_it_was_left(start, house):
    deploy = start()
    for name, raw in CHOSEN.items():
        deploy.session.set(name, raw)
    deploy.session.set("service.cpu", "many")  # wrong, and kept all the same
    deploy.session.go("serving")
    settle(deploy)
    deploy.close()
    again = Deploy.of_draft(house / ".sendoff" / "draft.json", debounce=0)
    try:
        assert again.session.view().step.name == "serving"
        assert "service.cpu" in errors(again)
        again.session.clear("service.cpu")
        assert errors(again).keys() <= {"target.project"}  # nobody is logged in
        assert again.plan.values()["service.env"] == {"GREETING": "good day", "LEVEL": "2"}
        assert again.plan_path == house / "sendoff.yaml"
    finally:
        again.close()


def test_the_draft_of_an_opened_plan_keeps_what_the_plan_keeps(written, reopen, monkeypatch):
    path = written()
    deploy = reopen(path)
    settle(deploy)
    deploy.session.set("service.cpu", "2")
    settle(deploy)
    deploy.close()
    again = Deploy.of_draft(deploy.draft_path, debounce=0)
    try:
        found = values(again)
        assert found == {**load_plan(path).values(), "service.cpu": 2.0}
        assert again.overwrites is None
    finally:
        again.close()


def test_a_secret_that_was_typed_where_none_belongs_is_in_no_draft(start, house):
    deploy = start()
    secret = "AKIAIOSFODNN7EXAMPLE"
    deploy.session.set("service.env", ("GREETING=hello", f"KEY={secret}"))
    settle(deploy)
    deploy.session.next()
    settle(deploy)
    deploy.close()
    text = (house / ".sendoff" / "draft.json").read_text()
    assert "GREETING" in text
    assert secret not in text


def test_the_draft_is_for_its_owner_only_and_out_of_version_control(start, house):
    deploy = start()
    settle(deploy)
    deploy.close()
    path = house / ".sendoff" / "draft.json"
    assert path.stat().st_mode & 0o077 == 0
    assert (house / ".sendoff" / ".gitignore").read_text() == "*\n"
    assert json.loads(path.read_text())["session"]["values"]["model.path"] == "model.pkl"


def test_the_draft_moves_with_the_plan(start, house):
    (house / "elsewhere").mkdir()
    deploy = start()
    settle(deploy)
    deploy.session.set("plan_path", "elsewhere/sendoff.yaml")
    settle(deploy)
    deploy.close()
    assert (house / "elsewhere" / ".sendoff" / "draft.json").exists()
    assert not (house / ".sendoff" / "draft.json").exists()


def test_a_folder_that_does_not_exist_is_not_made_for_a_draft(start, house):
    deploy = start()
    settle(deploy)
    deploy.session.set("plan_path", "typed/by/halves.yaml")
    settle(deploy)
    deploy.close()
    assert not (house / "typed").exists()


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"session": 1}', "\x00\xff", "null", "[" * 100_000])
def test_a_damaged_draft_is_an_error(tmp_path, text):
    path = tmp_path / "draft.json"
    path.write_text(text)
    with pytest.raises(PlanError) as raised:
        Deploy.of_draft(path)
    assert raised.value.fix
    with pytest.raises(PlanError):
        Deploy.of_draft(tmp_path / "gone.json")


def test_a_draft_of_another_version_loses_only_what_is_not_known(start, house):
    deploy = start()
    settle(deploy)
    deploy.close()
    path = house / ".sendoff" / "draft.json"
    draft = json.loads(path.read_text())
    draft["session"]["values"] |= {"gone.field": "x", "service.cpu": ["not", "a", "number"], "service.memory": "2Gi"}
    draft["session"]["step"] = "no such step"
    draft["plan"] = str(house / "gone.yaml")
    path.write_text(json.dumps(draft))
    again = Deploy.of_draft(path, debounce=0)
    try:
        found = values(again)
        assert (found["service.cpu"], found["service.memory"]) == (1.0, 2 * 1024**3)
    finally:
        again.close()


def test_a_draft_is_found_again_from_anywhere(start, house):
    deploy = start()
    settle(deploy)
    deploy.close()
    (noted,) = recent()
    assert noted.plan_path == house / "sendoff.yaml"
    assert noted.draft == house / ".sendoff" / "draft.json"


def test_names_of_secrets_are_in_the_draft_and_keys_are_not(start, house):
    deploy = start()
    deploy.session.set("where", "cloud_run")
    rows = ("API_KEY=api-key:latest", "TOKEN=half a ro", "OTHER=AKIAIOSFODNN7EXAMPLE", "RAW=a8Xk2mZ9qL4rT7wY1bN6vC3d")
    deploy.session.set("target.secrets", rows)
    settle(deploy)
    deploy.close()
    draft = json.loads((house / ".sendoff" / "draft.json").read_text())
    assert draft["session"]["values"]["target.secrets"] == ["API_KEY=api-key:latest", "TOKEN=half a ro"]


def test_an_opened_plan_that_was_changed_by_hand_meanwhile_is_named_before_it_is_written_over(written, reopen):
    path = written()
    deploy = reopen(path)
    settle(deploy)
    assert deploy.overwrites is None
    deploy.session.set("service.timeout", "33")
    settle(deploy)
    deploy.close()
    again = Deploy.of_draft(deploy.draft_path, debounce=0)
    try:
        settle(again)
        assert again.overwrites is None
        path.write_text(path.read_text() + "# mine\n")
        assert again.overwrites == path
        again.write()
        assert again.overwrites is None
    finally:
        again.close()
