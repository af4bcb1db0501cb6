"""Names for services, made from what a file or a person is called."""

from __future__ import annotations

import re
from pathlib import PurePath

_SAY_LITTLE = frozenset({"model", "pipeline", "clf", "estimator", "final", "best", "regressor", "classifier", ""})


VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
"""Names an environment variable may have."""


def service_name(text: str) -> str:
    """The nearest legal service name: small letters, digits and dashes, at most 49, starting with a letter."""
    return dashed(text, 49) or "model"


def dashed(text: str, longest: int) -> str:
    """The nearest name of small letters, digits and dashes, starting with a letter; empty where nothing is near."""
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return re.sub(r"^[^a-z]+", "", name)[:longest].rstrip("-")


def name_for(path: str) -> tuple[str, str]:
    """A service name for a model file, and why it is that: the file's own, or its folder's where that says more."""
    pure = PurePath(path)
    stem = pure.name.split(".")[0]
    if stem.lower() in _SAY_LITTLE and pure.parent.name:
        folder = service_name(pure.parent.name)
        if folder != "model":
            return folder, f"The folder's name: {stem!r} says little."
    return service_name(stem), "The file's name."


def project_id(text: str) -> str:
    """The nearest legal Google Cloud project id: small letters, digits and dashes, 6 to 30, starting with a letter.

    Empty where nothing is near.
    """
    name = dashed(text, 30)
    return name if len(name) >= 6 else ""


def local_endpoint(text: str) -> str:
    """The nearest address a local Cloud Run can have: one on this machine, or none (which is Google)."""
    port = re.fullmatch(r"(?:https?://)?(?:localhost|127\.0\.0\.1|\[?::1\]?):(\d{2,5})/?", text.strip())
    return f"http://127.0.0.1:{port[1]}" if port is not None else ""
