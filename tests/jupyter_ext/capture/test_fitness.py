"""What is a fitted model that can be served, told before anything is written."""

import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestRegressor
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from jupyter_ext.capture.errors import CaptureError
from jupyter_ext.capture.fitness import check_fitted

X = np.arange(30.0).reshape(10, 3)
Y = np.arange(10) % 2


def foreign(module: str, name: str) -> Any:
    """An object whose class says it comes from that library: the libraries themselves are large, and only named."""
    return type(name, (), {"__module__": module, "predict": lambda self, rows: rows})()


class Mine:
    """A model of a person's own that follows no custom."""

    def __init__(self, refit: bool = True) -> None:
        self.refit = refit

    def fit(self, rows: Any) -> "Mine":
        self.mean = 1
        return self

    def predict(self, rows: Any) -> Any:
        return [self.mean for _ in rows]


@pytest.mark.parametrize(
    "model",
    [
        LinearRegression().fit(X, Y),
        make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y),
        GridSearchCV(LogisticRegression(), {"C": [1.0, 2.0]}, cv=2).fit(X, Y),
        StandardScaler().fit(X),
        Mine(refit=False).fit(X),
        FunctionTransformer(),
        HashingVectorizer(),
        Mine().fit(X),
        make_pipeline(StandardScaler(), FunctionTransformer()).fit(X),
    ],
)
def test_a_fitted_model_is_fit(model: Any) -> None:
    check_fitted(model)


@pytest.mark.parametrize(
    ("model", "blamed"),
    [
        (LinearRegression(), "LinearRegression"),
        (make_pipeline(StandardScaler(), RandomForestRegressor()), "RandomForestRegressor"),
        (GridSearchCV(LogisticRegression(), {"C": [1.0]}), "GridSearchCV"),
    ],
)
def test_an_unfitted_model_is_told_what_to_do(model: Any, blamed: str) -> None:
    with pytest.raises(CaptureError) as caught:
        check_fitted(model, "clf")
    assert caught.value.what == "clf is not fitted."
    assert blamed in caught.value.why
    assert "clf.fit(X_train, y_train)" in caught.value.fix


def test_a_search_without_refit_holds_no_model() -> None:
    search = GridSearchCV(LogisticRegression(), {"C": [1.0, 2.0]}, cv=2, refit=False).fit(X, Y)
    with pytest.raises(CaptureError, match="refit=True"):
        check_fitted(search)


def test_a_class_is_not_taken_for_a_model() -> None:
    with pytest.raises(CaptureError) as caught:
        check_fitted(LinearRegression, "clf")
    assert "is a class" in caught.value.what
    assert "LinearRegression().fit(X, y)" in caught.value.fix


@pytest.mark.parametrize("thing", [X, pd.DataFrame(X), "model.pkl", 3, None, {}, [LinearRegression()], print])
def test_what_is_no_model_is_called_by_its_kind(thing: Any) -> None:
    with pytest.raises(CaptureError) as caught:
        check_fitted(thing, "this")
    assert caught.value.what == "this is no model."
    assert type(thing).__name__ in caught.value.why


@pytest.mark.parametrize(
    ("module", "name", "said"),
    [
        ("keras.src.models", "Sequential", "Keras"),
        ("torch.nn.modules.container", "Sequential", "PyTorch"),
        ("onnxruntime.capi", "InferenceSession", "ONNX"),
        ("tensorflow.python", "Model", "TensorFlow"),
        ("xgboost.core", "Booster", "bare booster of xgboost"),
        ("lightgbm.basic", "Booster", "bare booster of lightgbm"),
    ],
)
def test_models_of_other_frameworks_are_named_and_nothing_is_imported(module: str, name: str, said: str) -> None:
    with pytest.raises(CaptureError) as caught:
        check_fitted(foreign(module, name))
    assert said in caught.value.what
    assert "scikit-learn" in caught.value.why
    assert caught.value.fix
    assert module.partition(".")[0] not in sys.modules
