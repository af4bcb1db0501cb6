"""What the file of a model is called: after the variable that holds it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from jupyter_ext.capture.errors import CaptureError

SUFFIXES = (".pkl", ".joblib")
_UNSAID = "model"


def variable_of(model: Any, namespace: Mapping[str, Any]) -> str:
    """The name the notebook knows the object by; "model" where it has none. IPython's own names (`_`, `_12`) do not count."""
    names = [name for name, value in namespace.items() if value is model and not name.startswith("_")]
    return _UNSAID if not names or _UNSAID in names else names[0]


def name_of(model: Any, namespace: Mapping[str, Any]) -> str:
    """A file name for a live model: the variable `churn_model` → "churn_model.pkl"."""
    return f"{variable_of(model, namespace)}.pkl"


def checked_name(name: str) -> str:
    """The file name as given, where it can be the name of a model file in a folder. Raises CaptureError with the nearest one."""
    stem = re.sub(r"[^\w.-]+", "_", PurePath(name.replace("\\", "/")).name).strip("._-") or _UNSAID
    nearest = stem if stem.endswith(SUFFIXES) and stem not in SUFFIXES else f"{stem}{SUFFIXES[0]}"
    if name == nearest and len(nearest.encode()) <= 200:
        return name
    raise CaptureError(
        f"{name[:80]!r} is no name for a model file.",
        "It is one name without folders, of letters, digits, dots, dashes and underscores, that ends in "
        f"{' or '.join(SUFFIXES)}.",
        f"Call it {nearest[-120:]}.",
    )
