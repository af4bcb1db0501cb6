"""The quick way gives the same bits as the model's own, for everything it takes, and leaves the rest to it."""

from __future__ import annotations

import copy
import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import uv
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import ElasticNet, LinearRegression, LogisticRegression, PoissonRegressor, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

SOURCE = Path(__file__).parents[2] / "templates" / "sklearn" / "serving" / "speed.py"
WIDTH = 4
random = np.random.default_rng(0)
X = random.normal(size=(300, WIDTH)) * [1, 10, 100, 1e-3]
NUMBER = X @ [1.0, 2, 3, 4] + random.normal(size=300)
WORD = np.where(X[:, 0] > 0, np.where(X[:, 1] > 5, "high", "middle"), "low")


def up(model: Any) -> None:
    """`speed.up` of the templates."""
    spec = importlib.util.spec_from_file_location("speed", SOURCE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.up(model)


def quickened(model: Any) -> tuple[Any, Any]:
    """A fitted model, and one with the quick way."""
    quick = copy.deepcopy(model)
    up(quick)
    return model, quick


def methods(model: Any) -> list[str]:
    return [name for name in ("predict", "predict_proba") if name in vars(model)]


QUICK: dict[str, Callable[[], Any]] = {
    "forest of classes": lambda: RandomForestClassifier(30, random_state=0).fit(X, WORD),
    "forest of two classes": lambda: RandomForestClassifier(30, random_state=0).fit(X, NUMBER > 0),
    "extra trees of classes": lambda: ExtraTreesClassifier(30, random_state=0, min_samples_leaf=3).fit(X, WORD),
    "weighted classes": lambda: RandomForestClassifier(30, random_state=0, class_weight="balanced").fit(X, WORD),
    "forest": lambda: RandomForestRegressor(30, random_state=0).fit(X, NUMBER),
    "extra trees": lambda: ExtraTreesRegressor(30, random_state=0).fit(X, NUMBER),
    "linear": lambda: LinearRegression().fit(X, NUMBER),
    "linear, two outputs": lambda: LinearRegression().fit(X, np.c_[NUMBER, X[:, 0]]),
    "ridge": lambda: Ridge().fit(X, NUMBER),
    "elastic net": lambda: ElasticNet().fit(X, NUMBER),
    "trained on a frame": lambda: LinearRegression().fit(pd.DataFrame(X, columns=list("abcd")), NUMBER),
}
OWN: dict[str, Callable[[], Any]] = {
    "forest, two outputs": lambda: RandomForestClassifier(5, random_state=0).fit(X, np.c_[WORD, WORD]),
    "boosting": lambda: GradientBoostingRegressor(n_estimators=5).fit(X, NUMBER),
    "poisson": lambda: PoissonRegressor().fit(X, np.abs(NUMBER)),
    "logistic": lambda: LogisticRegression(max_iter=5000).fit(X, WORD),
    "pipeline that ends in a column transformer": lambda: make_pipeline(
        StandardScaler(), ColumnTransformer([("all", "passthrough", [0])])
    ).fit(X),
}


@pytest.fixture(scope="module", params=QUICK)
def pair(request: pytest.FixtureRequest) -> tuple[Any, Any]:
    return quickened(QUICK[request.param]())


def same_bits(one: Any, other: Any) -> bool:
    return bool(one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes())


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_all_finite_rows_get_the_same_bits(pair: tuple[Any, Any]) -> None:
    own, quick = pair
    assert methods(quick)
    values = st.one_of(st.floats(-1e3, 1e3), st.floats(-1e30, 1e30), st.integers(-5, 5).map(float))
    batches = st.integers(1, 70).flatmap(lambda rows: arrays(np.float64, (rows, WIDTH), elements=values))

    @settings(max_examples=60, deadline=None)
    @given(batches)
    def check(rows: Any) -> None:
        for name in methods(quick):
            assert same_bits(getattr(quick, name)(rows), getattr(own, name)(rows))

    check()
    for name in methods(quick):
        assert same_bits(getattr(quick, name)(X), getattr(own, name)(X))


@pytest.mark.parametrize(
    "rows",
    [
        np.full((2, WIDTH), np.nan),
        np.full((2, WIDTH), np.inf),
        np.full((1, WIDTH), 1e300),
        np.zeros((1, WIDTH + 1)),
        np.zeros((1, WIDTH - 1)),
        np.zeros(WIDTH),
        np.zeros((0, WIDTH)),
        [[1.0] * WIDTH],
        np.ones((1, WIDTH), dtype=int),
        np.ones((2, WIDTH), dtype=np.float32),
        scipy.sparse.csr_matrix(np.ones((1, WIDTH))),
        np.array([["a"] * WIDTH]),
    ],
    ids=lambda rows: f"{type(rows).__name__} {getattr(rows, 'shape', '')} {getattr(rows, 'dtype', '')}",
)
@pytest.mark.filterwarnings("ignore")
def test_anything_else_gets_what_the_model_itself_makes_of_it(rows: Any, pair: tuple[Any, Any]) -> None:
    own, quick = pair
    for name in methods(quick):
        try:
            expected = getattr(own, name)(rows)
        except Exception as error:
            with pytest.raises(type(error)) as caught:
                getattr(quick, name)(rows)
            assert str(caught.value) == str(error)
        else:
            assert same_bits(getattr(quick, name)(rows), expected)


@pytest.mark.parametrize("name", OWN)
def test_a_model_that_is_not_known_keeps_its_own_methods(name: str) -> None:
    own, quick = quickened(OWN[name]())
    last = quick.steps[-1][1] if hasattr(quick, "steps") else quick
    assert methods(last) == []
    del own


def test_the_last_step_of_a_pipeline_gets_the_quick_way() -> None:
    own, quick = quickened(make_pipeline(StandardScaler(), RandomForestClassifier(10, random_state=0)).fit(X, WORD))
    assert methods(quick.steps[-1][1]) == ["predict", "predict_proba"]
    assert same_bits(quick.predict_proba(X), own.predict_proba(X))


def test_a_model_that_answers_otherwise_keeps_its_own_methods() -> None:
    class Doubled(LinearRegression):
        def predict(self, rows: Any) -> Any:
            return super().predict(rows) * 2

    _, quick = quickened(Doubled().fit(X, NUMBER))
    assert methods(quick) == []


OLD = """
import sys, copy, numpy as np, importlib.util
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor, ExtraTreesClassifier
from sklearn.linear_model import LinearRegression
spec = importlib.util.spec_from_file_location("speed", sys.argv[1])
speed = importlib.util.module_from_spec(spec); spec.loader.exec_module(speed)
random = np.random.default_rng(0)
X = random.normal(size=(500, 4)); y = X.sum(axis=1) + random.normal(size=500)
for model in (RandomForestClassifier(20), ExtraTreesClassifier(3), RandomForestRegressor(20), LinearRegression()):
    model.fit(X, y > 0 if "Classifier" in type(model).__name__ else y)
    quick = copy.deepcopy(model); speed.up(quick)
    rows = random.normal(size=(5000, 4))
    for name in ("predict", "predict_proba"):
        if hasattr(model, name):
            assert getattr(quick, name)(rows).tobytes() == getattr(model, name)(rows).tobytes(), (model, name)
            assert getattr(quick, name)(rows[:1]).tobytes() == getattr(model, name)(rows[:1]).tobytes(), (model, name)
    print(type(model).__name__, "predict" in vars(quick))
"""


@pytest.mark.index
@pytest.mark.parametrize(("version", "counts"), [("1.2.2", True), ("1.3.2", True), ("1.5.2", False)])
def test_the_bits_are_the_same_under_older_versions(version: str, counts: bool, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    installer = uv.find_uv_bin()
    subprocess.run([installer, "venv", "--quiet", "--python", sys.executable, str(environment)], check=True)
    python = str(environment / "bin" / "python")
    install = [installer, "pip", "install", "--quiet", "--python", python, f"scikit-learn=={version}", "numpy<2"]
    subprocess.run(install, check=True)
    answer = subprocess.run([python, "-c", OLD, str(SOURCE)], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    assert f"RandomForestClassifier {not counts}" in answer.stdout, "older trees hold counts"
    assert "RandomForestRegressor True" in answer.stdout
