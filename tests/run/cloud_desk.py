"""A folder with a model in it, and `sendoff` at work there with a local Cloud Run of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from sklearn.linear_model import LinearRegression

from wizard.runtimes.ports import free_port

SENDOFF = str(Path(sys.executable).with_name("sendoff"))


class Desk:
    """A folder with a model in it, and a local Cloud Run of its own."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.environment = {**os.environ, "SENDOFF_HOME": str(folder / "home"), "COLUMNS": "110", **environment}
        self.inputs = np.random.default_rng(0).normal(size=(200, 3))

    def open_workshop(self, runtime: str) -> None:
        self.json("workshop", "up", "--port", str(free_port()), "--runtime", runtime)

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


def statuses(lines: list[dict[str, Any]]) -> dict[str, str]:
    """Stage → how it ended, of the lines that a walk writes."""
    return {line["stage"]: line["status"] for line in lines if line["type"] == "stage"}
