"""The first step: files that are no models, dangerous ones, and those that cannot be served."""

import os
import pickle
from pathlib import Path

import joblib
import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from tests.inspection.hostile import Payload
from tests.steps.deploying import copy_model, errors, field, settle, values, walk


def test_without_a_model_next_asks_for_one_and_nothing_is_written(start, house):
    deploy = start(None)
    assert not deploy.session.next()
    settle(deploy)
    assert field(deploy, "model.path").error is not None
    assert deploy.plan is None
    assert deploy.draft_path is None
    assert deploy.inspection is None
    deploy.close()
    assert not (house / ".sendoff").exists()


def no_model(folder: Path) -> Path:
    path = folder / "notes.txt"
    path.write_text("not a model")
    return path


def a_folder(folder: Path) -> Path:
    (folder / "models").mkdir()
    return folder / "models"


def unreadable(folder: Path) -> Path:
    path = copy_model(folder, name="private.pkl")
    path.chmod(0)
    return path


def missing(folder: Path) -> Path:
    return folder / "gone.pkl"


def unfitted(folder: Path) -> Path:
    joblib.dump(LinearRegression(), folder / "unfitted.pkl")
    return folder / "unfitted.pkl"


def transformer(folder: Path) -> Path:
    joblib.dump(StandardScaler().fit([[1.0], [2.0]]), folder / "scaler.pkl")
    return folder / "scaler.pkl"


def damaged(folder: Path) -> Path:
    path = copy_model(folder, name="damaged.pkl")
    path.write_bytes(path.read_bytes()[:200])
    return path


@pytest.mark.parametrize("make", [no_model, a_folder, unreadable, missing, unfitted, transformer, damaged])
def test_what_cannot_be_served_is_said_at_the_model_and_holds_the_step(start, house, make):
    if make is unreadable and os.geteuid() == 0:
        pytest.skip("the superuser may read everything")
    deploy = start(None)
    deploy.session.set("model.path", str(make(house)))
    settle(deploy)
    deploy.session.next()
    settle(deploy)
    assert deploy.session.view().step.name == "model"
    error = field(deploy, "model.path").error
    assert error.what and error.fix
    assert deploy.plan is None


def test_a_path_that_no_file_can_have_is_an_error_at_the_model(start):
    deploy = start(None)
    for path in ("\0", "x" * 5000, "~nobody-of-this-name/model.pkl", "."):
        deploy.session.set("model.path", path)
        assert "model.path" in errors(deploy), path


def test_a_file_in_the_home_folder_may_be_named_with_a_tilde(start, house, monkeypatch):
    monkeypatch.setenv("HOME", str(house))
    deploy = start("~/model.pkl")
    assert values(deploy)["model.path"] == "model.pkl"


@pytest.fixture
def dangerous(house: Path) -> Path:
    with (house / "evil.pkl").open("wb") as file:
        pickle.dump(Payload("touch canary"), file)
    return house / "evil.pkl"


def test_a_dangerous_file_holds_the_step_with_what_was_found(start, dangerous, house):
    deploy = start(dangerous)
    settle(deploy)
    deploy.session.next()
    settle(deploy)
    assert deploy.session.view().step.name == "model"
    view = field(deploy, "model.trusted")
    assert view.visible
    assert "system" in view.error.why
    assert not (house / "canary").exists()


def test_of_a_harmless_file_nobody_is_asked_whether_it_is_trusted(start):
    assert not field(start(), "model.trusted").visible


@pytest.fixture
def served_though_dangerous(house: Path) -> Path:
    """A model that could be served, with code in it that no model needs."""
    model = LinearRegression().fit([[1.0], [2.0]], [1.0, 2.0])
    model.note = Payload("touch canary")
    with (house / "odd.pkl").open("wb") as file:
        pickle.dump(model, file)
    return house / "odd.pkl"


def test_who_insists_may_go_on_and_the_plan_says_so(start, served_though_dangerous):
    deploy = start(served_though_dangerous)
    choices = field(deploy, "model.trusted").choices
    assert len(choices) == 2
    deploy.session.set("model.trusted", choices[1].value)
    walk(deploy)
    found = values(deploy)
    assert found["model.trusted"] is True
    assert found["model.sha256"] == deploy.inspection.sha256


def test_trust_in_one_file_is_none_in_the_next(start, served_though_dangerous, house):
    deploy = start(served_though_dangerous)
    deploy.session.set("model.trusted", field(deploy, "model.trusted").choices[1].value)
    assert errors(deploy) == {}
    model = LinearRegression().fit([[1.0], [3.0]], [1.0, 2.0])
    model.note = Payload("rm -rf /")
    with (house / "other.pkl").open("wb") as file:
        pickle.dump(model, file)
    deploy.session.set("model.path", str(house / "other.pkl"))
    assert "model.trusted" in errors(deploy)
    assert deploy.plan is None


def test_a_module_that_is_not_beside_the_model_is_asked_for_where_packages_are(start, house, monkeypatch):
    (house / "own").mkdir()
    (house / "own" / "house_steps.py").write_text("def doubled(X): return X * 2\n")
    monkeypatch.syspath_prepend(str(house / "own"))
    from house_steps import doubled

    model = make_pipeline(FunctionTransformer(doubled), LinearRegression()).fit(np.eye(2), [1.0, 2.0])
    joblib.dump(model, house / "own.pkl")
    deploy = start(house / "own.pkl")
    walk(deploy, "image")
    settle(deploy)
    deploy.session.next()
    settle(deploy)
    assert deploy.session.view().step.name == "image"
    assert "house_steps" in field(deploy, "image.requirements").error.what
    assert "More packages" in field(deploy, "image.requirements").error.fix
    deploy.session.set("image.extra_requirements", ("house-steps",))
    settle(deploy)
    assert field(deploy, "image.requirements").error is None


def test_whether_a_file_is_trusted_is_not_asked_of_one_that_cannot_be_read(start, house):
    (house / "words.pkl").write_text("no model")
    deploy = start("words.pkl")
    assert field(deploy, "model.path").error is not None
    assert not field(deploy, "model.trusted").visible


def test_a_model_that_was_saved_anew_meanwhile_is_read_anew_where_the_person_goes_on(start, house):
    joblib.dump(LinearRegression(), house / "new.pkl")
    deploy = start("new.pkl")
    assert "how many inputs" in field(deploy, "model.path").error.what
    joblib.dump(LinearRegression().fit(np.eye(2), [1.0, 2.0]), house / "new.pkl")
    deploy.session.next()
    settle(deploy)
    assert deploy.session.view().step.name == "serving"
