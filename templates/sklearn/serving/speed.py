"""The same answers sooner: the sums inside forests and linear models, without the work around them.

For one row scikit-learn spends 0.05 to 10 ms on checks that serving/contract.py has made already and on handing trees to
jobs. What is done here is its own arithmetic in its own order. It is taken only where it gives the same bits as the
model's own method on the rows of `_trials`, and answers only where all numbers are finite; else the model's own does.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

Method = Callable[[Any], Any]
"""`predict` or `predict_proba`; a quick one answers None where it cannot vouch for the answer."""


def up(model: Any) -> None:
    """Give a model, or the last step of a pipeline, the quick methods where all of them agree with its own."""
    last = model.steps[-1][1] if hasattr(model, "steps") else model
    quick = _quick_methods(last)
    own = {name: getattr(last, name) for name in quick}
    if quick and all(_same_bits(quick[name](rows), own[name](rows)) for name in quick for rows in _trials(last)):
        for name in quick:
            setattr(last, name, _quick_or_own(quick[name], own[name], last.n_features_in_))
        logging.debug("%s takes the quick way", type(last).__name__)


def _quick_methods(model: Any) -> dict[str, Method]:
    """The quick methods of a model by their names; empty for one this file does not know."""
    module, name = type(model).__module__, type(model).__name__
    if module == "sklearn.ensemble._forest" and model.n_outputs_ == 1:
        if name in ("RandomForestClassifier", "ExtraTreesClassifier") and _holds_fractions(model):
            return _forest_classifier(model)
        if name in ("RandomForestRegressor", "ExtraTreesRegressor"):
            return {"predict": lambda X: _mean_of_trees(model, X, 1, lambda mean: mean[:, 0])}
    linear: Any = sys.modules.get("sklearn.linear_model._base")
    if linear is not None and isinstance(model, linear.LinearModel):
        return {"predict": lambda X: _finite(X @ model.coef_.T + model.intercept_)}
    return {}


def _forest_classifier(model: Any) -> dict[str, Method]:
    width, classes = model.n_classes_, model.classes_
    return {
        "predict": lambda X: _mean_of_trees(model, X, width, lambda mean: classes.take(mean.argmax(axis=1), axis=0)),
        "predict_proba": lambda X: _mean_of_trees(model, X, width, lambda mean: mean),
    }


def _holds_fractions(model: Any) -> bool:
    """Whether its trees hold the fraction of each class, as newer versions have it; older ones hold counts."""
    return all(abs(tree.tree_.value[0].sum() - 1) < 1e-6 for tree in model.estimators_)


def _mean_of_trees(model: Any, X: Any, width: int, answer: Method) -> Any:
    """What `answer` makes of the mean of all trees' tables: one line a row, one column a class."""
    with np.errstate(over="ignore"):
        rows = X.astype(np.float32)  # as trees compare them
    if _finite(rows) is None:
        return None
    total = np.zeros((len(rows), width))
    for tree in model.estimators_:
        total += tree.tree_.predict(rows)[:, :width]
    total /= len(model.estimators_)
    return answer(total)


def _quick_or_own(quick: Method, own: Method, width: int) -> Method:
    """The quick way for what it is made for: a plain array of floats, of the model's width."""

    def method(X: Any) -> Any:
        if type(X) is np.ndarray and X.dtype == np.float64 and X.ndim == 2 and X.size and X.shape[1] == width:
            answers = quick(X)
            if answers is not None:
                return answers
        return own(X)

    return method


def _finite(values: Any) -> Any:
    """The values, or None where one is infinite or no number."""
    return values if np.isfinite(values).all() else None


def _trials(model: Any) -> list[Any]:
    """Rows to compare on: of several sizes, alone and in a batch."""
    width = model.n_features_in_
    rows = np.random.default_rng(0).normal(size=(64, width)) * np.logspace(-3, 3, 64)[:, np.newaxis]
    return [rows, rows[:1], np.zeros((1, width))]


def _same_bits(one: Any, other: Any) -> bool:
    return one is not None and bool(
        one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    )
