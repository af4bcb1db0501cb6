"""What happens between a checked request and its answer. This file is yours to edit: Sendoff keeps your version.

The server calls `load` once, and then for each batch of rows `preprocess`, `predict` or `predict_proba`, `postprocess`.
An exception in one of these becomes a 422 with its message, for the request at fault alone.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from serving import loading, speed
from serving.settings import Column, Settings


def load(settings: Settings) -> Any:
    """The model, ready to predict. Called once, before the port opens."""
    # Rows come in the order of the columns, which is all that names would ensure.
    warnings.filterwarnings("ignore", message="X does not have valid feature names")
    model = loading.load(settings.model)
    speed.up(model)  # the same bits in a fraction of the time; the model does without it, too
    return model


def preprocess(rows: list[list[Any]], settings: Settings) -> Any:
    """What the model takes. Each row holds one checked value per column, None where it is missing."""
    if settings.layout == "texts":
        return [row[0] for row in rows]
    if settings.layout == "array":
        return np.array(rows, dtype=np.float64)  # None becomes NaN
    return frame(rows, settings)


def predict(model: Any, X: Any) -> Any:
    """One answer for each row."""
    return model.predict(X) if hasattr(model, "predict") else model.transform(X)


def predict_proba(model: Any, X: Any) -> Any:
    """For each row the probability of each class."""
    return model.predict_proba(X)


def postprocess(result: Any) -> list[Any]:
    """The model's answers as JSON values: one for each row; a list of them where the model has several outputs."""
    if (
        isinstance(result, list) and getattr(result[0], "ndim", 0) == 2
    ):  # predict_proba of several outputs: a table each
        return [list(row) for row in zip(*map(postprocess, result), strict=True)]
    if hasattr(result, "toarray"):  # a sparse matrix
        result = result.toarray()
    values: list[Any] = np.asarray(result).tolist()
    return values


def classes(model: Any, settings: Settings) -> list[Any]:
    """What each column of the probabilities stands for; a list for each output where the model has several."""
    found = getattr(model, "classes_", settings.classes)
    if isinstance(found, list):
        return [np.asarray(each).tolist() for each in found]
    listed: list[Any] = np.asarray(found).tolist()
    return listed


def frame(rows: list[list[Any]], settings: Settings) -> Any:
    """The rows as a pandas DataFrame. Types follow the columns, never the values, so that batching changes nothing."""
    import pandas as pd  # only models that select columns by name need it

    names = settings.names or range(len(settings.columns))
    values = zip(*rows, strict=True)
    return pd.DataFrame(
        {name: array(column, of) for name, column, of in zip(names, settings.columns, values, strict=True)}
    )


def array(column: Column, values: tuple[Any, ...]) -> Any:
    """One column of a frame."""
    numbers = column.kind == "number" or (
        column.kind == "category"
        and bool(column.categories)
        and all(type(each) in (int, float) for each in column.categories)
    )
    if numbers:
        return np.array(values, dtype=np.float64)
    if column.kind == "boolean" and not column.missing:
        return np.array(values, dtype=np.bool_)
    return np.array([np.nan if value is None else value for value in values], dtype=object)
