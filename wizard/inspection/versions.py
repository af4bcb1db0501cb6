"""The versions a file was written with: scikit-learn's in every estimator, numpy's by the spelling of its modules."""

from __future__ import annotations

from collections import Counter

from wizard.inspection.boosters import booster_facts
from wizard.inspection.symbols import Call, Mapping
from wizard.inspection.transcript import Transcript

_MOST_VERSIONS = 20


def library_versions(calls: list[Call]) -> dict[str, list[str]]:
    """Versions by distribution, the most frequent first."""
    counts: dict[str, Counter[str]] = {}
    seen: set[int] = set()
    for call in calls:
        state = call.state[0] if isinstance(call.state, tuple) and call.state else call.state
        if not isinstance(state, Mapping) or id(state) in seen or len(state) < 2:
            continue
        seen.add(id(state))
        booster = booster_facts(call)
        stated = _stated(state) if booster is None else [("xgboost", booster.version)]
        for distribution, version in stated:
            if version is None:
                continue
            counts.setdefault(distribution, Counter())[version] += 1
    return {name: [version for version, _ in found.most_common(_MOST_VERSIONS)] for name, found in counts.items()}


def _stated(state: Mapping) -> list[tuple[str, str | None]]:
    """What one object's attributes say. scikit-learn's is the last key, so the search starts at the end."""
    for at in range(len(state) - 2, -1, -2):
        if state[at] == "_sklearn_version" and isinstance(state[at + 1], str):
            # imbalanced-learn and others inherit the key with scikit-learn's version in it.
            return [("scikit-learn", state[at + 1])]
    return []


def numpy_generation(transcript: Transcript) -> int | None:
    """1 or 2 by the spelling of numpy's inner modules; None where none is named."""
    modules = {name.module for name in transcript.globals.values()}
    if any(module.startswith("numpy._core") for module in modules):
        return 2
    if any(module.startswith("numpy.core") for module in modules):
        return 1
    return None


def release(version: str) -> tuple[int, ...]:
    """The numbers a version starts with, to compare: (1, 5, 2)."""
    numbers = []
    for part in version.split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        numbers.append(int(digits[:9]))
    return tuple(numbers)
