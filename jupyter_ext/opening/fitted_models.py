"""Which variables of a notebook hold a fitted model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyter_ext.capture.errors import CaptureError
from jupyter_ext.capture.fitness import check_fitted

_OWN = ("jupyter_ext", "wizard")
"""A wizard and what it came to predict, too, and are no models."""


def fitted_models(namespace: Mapping[str, Any]) -> dict[str, str]:
    """Variable → the class of the model in it, newest last. Quick, and runs nothing of the models but scikit-learn's own look."""
    found: dict[str, str] = {}
    for name, value in list(namespace.items()):
        kind = type(value)
        own = kind.__module__.partition(".")[0] in _OWN
        if own or name.startswith("_") or isinstance(value, type) or not hasattr(kind, "predict"):
            continue
        try:
            check_fitted(value, name)
        except CaptureError:
            continue
        except Exception:  # a stranger's object that fails when it is looked at
            continue
        found[name] = kind.__name__
    return found
