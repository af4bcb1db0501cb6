"""The whole road on real input: from a model file to a service that answers, killed and taken up again on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

SENDOFF = str(Path(sys.executable).with_name("sendoff"))
STAGES = ["inspect", "plan", "lock", "bundle", "build", "rehearse", "release"]

pytestmark = pytest.mark.index


class Desk:
    """A folder with a model, and `sendoff` at work in it."""

    def __init__(self, folder: Path, runtime: str, name: str) -> None:
        self.folder = folder
        self.name = name
        self.runtime = runtime
        self.environment = {**os.environ, "SENDOFF_HOME": str(folder / "home"), "COLUMNS": "110"}
        rng = np.random.default_rng(0)
        x = rng.normal(size=(200, 3))
        self.row = x[0].tolist()
        self.model = LinearRegression().fit(x, x @ [1.0, -2.0, 0.5] + 3)
        joblib.dump(self.model, folder / "model.pkl")

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [SENDOFF, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def sendoff(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=500)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def json(self, *arguments: str) -> list[dict[str, Any]]:
        answer = self.sendoff(*arguments, "--json")
        assert answer.returncode == 0, answer.stdout[-3000:] + answer.stderr
        return [json.loads(line) for line in answer.stdout.splitlines()]

    def up(self) -> list[dict[str, Any]]:
        settings = ["--set", f"target.runtime={self.runtime}", "--set", f"service.name={self.name}"]
        if not (self.folder / "sendoff.yaml").exists():
            return self.json("up", "model.pkl", "--yes", *settings)
        return self.json("up", "sendoff.yaml")


def statuses(lines: list[dict[str, Any]]) -> dict[str, str]:
    return {line["stage"]: line["status"] for line in lines if line["type"] == "stage"}


@pytest.fixture
def process_desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path, "process", "road-process")
    yield desk
    desk.sendoff("down", "--yes")


@pytest.fixture
def container_desk(tmp_path: Path, base_image: str) -> Iterator[Desk]:
    desk = Desk(tmp_path, "container", "road-container")
    yield desk
    desk.sendoff("down", "--yes")


@pytest.mark.engine
def test_a_model_file_becomes_a_service_in_a_container(container_desk: Desk) -> None:
    desk = container_desk
    lines = desk.up()
    assert statuses(lines) == dict.fromkeys(STAGES, "done")
    release = lines[-1]["result"]
    assert release["runtime"] == "container"
    answer = desk.json("predict", "--data", json.dumps({"features": desk.row}))[0]
    assert answer["status"] == 200
    assert answer["answer"]["prediction"] == pytest.approx(desk.model.predict([desk.row])[0], rel=1e-12)
    again = desk.up()
    assert statuses(again) == {
        **dict.fromkeys(["plan", "bundle", "release"], "done"),
        **dict.fromkeys(["inspect", "lock", "build", "rehearse"], "skipped"),
    }
    assert again[-1]["result"]["handle"] == release["handle"]
    desk.sendoff("down", "--yes")
    assert desk.json("status")[0]["services"] == []


def test_without_an_engine_the_same_server_runs_as_a_process(process_desk: Desk) -> None:
    lines = process_desk.up()
    assert lines[-1]["result"]["runtime"] == "process"
    answer = process_desk.json("predict")[0]
    assert answer["status"] == 200
    service = process_desk.json("status")[0]["services"][0]
    assert (service["healthy"], service["name"]) == (True, "road-process")
    listening = subprocess.run(
        ["ss", "-Hltn", f"sport = :{service['url'].rpartition(':')[2]}"], capture_output=True, text=True
    )
    assert [line.split()[3].partition(":")[0] for line in listening.stdout.splitlines()] == ["127.0.0.1"]


def test_a_run_killed_in_any_stage_is_taken_up_where_it_was(process_desk: Desk) -> None:
    desk = process_desk
    desk.json("plan", "model.pkl", "--set", "target.runtime=process", "--set", f"service.name={desk.name}")
    for stage in STAGES:
        process = desk.start("up", "sendoff.yaml", "--json")
        assert process.stdout is not None
        for line in process.stdout:
            record = json.loads(line)
            if record["type"] == "stage" and record["stage"] == stage:
                os.kill(process.pid, signal.SIGKILL)
                break
        process.communicate()
    lines = desk.json("up", "sendoff.yaml")
    assert lines[-1]["ok"] is True
    services = desk.json("status")[0]["services"]
    assert [(service["name"], service["healthy"]) for service in services] == [(desk.name, True)]
    assert desk.json("predict")[0]["status"] == 200


def test_a_retrained_model_replaces_the_old_one_at_the_same_address(process_desk: Desk) -> None:
    desk = process_desk
    before = desk.up()[-1]["result"]
    x = np.random.default_rng(1).normal(size=(50, 3))
    joblib.dump(LinearRegression().fit(x, x @ [5.0, 5.0, 5.0]), desk.folder / "model.pkl")
    lines = desk.up()
    after = lines[-1]["result"]
    assert any("has changed since the plan" in line["text"] for line in lines if line["type"] == "notice")
    assert statuses(lines)["lock"] == "skipped"
    assert (after["url"], after["revision"] != before["revision"]) == (before["url"], True)
    assert desk.json("predict", "--data", '{"features": [1, 1, 1]}')[0]["answer"]["prediction"] == pytest.approx(15)


def test_a_pipeline_on_named_columns_is_served_by_name(process_desk: Desk) -> None:
    desk = process_desk
    people = pd.DataFrame({"age": [20.0, 30, 40, 50], "city": ["Oslo", "Rome", "Oslo", "Rome"]})
    model = Pipeline(
        [
            ("columns", ColumnTransformer([("n", StandardScaler(), ["age"]), ("c", OneHotEncoder(), ["city"])])),
            ("tree", DecisionTreeClassifier(random_state=0)),
        ]
    ).fit(people, ["stays", "leaves", "stays", "leaves"])
    joblib.dump(model, desk.folder / "model.pkl", compress=3)
    desk.up()
    ask = {"instances": [{"city": "Rome", "age": 33}, {"age": 22, "city": "Oslo"}]}
    assert desk.json("predict", "--data", json.dumps(ask))[0]["answer"] == {"predictions": ["leaves", "stays"]}
    assert desk.json("predict", "--proba", "--data", json.dumps(ask))[0]["answer"]["classes"] == ["leaves", "stays"]
    refused = desk.sendoff("predict", "--data", '{"features": {"age": 3, "city": "Rom"}}')
    assert refused.returncode == 1
    assert "Rome" in refused.stderr


def test_an_edited_handler_that_answers_wrongly_does_not_get_into_service(process_desk: Desk) -> None:
    desk = process_desk
    before = desk.up()[-1]["result"]
    handler = desk.folder / "bundle" / "handler.py"
    handler.write_text(handler.read_text().replace("return model.predict(X)", "return model.predict(X) + 0.5"))
    answer = desk.sendoff("up", "sendoff.yaml")
    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr
    assert desk.json("status")[0]["services"][0]["revision"] == before["revision"]
    assert desk.json("predict")[0]["status"] == 200


OWN_CODE = """
from sklearn.base import BaseEstimator, TransformerMixin
class Ratio(TransformerMixin, BaseEstimator):
    def fit(self, x, y=None):
        self.n_features_in_ = x.shape[1]
        return self
    def transform(self, x):
        return x * 2
"""
WITH_OWN_CODE = """
import joblib, numpy as np
from my_features import Ratio
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
x = np.arange(12.0).reshape(4, 3)
joblib.dump(make_pipeline(Ratio(), LinearRegression()).fit(x, x.sum(axis=1)), "model.pkl")
"""


def test_code_of_ones_own_is_shipped_once_it_lies_beside_the_model(process_desk: Desk) -> None:
    desk = process_desk
    own = desk.folder / "my_features.py"
    own.write_text(OWN_CODE)
    subprocess.run([sys.executable, "-c", WITH_OWN_CODE], check=True, cwd=desk.folder)
    own.rename(desk.folder / "elsewhere.txt")
    refused = desk.sendoff("up", "model.pkl", "--yes")
    assert refused.returncode == 1
    assert "my_features" in refused.stderr
    (desk.folder / "elsewhere.txt").rename(own)
    desk.up()
    assert (desk.folder / "bundle" / "my_features.py").read_text() == OWN_CODE
    answer = desk.json("predict", "--data", '{"features": [1, 2, 3]}')[0]["answer"]
    assert answer["prediction"] == pytest.approx(6)


OLD_MODEL = """
import joblib, numpy as np
from sklearn.ensemble import RandomForestClassifier
rng = np.random.default_rng(0)
x = rng.normal(size=(200, 3))
joblib.dump(RandomForestClassifier(20, random_state=0, n_jobs=-1).fit(x, np.where(x[:, 0] > 0, "up", "down")), "model.pkl")
"""


def test_a_model_of_2023_is_served_by_the_packages_of_its_time(process_desk: Desk) -> None:
    desk = process_desk
    uv = str(Path(sys.executable).with_name("uv"))
    python = str(desk.folder / "old" / "bin" / "python")
    subprocess.run([uv, "venv", "--quiet", "--python", "3.11", desk.folder / "old"], check=True)
    old = ["scikit-learn==1.2.2", "numpy==1.23.5", "joblib==1.2.0"]
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, *old], check=True)
    subprocess.run([python, "-c", OLD_MODEL], check=True, cwd=desk.folder)
    desk.up()
    lock = (desk.folder / "bundle" / "requirements.txt").read_text()
    assert "scikit-learn==1.2.2" in lock
    assert "\nnumpy==1." in lock, "a numpy of today cannot load it"
    reply = desk.json("predict", "--proba", "--data", '{"features": [1.5, 0, 0]}')[0]
    assert reply["answer"]["classes"] == ["down", "up"]
    assert reply["answer"]["probabilities"][1] > 0.9


def test_ctrl_c_stops_cleanly_and_the_next_run_goes_on(process_desk: Desk) -> None:
    desk = process_desk
    process = desk.start("up", "model.pkl", "--yes", "--json", "--set", "target.runtime=process")
    assert process.stdout is not None
    for line in process.stdout:
        record = json.loads(line)
        if record["type"] == "stage" and record["stage"] == "lock":
            process.send_signal(signal.SIGINT)
            break
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert json.loads(out.splitlines()[-1])["error"]["code"] == "cancelled"
    assert "Traceback" not in err
    lines = desk.json("lock", "sendoff.yaml")
    assert not any("cut off" in line.get("text", "") for line in lines), "a run that was stopped has ended properly"


def test_a_file_that_would_run_code_stops_the_road(process_desk: Desk) -> None:
    desk = process_desk
    canary = desk.folder / "ran"
    (desk.folder / "evil.pkl").write_bytes(b"cos\nsystem\n(S'touch " + str(canary).encode() + b"'\ntR.")
    inspected = desk.sendoff("inspect", "evil.pkl")
    assert inspected.returncode == 1
    assert "os.system" in inspected.stdout + inspected.stderr
    assert desk.sendoff("up", "evil.pkl", "--yes").returncode == 1
    assert not canary.exists()
