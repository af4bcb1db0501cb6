"""Whether a live object is a fitted model of a kind that is served today, told without importing any framework."""

from __future__ import annotations

import contextlib
import sys
from typing import Any

from jupyter_ext.capture.errors import CaptureError

_SERVED = (
    "Served today are scikit-learn models and pipelines, and what has the same methods: XGBoost's, LightGBM's and CatBoost's "
    "estimators, classes of your own with fit and predict."
)
_WRAPPED = (
    "Wrap it in a class of your own with fit(X, y) and predict(X) that holds nothing but arrays, or serve a scikit-learn model "
    "trained on the same data."
)
_FOREIGN: dict[str, tuple[str, str]] = {
    "keras": ("a Keras model", _WRAPPED),
    "tensorflow": ("a TensorFlow model", _WRAPPED),
    "torch": ("a PyTorch model", _WRAPPED),
    "onnx": ("an ONNX model", "Name the scikit-learn model it was made from."),
    "onnxruntime": ("an ONNX session", "Name the scikit-learn model it was made from."),
    "transformers": ("a Hugging Face model", _WRAPPED),
    "spacy": ("a spaCy pipeline", _WRAPPED),
    "statsmodels": ("a statsmodels result", _WRAPPED),
}
"""Top module of a class → what its objects are, and what to do."""
_BARE_BOOSTERS = {
    "xgboost": "Train it as xgboost.XGBClassifier(...).fit(X, y) or XGBRegressor, which save and serve as they are.",
    "lightgbm": "Train it as lightgbm.LGBMClassifier(...).fit(X, y) or LGBMRegressor, which save and serve as they are.",
}
_DATA = ("DataFrame", "LazyFrame", "Series", "ndarray", "NoneType")
"""Some of them have a `transform`, and are no models for that."""
_KNOWN_TO_TELL = ("sklearn", "xgboost", "lightgbm", "imblearn")
"""Libraries whose estimators all keep what they learn in attributes that end in an underscore."""


def check_fitted(model: Any, variable: str = "model") -> None:
    """Raise CaptureError where the object is no fitted model that can be served. `variable` is its name in the notebook."""
    if isinstance(model, type):
        raise CaptureError(
            f"{variable} is a class, not a model.",
            f"{model.__name__} was named, not a {model.__name__} that was fitted.",
            f"Fit one and name that: fitted = {model.__name__}().fit(X, y)",
        )
    _refuse_foreign(model, variable)
    kind = type(model).__name__
    if _said(model, "cv_results_") is not None and _said(model, "best_estimator_") is None:
        raise CaptureError(
            f"{variable} searched for the best settings, but holds no model fitted with them.",
            f"This {kind} was made with refit=False.",
            "Make it with refit=True and fit it again, or fit a model with the best settings and name that.",
        )
    evident = kind in _DATA or isinstance(model, str | bytes | int | float | list | tuple | dict | set)
    if evident or not (callable(_said(model, "predict")) or callable(_said(model, "transform"))):
        raise CaptureError(
            f"{variable} is no model.",
            f"It is a {kind}{'' if evident else ', which has neither predict nor transform'}. {_SERVED}",
            "Name the variable that holds the fitted model.",
        )
    _refuse_unfitted(model, variable)


def unfitted(variable: str, kind: str, said: str) -> CaptureError:
    """The error for a model, or a part of one, that was never fitted. `said` is what it says of itself."""
    return CaptureError(
        f"{variable} is not fitted.",
        f"Its {kind} has learned nothing yet." if kind else "A part of it has learned nothing yet.",
        f"Fit it first: {variable}.fit(X_train, y_train)",
        evidence=[said.splitlines()[0]] if said else [],
    )


def is_not_fitted(error: BaseException) -> bool:
    """Whether it is scikit-learn's error for a model without fit."""
    return any(kind.__name__ == "NotFittedError" for kind in type(error).__mro__)


def _refuse_foreign(model: Any, variable: str) -> None:
    tops = {kind.__module__.partition(".")[0] for kind in type(model).__mro__}
    for top, (name, fix) in _FOREIGN.items():
        if top in tops and "sklearn" not in tops:
            raise CaptureError(f"{variable} is {name}, which is not served yet.", _SERVED, fix)
    for top, fix in _BARE_BOOSTERS.items():
        if top in tops and type(model).__name__ == "Booster":
            raise CaptureError(f"{variable} is a bare booster of {top}.", _SERVED, fix)


def _refuse_unfitted(model: Any, variable: str) -> None:
    validation = sys.modules.get("sklearn.utils.validation")
    if validation is None or not hasattr(model, "fit"):
        return
    blamed = model
    with contextlib.suppress(Exception):  # whatever a pipeline's own attributes answer, this only looks for a name
        while isinstance(getattr(blamed, "steps", None), list):
            blamed = blamed.steps[-1][1]
    try:
        validation.check_is_fitted(model)
    except Exception as error:
        # A class of a person's own may keep what it learned under any name: it is asked to predict later, which tells.
        if is_not_fitted(error) and type(blamed).__module__.partition(".")[0] in _KNOWN_TO_TELL:
            raise unfitted(variable, type(blamed).__name__, str(error)) from None


def _said(model: Any, attribute: str) -> Any:
    """An attribute of a stranger's object; None where it has none, or fails to say."""
    try:
        return getattr(model, attribute, None)
    except Exception:
        return None
