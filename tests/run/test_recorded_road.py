"""The road with answers that were recorded with the live model: the service has to give the same ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from wizard.inspection import Column, Kind, inspect_model
from wizard.recorded import Recorded, read_recorded, recorded_path_of, write_recorded
from wizard.rehearsal import ParitySet

SENDOFF = str(Path(sys.executable).with_name("sendoff"))
NAME = "model.recorded.json"
CHURN = pd.DataFrame(
    {
        "agent": ["Ann", "Bob", "Cy", "Di"] * 8,  # the model does not read it
        "months": [float(at) for at in range(1, 33)],
        "plan": ["free", "paid"] * 16,
        "mobile": [True, False, False, True] * 8,
    }
)

pytestmark = pytest.mark.index


def trained(shift: int = 0) -> Pipeline:
    columns = ColumnTransformer(
        [
            ("kinds", OneHotEncoder(), ["plan"]),
            ("flags", "passthrough", ["mobile"]),
            ("sizes", StandardScaler(), ["months"]),
        ]
    )
    left = [(at * 7 + shift) % 5 < 2 for at in range(32)]
    return make_pipeline(columns, LogisticRegression()).fit(CHURN, left)


def saved(model: Pipeline, folder: Path) -> Recorded:
    """The model in a file, and what it says to its rows beside it."""
    path = folder / "model.pkl"
    joblib.dump(model, path)
    columns = (
        Column("agent", Kind.TEXT),
        Column("months", integer=True),
        Column("plan", Kind.CATEGORY, ("free", "paid")),
        Column("mobile", Kind.BOOLEAN),
    )
    rows = tuple(tuple(row) for row in CHURN.astype(object).to_numpy().tolist())
    answers = ParitySet(
        rows,
        tuple(model.predict(CHURN).tolist()),
        tuple(model.predict_proba(CHURN).tolist()),
        "the live model in the notebook",
    )
    record = Recorded(inspect_model(path).sha256, columns, answers)
    write_recorded(recorded_path_of(path), record)
    return record


class Desk:
    """A folder, and `sendoff` at work in it; no engine answers there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **os.environ, "SENDOFF_HOME": str(folder / "home"), "COLUMNS": "200",
            "DOCKER_HOST": f"unix://{folder}/no-engine.sock",
        }  # fmt: skip

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [SENDOFF, *arguments], cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=500
        )

    def rehearse(self) -> tuple[dict[str, str], dict[str, Any]]:
        """Stage → how it ended, and the last line of the run."""
        answer = self.run("rehearse", "sendoff.yaml", "--json")
        lines = [json.loads(line) for line in answer.stdout.splitlines()]
        return {line["stage"]: line["status"] for line in lines if line.get("type") == "stage"}, lines[-1]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.run("down", "--yes")


def test_the_service_has_to_give_the_live_models_answers(desk: Desk) -> None:
    record = saved(trained(), desk.folder)
    answer = desk.run("plan", "model.pkl", "--set", "target.runtime=process", "--set", "service.name=recorded-road")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert f"recorded: {NAME}" in (desk.folder / "sendoff.yaml").read_text()

    # The same answers: 32 rows agree, and the sample request is the first of them.
    _, passed = desk.rehearse()
    assert passed["ok"], passed
    parity = passed["result"]["parity"]
    assert (parity["rows"], parity["agreed"]) == (32, 32)
    assert parity["reference"] == "the live model in the notebook"
    sample = json.loads((desk.folder / "bundle" / "sample.json").read_text())
    assert sample == {"features": {"months": 1.0, "plan": "free", "mobile": True}}
    statuses, _ = desk.rehearse()
    assert (statuses["inspect"], statuses["rehearse"]) == ("skipped", "skipped")

    # One other answer: the rehearsal is done again, and names the row.
    wrong = list(record.answers.probabilities or ())
    wrong[4] = [0.5, 0.5]
    write_recorded(desk.folder / NAME, replace(record, answers=replace(record.answers, probabilities=tuple(wrong))))
    statuses, failed = desk.rehearse()
    assert not failed["ok"]
    assert statuses["rehearse"] == "failed"
    told = json.dumps(failed)
    assert "1 of 32 rows differ from the live model in the notebook" in told
    assert "row 5, asked alone" in told

    # Answers of another file, as when the model was saved again by something else.
    joblib.dump(trained(shift=2), desk.folder / "model.pkl")
    _, other = desk.rehearse()
    assert other["error"]["field"] == "model.recorded"
    assert "another model file" in other["error"]["what"]
    assert "Record them again" in other["error"]["fix"]

    # Saved and recorded again: the same plan, the new file, the new answers.
    again = saved(trained(shift=2), desk.folder)
    _, passed = desk.rehearse()
    assert passed["ok"], passed
    assert read_recorded(desk.folder / NAME) == again
    assert passed["result"]["parity"]["agreed"] == 32

    (desk.folder / NAME).unlink()
    _, gone = desk.rehearse()
    assert gone["error"]["code"] == "plan"
    assert "take model.recorded out" in gone["error"]["fix"]
