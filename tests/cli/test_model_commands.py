"""`sendoff inspect` and `sendoff plan` on a real model file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import joblib
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from wizard.plan import load_plan

Sendoff = Callable[..., CompletedProcess[str]]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    people = pd.DataFrame({"age": [20.0, 30.0, 40.0, 50.0], "income": [1.0, 2.0, 1.0, 2.0]})
    path = tmp_path / "churn.joblib"
    joblib.dump(LogisticRegression().fit(people, ["stays", "leaves", "stays", "leaves"]), path)
    return path


def test_inspect_shows_what_the_file_is(sendoff: Sendoff, model: Path) -> None:
    answer = sendoff("inspect", model.name)
    assert (answer.returncode, answer.stderr) == (0, "")
    for part in ("scikit-learn", "LogisticRegression", "classification", "leaves, stays", "age", "income"):
        assert part in answer.stdout


def test_inspect_has_stable_keys_for_machines(sendoff: Sendoff, model: Path) -> None:
    document = json.loads(sendoff("inspect", model.name, "--json").stdout)
    assert document["ok"] is True
    inspection = document["inspection"]
    assert [column["name"] for column in inspection["columns"]] == ["age", "income"]
    assert set(inspection) >= {
        "framework",
        "framework_version",
        "task",
        "tree",
        "globals",
        "findings",
        "requirements",
        "sha256",
    }


def test_names_in_a_file_cannot_steer_the_terminal(sendoff: Sendoff, tmp_path: Path) -> None:
    rows = pd.DataFrame({"age\x1b[2J\x1b]0;owned\x07": [1.0, 2.0], "in\ncome": [1.0, 2.0]})
    joblib.dump(LogisticRegression().fit(rows, ["a", "b\x1b[1A"]), tmp_path / "model.pkl")
    shown = sendoff("inspect", "model.pkl").stdout
    assert "\x1b" not in shown
    assert "age\\x1b[2J" in shown
    assert "in\\ncome" in shown


def test_a_plan_is_written_beside_the_model_and_can_be_read(sendoff: Sendoff, model: Path) -> None:
    answer = sendoff("plan", model.name)
    assert answer.returncode == 0, answer.stderr
    plan = load_plan(model.with_name("sendoff.yaml"))
    assert (plan.model.path, plan.service.name) == ("churn.joblib", "churn")


def test_a_plan_is_written_where_it_is_asked_for(sendoff: Sendoff, model: Path, tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    assert sendoff("plan", model.name, "-o", "project/sendoff.yaml").returncode == 0
    assert load_plan(tmp_path / "project" / "sendoff.yaml").model.path == "../churn.joblib"


def test_no_plan_is_written_for_a_file_that_would_run_code_unless_one_insists(sendoff: Sendoff, tmp_path: Path) -> None:
    (tmp_path / "evil.pkl").write_bytes(b"cos\nsystem\n(S'touch ran'\ntR.")
    refused = sendoff("plan", "evil.pkl")
    assert refused.returncode == 1
    assert "model.trusted=true" in refused.stderr
    assert not (tmp_path / "sendoff.yaml").exists()
    assert sendoff("plan", "evil.pkl", "--set", "model.trusted=true").returncode == 0
    assert load_plan(tmp_path / "sendoff.yaml").model.trusted
    assert not (tmp_path / "ran").exists()


def test_a_transformer_is_refused_before_anything_is_built(sendoff: Sendoff, tmp_path: Path) -> None:
    joblib.dump(StandardScaler().fit([[1.0], [2.0]]), tmp_path / "scaler.pkl")
    refused = sendoff("plan", "scaler.pkl")
    assert refused.returncode == 1
    assert "no predict" in refused.stderr


def test_a_plan_can_be_printed_instead(sendoff: Sendoff, model: Path, tmp_path: Path) -> None:
    answer = sendoff("plan", model.name, "-o", "-")
    assert "service:" in answer.stdout
    assert not (tmp_path / "sendoff.yaml").exists()


def test_an_existing_plan_is_replaced_only_on_ones_word(sendoff: Sendoff, model: Path, tmp_path: Path) -> None:
    sendoff("plan", model.name, "--set", "service.memory=1Gi")
    before = (tmp_path / "sendoff.yaml").read_text()
    refused = sendoff("plan", model.name)
    assert refused.returncode == 1
    assert "--yes" in refused.stderr
    assert (tmp_path / "sendoff.yaml").read_text() == before
    assert sendoff("plan", model.name, "--yes").returncode == 0
    assert "memory: 512Mi" in (tmp_path / "sendoff.yaml").read_text()


@pytest.mark.parametrize(
    ("setting", "field", "value"),
    [
        ("service.memory=2Gi", "service.memory", 2 * 2**30),
        ("service.cpu=0.5", "service.cpu", 0.5),
        ("serving.batching=off", "serving.batching", False),
        ("serving.server=flask", "serving.server", "flask"),
        ("image.extra_requirements=pyarrow, polars", "image.extra_requirements", ["pyarrow", "polars"]),
        ("service.env=REGION:eu,MODE:a", "service.env", {"REGION": "eu", "MODE": "a"}),
    ],
)
def test_fields_can_be_set_on_the_command_line(
    sendoff: Sendoff, model: Path, setting: str, field: str, value: object
) -> None:
    answer = sendoff("plan", model.name, "--json", "--set", setting)
    document = json.loads(answer.stdout)
    assert document["plan"][field] == value
    assert document["sources"][field]["source"] == "person"


def test_a_wrong_setting_is_refused_with_the_nearest_right_one(sendoff: Sendoff, model: Path, tmp_path: Path) -> None:
    answer = sendoff("plan", model.name, "--set", "serving.server=flusk")
    assert answer.returncode == 1
    assert "Did you mean flask?" in answer.stderr
    assert not (tmp_path / "sendoff.yaml").exists()
