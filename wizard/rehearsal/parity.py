"""Parity: do the model alone and the service give the same answers to the same rows?"""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wizard.rehearsal.parity_set import ParitySet
from wizard.rehearsal.report import Parity

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """The service's answers to all rows, asked in one way. An answer that is no prediction is an `Unanswered`."""

    way: str
    """"alone", "concurrently", "as instances"."""
    predictions: tuple[Any, ...]
    probabilities: tuple[Any, ...] | None = None


@dataclass(frozen=True, slots=True)
class Unanswered:
    """What came instead of a prediction."""

    said: str


def compare(expected: ParitySet, asked: Sequence[Asked], tolerance: float | None = None) -> Parity:
    """Hold the service's answers against the expected ones.

    Numbers may differ by `tolerance` relative to their own size, or to the set's typical size where they are smaller (a
    sum that cancels to nearly nothing keeps the rounding of its terms); probabilities relative to 1. All else must be equal.
    """
    allowed = expected.tolerance if tolerance is None else tolerance
    size = typical_size(expected.predictions)
    largest = 0.0
    agreed = 0
    shown: list[str] = []
    for at, row in enumerate(expected.rows):
        row_agrees = True
        for one in asked:
            pairs = [("", expected.predictions[at], one.predictions[at], size)]
            if expected.probabilities is not None and one.probabilities is not None:
                pairs.append((" probabilities", expected.probabilities[at], one.probabilities[at], 1.0))
            for what, wanted, got, floor in pairs:
                apart = difference(wanted, got, floor)
                if apart <= allowed:
                    largest = max(largest, apart)
                    continue
                if math.isfinite(apart):
                    largest = max(largest, apart)
                if row_agrees and len(shown) < SHOWN:
                    said = got.said if isinstance(got, Unanswered) else _short(got)
                    shown.append(
                        f"row {at + 1}, asked {one.way}: input {_short(row)}; expected{what} {_short(wanted)}, got {said}"
                    )
                row_agrees = False
        agreed += row_agrees
    return Parity(len(expected.rows), agreed, largest, allowed, expected.reference, tuple(shown))


def difference(wanted: Any, got: Any, floor: float) -> float:
    """Largest relative difference of any number in two answers of the same shape; infinite where they differ otherwise."""
    if isinstance(wanted, Mapping) and isinstance(got, Mapping):
        if wanted.keys() != got.keys():
            return math.inf
        return max((difference(wanted[key], got[key], floor) for key in wanted), default=0.0)
    if isinstance(wanted, list | tuple) and isinstance(got, list | tuple):
        if len(wanted) != len(got):
            return math.inf
        return max((difference(a, b, floor) for a, b in zip(wanted, got, strict=True)), default=0.0)
    if isinstance(wanted, bool) or isinstance(got, bool) or not _number(wanted) or not _number(got):
        return 0.0 if type(wanted) is type(got) and wanted == got else math.inf
    if wanted == got or (math.isnan(wanted) and math.isnan(got)):
        return 0.0
    apart = abs(wanted - got) / max(abs(wanted), abs(got), floor)
    return apart if math.isfinite(apart) else math.inf


def typical_size(values: Iterable[Any]) -> float:
    """The median size of all numbers in the answers; 0 where there are none."""
    sizes = [abs(number) for number in _numbers(values) if math.isfinite(number)]
    return statistics.median(sizes) if sizes else 0.0


def finite(answer: Any) -> bool:
    """No number in the answer is NaN or infinite."""
    return all(map(math.isfinite, _numbers(answer)))


def _numbers(values: Any) -> Iterator[float]:
    if isinstance(values, Mapping):
        values = values.values()
    if _number(values):
        yield values
    elif not isinstance(values, str | bytes | bool) and isinstance(values, Iterable):
        for value in values:
            yield from _numbers(value)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 300 else text[:299] + "…"
