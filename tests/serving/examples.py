"""Models to serve: each is trained here and saved, and its file inspected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from wizard.inspection import Inspection, Layout, inspect_model


@dataclass(frozen=True)
class Example:
    """A trained model, its file's description, and rows it was not trained on, as JSON has them."""

    model: Any
    file: Path
    inspection: Inspection
    rows: list[list[Any]]

    def predicted(self, rows: list[list[Any]]) -> Any:
        """What the model itself answers."""
        return self.model.predict(self.as_input(rows))

    def as_input(self, rows: list[list[Any]]) -> Any:
        match self.inspection.layout:
            case Layout.ARRAY:
                return np.array(rows, dtype=float)
            case Layout.FRAME:
                return pd.DataFrame(rows, columns=list(self.inspection.column_names or ()))
            case Layout.TEXTS:
                return [row[0] for row in rows]


def saved(folder: Path, model: Any, rows: list[list[Any]], file: Path | None = None) -> Example:
    """Save a model with joblib, unless `file` holds it already, and look into the file as Sendoff does."""
    if file is None:
        file = folder / "model.pkl"
        joblib.dump(model, file)
    return Example(model, file, inspect_model(file), rows)


def linear(folder: Path) -> Example:
    """Eight nameless numbers → a number."""
    random = np.random.default_rng(1)
    X = random.normal(size=(200, 8))
    model = LinearRegression().fit(X, X @ np.arange(8.0) + random.normal(size=200))
    return saved(folder, model, random.normal(size=(100, 8)).tolist())


def forest(folder: Path, trees: int = 100, features: int = 20) -> Example:
    """Twenty nameless numbers → one of three whole-number classes."""
    random = np.random.default_rng(2)
    X = random.normal(size=(2000, features))
    y = (X[:, 0] + X[:, 1] > 0).astype(int) + (X[:, 2] > 0)
    model = RandomForestClassifier(trees, n_jobs=-1, random_state=0).fit(X, y)
    return saved(folder, model, random.normal(size=(100, features)).tolist())


def churn_frame(rows: int, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": random.integers(18, 90, rows).astype(float),
            "balance": random.normal(1000, 300, rows),
            "plan": random.choice(["basic", "plus", "pro"], rows),
            "region": random.choice(["north", "south"], rows),
            "products": random.integers(1, 5, rows),
        }
    )


def churn(folder: Path) -> Example:
    """Named columns of all kinds through a ColumnTransformer → "stays" or "leaves"."""
    frame = churn_frame(500, 3)
    y = np.where((frame.age > 50) ^ (frame.plan == "pro"), "leaves", "stays")
    columns = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), ["age", "balance"]),
            ("plan", OneHotEncoder(), ["plan"]),
            ("region", OneHotEncoder(handle_unknown="ignore"), ["region"]),
            ("products", OneHotEncoder(handle_unknown="ignore"), ["products"]),
        ]
    )
    model = make_pipeline(columns, RandomForestClassifier(20, random_state=0, n_jobs=2)).fit(frame, y)
    return saved(folder, model, churn_frame(100, 4).to_numpy().tolist())


def texts(folder: Path) -> Example:
    """A text → "good" or "bad"."""
    good, bad = ["a fine day", "lovely food", "fine people"], ["awful food", "a bad day", "bad people"]
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(good + bad, ["good"] * 3 + ["bad"] * 3)
    return saved(folder, model, [["fine food"], ["an awful day: really"], [""], ["bad"]])


def outputs(folder: Path) -> Example:
    """Three numbers → two numbers."""
    random = np.random.default_rng(5)
    X = random.normal(size=(100, 3))
    model = LinearRegression().fit(X, X @ random.normal(size=(3, 2)))
    return saved(folder, model, random.normal(size=(50, 3)).tolist())


EXAMPLES: dict[str, Callable[[Path], Example]] = {
    "linear": linear, "forest": forest, "churn": churn, "texts": texts, "outputs": outputs,
}  # fmt: skip
