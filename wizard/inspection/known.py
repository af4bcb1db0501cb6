"""The classes and functions of the model libraries, from `known.json`: generated, the union over many releases.

`tests/tools/generate_known.py` writes the file. It is read at the first inspection, not at import.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from wizard.inspection.inspection import Task


@dataclass(frozen=True, slots=True)
class KnownClass:
    """What is known of a library's class without importing it."""

    task: Task
    """UNKNOWN for classes that are no estimators."""
    estimator: bool
    proba: bool
    """It has `predict_proba`, if perhaps only under some settings."""
    proba_since: str | None
    """The first release looked at that has it, where an older one had the class without."""
    called: bool
    """Its pickles call it with arguments (a `__reduce__` of its own); others only ever create it."""


class Known:
    """The library classes and functions a model may name."""

    def __init__(self, tables: dict[str, Any]) -> None:
        self._classes: dict[str, dict[str, str]] = tables["classes"]
        self._functions = {module: frozenset(names) for module, names in tables["functions"].items()}
        self._proba_since: dict[str, str] = tables["proba_since"]
        self._ufuncs = frozenset(tables["functions"].get("numpy", ()))

    def find_class(self, full: str) -> KnownClass | None:
        """The class of that full name."""
        module, _, name = full.rpartition(".")
        flags = self._classes.get(module, {}).get(name)
        if flags is None:
            return None
        task = next((task for letter, task in _TASKS.items() if letter in flags), Task.UNKNOWN)
        return KnownClass(task, "e" in flags, "p" in flags, self._proba_since.get(full), "m" in flags)

    def is_function(self, full: str) -> bool:
        """A function that only computes; a model may refer to it, nothing calls it while loading."""
        module, _, name = full.rpartition(".")
        if name in self._functions.get(module, ()):
            return True
        return name in self._ufuncs and module in _UFUNC_HOMES

    def is_ufunc(self, full: str) -> bool:
        """One of numpy's elementwise functions."""
        module, _, name = full.rpartition(".")
        return name in self._ufuncs and module in _UFUNC_HOMES


_TASKS = {
    "c": Task.CLASSIFICATION,
    "r": Task.REGRESSION,
    "k": Task.CLUSTERING,
    "o": Task.OUTLIERS,
    "t": Task.TRANSFORM,
}
_UFUNC_HOMES = frozenset(
    {"numpy"} | {f"numpy.{core}.{module}" for core in ("core", "_core") for module in ("umath", "_multiarray_umath")}
)
"""pickle names a ufunc by the first module it finds it in."""


@cache
def known() -> Known:
    """The tables, read once."""
    return Known(json.loads(Path(__file__).with_name("known.json").read_text(encoding="utf-8")))
