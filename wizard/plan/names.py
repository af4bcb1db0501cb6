"""Names for services, made from what a file or a person is called."""

from __future__ import annotations

import re
from pathlib import PurePath

_SAY_LITTLE = frozenset({"model", "pipeline", "clf", "estimator", "final", "best", "regressor", "classifier", ""})


def service_name(text: str) -> str:
    """The nearest legal service name: small letters, digits and dashes, at most 49, starting with a letter."""
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    name = re.sub(r"^[^a-z]+", "", name)[:49].rstrip("-")
    return name or "model"


def name_for(path: str) -> tuple[str, str]:
    """A service name for a model file, and why it is that: the file's own, or its folder's where that says more."""
    pure = PurePath(path)
    stem = pure.name.split(".")[0]
    if stem.lower() in _SAY_LITTLE and pure.parent.name:
        folder = service_name(pure.parent.name)
        if folder != "model":
            return folder, f"The folder's name: {stem!r} says little."
    return service_name(stem), "The file's name."
