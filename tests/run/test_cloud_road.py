"""The whole road to Cloud Run, as a person walks it: a local Cloud Run, a model file, two versions, a way back, and the end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from wizard.runtimes.ports import free_port

SENDOFF = str(Path(sys.executable).with_name("sendoff"))
STAGES = ["inspect", "plan", "preflight", "lock", "bundle", "build", "rehearse", "push", "release"]

pytestmark = [pytest.mark.index, pytest.mark.engine]


class Desk:
    """A folder with a model in it, and a local Cloud Run of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "SENDOFF_HOME": str(folder / "home"), "COLUMNS": "110"}
        self.inputs = np.random.default_rng(0).normal(size=(200, 3))

    def save(self, slope: float) -> LinearRegression:
        model = LinearRegression().fit(self.inputs, self.inputs @ [slope, -2.0, 0.5] + 3)
        joblib.dump(model, self.folder / "model.pkl")
        return model

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [SENDOFF, *arguments], cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=500
        )

    def json(self, *arguments: str) -> list[dict[str, Any]]:
        answer = self.run(*arguments, "--json")
        assert answer.returncode == 0, answer.stdout[-3000:] + answer.stderr
        return [json.loads(line) for line in answer.stdout.splitlines()]

    def predicts(self) -> float:
        row = json.dumps({"features": self.inputs[0].tolist()})
        (answer,) = self.json("predict", "tide", "--data", row)
        return float(answer["answer"]["prediction"])

    def revisions(self) -> dict[str, int]:
        (answer,) = self.json("revisions", "tide")
        return {one["name"]: one["percent"] for one in answer["revisions"]}


@pytest.fixture
def desk(tmp_path: Path, base_image: str) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    desk.json("workshop", "up", "--port", str(free_port()), "--runtime", "engine")
    yield desk
    desk.run("workshop", "down")


def statuses(lines: list[dict[str, Any]]) -> dict[str, str]:
    return {line["stage"]: line["status"] for line in lines if line["type"] == "stage"}


def test_a_model_goes_to_cloud_run_and_a_second_version_and_back_and_down(desk: Desk) -> None:
    first = desk.save(slope=1.0)
    lines = desk.json("up", "model.pkl", "--target", "workshop", "--set", "service.name=tide", "--yes")
    assert list(statuses(lines)) == STAGES
    release = lines[-1]["result"]
    assert release["target"] == "cloud_run"
    assert "agree" in release["proof"]
    assert any("a month" in line["text"] for line in lines if line["type"] == "notice")
    expected = [float(model.predict(desk.inputs[:1])[0]) for model in (first,)]
    assert desk.predicts() == pytest.approx(expected[0], rel=1e-9)
    assert list(desk.revisions().values()) == [100]

    # It is private: who says nothing about themselves gets no answer.
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{release['url']}/health", timeout=10)
    assert refused.value.code in {401, 403}

    # Again changes nothing.
    again = desk.json("up", "sendoff.yaml")
    assert again[-1]["result"]["changed"] is False
    assert len(desk.revisions()) == 1

    second = desk.save(slope=7.0)
    newer = desk.json("up", "sendoff.yaml")[-1]["result"]
    assert newer["url"] == release["url"]
    assert desk.predicts() == pytest.approx(float(second.predict(desk.inputs[:1])[0]), rel=1e-9)
    assert desk.revisions() == {newer["revision"]: 100, release["revision"]: 0}

    (back,) = desk.json("rollback", "tide", "--yes")
    assert back["after"] == {release["revision"]: 100}
    assert desk.predicts() == pytest.approx(expected[0], rel=1e-9)

    desk.json("traffic", "tide", f"{release['revision']}=90", f"{newer['revision']}=10")
    assert desk.revisions() == {newer["revision"]: 10, release["revision"]: 90}

    assert '"predict"' in desk.run("logs", "tide", "-n", "200").stdout or desk.run("logs", "tide").stdout
    (gone,) = desk.json("down", "tide", "--yes")
    assert gone["removed"]
    assert desk.json("status")[0]["services"] == []
