"""One value of a sample as plain data, and what the values of a column have in common."""

from __future__ import annotations

import datetime
import decimal
import math
from collections.abc import Sequence
from typing import Any

from wizard.inspection.inspection import Column, Kind, Scalar
from wizard.rehearsal.rows import Cell

_MOST_CATEGORIES = 20
"""More different texts than that are texts, not a choice."""
_MOST_DECLARED = 1_000
"""As many categories of a pandas categorical are taken over; the rest is left to the texts seen."""


def plain(value: Any) -> Cell:
    """The value as JSON has it: numpy's and pandas' scalars as Python's, what is missing as None, times as ISO text.

    Infinity stays what it is, for the caller to leave the row out. Raises ValueError with the type's name for anything else.
    """
    match value:
        case None | bool():
            return value
        case str():
            return str.__str__(value)
        case int():
            return int(value)
        case float():
            return None if math.isnan(value) else float(value)
        case datetime.date() | datetime.time():
            return None if type(value).__name__ == "NaTType" else value.isoformat()
        case datetime.timedelta():
            return None if type(value).__name__ == "NaTType" else str(value)
        case decimal.Decimal():
            return plain(float(value))
    module, kind = type(value).__module__.partition(".")[0], type(value).__name__
    if kind in ("NAType", "NaTType"):
        return None
    if module == "numpy" and kind in ("datetime64", "timedelta64"):
        return None if str(value) == "NaT" else str(value)
    if module == "numpy" and getattr(value, "ndim", None) == 0 and isinstance(value.item(), int | float | str | bool):
        return plain(value.item())
    if module == "pandas" and kind in ("Period",):
        return str(value)
    raise ValueError(f"{type(value).__module__}.{kind}".removeprefix("builtins."))


def described(name: str | None, cells: Sequence[Cell], declared: Sequence[Any] | None = None) -> Column:
    """A column as its values show it. `declared`: the categories it is said to have (a pandas categorical).

    Numbers have their finite range; whole numbers are integers only where none of them is a float. A few different texts that
    return are a choice of categories, never a closed one: a sample need not show all of them.
    """
    present = [cell for cell in cells if cell is not None]
    missing = len(present) < len(cells)
    example: Scalar | None = next((cell for cell in [*cells[:1], *present] if cell is not None and _finite(cell)), None)
    if declared is not None and 0 < len(declared) <= _MOST_DECLARED:
        try:
            listed = tuple(cell for cell in map(plain, declared) if cell is not None)
        except ValueError:
            listed = ()
        if listed:
            return Column(name, Kind.CATEGORY, listed, missing=missing, example=example)
    kinds = {bool if type(cell) is bool else str if isinstance(cell, str) else float for cell in present}
    if kinds == {bool}:
        return Column(name, Kind.BOOLEAN, missing=missing, example=example)
    if kinds == {str}:
        texts = dict.fromkeys(cell for cell in present if isinstance(cell, str))
        few = len(texts) <= _MOST_CATEGORIES and 2 * len(texts) <= len(present)
        return Column(
            name,
            Kind.CATEGORY if few else Kind.TEXT,
            tuple(sorted(texts)) if few else (),
            missing=missing,
            example=example,
        )
    if kinds <= {float}:
        numbers = [cell for cell in present if isinstance(cell, int | float) and _finite(cell)]
        return Column(
            name,
            Kind.NUMBER,
            missing=missing,
            minimum=float(min(numbers)) if numbers else None,
            maximum=float(max(numbers)) if numbers else None,
            example=example,
            integer=bool(numbers) and all(type(number) is int for number in numbers),
        )
    return Column(name, Kind.CATEGORY, missing=missing, example=example)  # texts among numbers: either is taken


def _finite(cell: Scalar) -> bool:
    if isinstance(cell, str):
        return True
    try:
        return math.isfinite(cell)
    except OverflowError:  # a whole number no float can hold
        return False
