"""What one value of one column may be. Each check returns None, or what is wrong and what to send instead."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable
from typing import Any

from serving.settings import Column, Scalar

Fault = tuple[str, str]
"""What is wrong ("must be …"), and what to send instead."""
Check = Callable[[Any], Fault | None]

EXACT = 2**53
"""Whole numbers beyond it cannot all be held in the floats a model computes with."""
EXACT_FIX = "Whole numbers go up to 9007199254740992 (2^53); as a decimal number, with a point, it is taken as it is."
MOST_GUESSES = 200
"""To compare a word with so many takes some 10 ms."""
LONGEST_GUESS = 100


def check_of(column: Column) -> Check:
    """The check of one column's values."""
    check = KINDS[column.kind](column)
    return _or_missing(check) if column.missing else check


def show(value: Any, most: int = 40) -> str:
    """A value as it reads in a message, cut short."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return f'the text "{value[:most]}{"…" if len(value) > most else ""}"'
        case list():
            return "a list"
        case dict():
            return "an object"
        case _:
            return f"the number {value}"[: most + 11]


def listed(values: Iterable[Scalar | None], most: int = 10) -> str:
    """The first few values, and how many there are in all."""
    values = list(values)
    text = ", ".join(
        f'"{value}"' if isinstance(value, str) else show(value).removeprefix("the number ") for value in values[:most]
    )
    return text if len(values) <= most else f"{text}, … ({len(values)} in all)"


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The most similar of `words`, if any is. No guess where comparing would keep other requests waiting."""
    word = word[:LONGEST_GUESS].casefold()
    folded = {each.casefold(): each for each in words if abs(len(each) - len(word)) <= len(word) // 2 + 1}
    if len(folded) > MOST_GUESSES:
        folded = {each: as_is for each, as_is in folded.items() if each[:1] == word[:1]}
    if len(folded) > MOST_GUESSES:
        return None
    found = difflib.get_close_matches(word, folded, 1)
    return folded[found[0]] if found else None


def _number(column: Column) -> Check:
    instead = "Send null where it is not known." if column.missing else "Send a number."

    def check(value: Any) -> Fault | None:
        if type(value) is float:
            return None
        if type(value) is int:
            return _exact(value)
        return f"must be a number, not {show(value)}", _unquoted(value) or instead

    return check


def _exact(value: int) -> Fault | None:
    return None if -EXACT <= value <= EXACT else (f"is too large to be exact: {value}", EXACT_FIX)


def _unquoted(value: Any) -> str | None:
    """How to send a number that came as a text."""
    try:
        return (
            f"Send it without quotes: {value.strip()}" if math.isfinite(float(value)) and type(value) is str else None
        )
    except (TypeError, ValueError):
        return None


def _text(_: Column) -> Check:
    def check(value: Any) -> Fault | None:
        return None if type(value) is str else (f"must be a text, not {show(value)}", "Send it in quotes.")

    return check


def _boolean(_: Column) -> Check:
    def check(value: Any) -> Fault | None:
        return None if type(value) is bool else (f"must be true or false, not {show(value)}", "Send true or false.")

    return check


def _category(column: Column) -> Check:
    """Of the type its known categories have; one of them, where the model fails on others."""
    if not column.categories:
        return _scalar
    if all(type(category) is bool for category in column.categories):
        of_type = _boolean(column)
    elif any(type(category) is str for category in column.categories):
        of_type = _text(column)
    else:
        of_type = _number(column)
    allowed = frozenset(column.categories)

    def check(value: Any) -> Fault | None:
        if (fault := of_type(value)) is not None or not column.closed or value in allowed:
            return fault
        guess = nearest(value, (each for each in allowed if isinstance(each, str))) if type(value) is str else None
        return (
            f"must be one of {listed(column.categories)}, not {show(value)}",
            f'Did you mean "{guess}"?' if guess else "The model was not trained on any other value.",
        )

    return check


def _scalar(value: Any) -> Fault | None:
    if type(value) is int:
        return _exact(value)
    if type(value) in (str, float, bool):
        return None
    return f"must be a text or a number, not {show(value)}", "Send one value."


def _or_missing(check: Check) -> Check:
    return lambda value: None if value is None else check(value)


KINDS: dict[str, Callable[[Column], Check]] = {
    "number": _number,
    "text": _text,
    "boolean": _boolean,
    "category": _category,
}
