"""From what a control holds to a value, and back: the forms that `Kind` describes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from wizard.printable import one_line
from wizard.steps import refusals
from wizard.steps.fields import Field, Kind

if TYPE_CHECKING:
    from wizard.plan.problem import Problem

LONGEST = 10_000
"""Characters of one text. No answer is longer; what is longer was pasted by mistake, and would make every screen slow."""
MOST_ROWS = 1_000
LISTS = frozenset({Kind.LINES, Kind.PAIRS, Kind.REQUIREMENTS})
TYPED = frozenset(Kind) - {Kind.BOOL, Kind.CHOICE}
"""Kinds that are typed letter by letter, so that a pause is waited for before anything slow is asked."""
_NUMBER = re.compile(r"[+-]?\d{1,18}(?P<decimal>(?:\.\d{1,24})?(?:[eE][+-]?\d{1,3})?)")
_YES, _NO = frozenset({"yes", "y", "true", "on", "1"}), frozenset({"no", "n", "false", "off", "0", ""})


class Hidden(str):
    """A secret: a text that its own repr does not tell."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'•••'"


@dataclass(frozen=True, slots=True)
class Parsed:
    """What the person gave, as it was typed and as it was read."""

    raw: Any
    value: Any = None
    """None where there is none, or it cannot be parsed; an empty tuple or dict for empty lists."""
    problems: tuple[Problem, ...] = ()
    rows: tuple[int, ...] = ()
    """For lists: the row of `raw` that each row of `value` stands in; empty rows are in `raw` only."""
    refused: bool = False
    """Too much to be kept: `raw` is empty."""


def is_empty(value: Any) -> bool:
    return value is None or value == "" or value == () or value == {}


def raw_form(kind: Kind, raw: Any) -> Any:
    """What was given, in the form the kind has. Raises TypeError where it can be none."""
    if kind is Kind.BOOL:
        if isinstance(raw, str) and raw.strip().lower() in _YES | _NO:
            return raw.strip().lower() in _YES
        if raw is None or isinstance(raw, bool):
            return bool(raw)
        raise TypeError(f"yes or no, not {type(raw).__name__}")
    if kind in LISTS:
        if raw is None:
            return ()
        if isinstance(raw, str):
            return tuple(raw.splitlines())
        if isinstance(raw, Sequence) and all(isinstance(row, str) for row in raw):
            return tuple(raw)
        raise TypeError(f"several texts, not {type(raw).__name__}")
    if raw is None:
        return ""
    if isinstance(raw, PathLike):
        raw = fspath(raw)
    if isinstance(raw, str):
        return Hidden(raw) if kind is Kind.SECRET else str(raw)
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return str(raw)
    raise TypeError(f"a text, not {type(raw).__name__}")


def parse(field: Field, raw: Any) -> Parsed:
    """Read what the person gave; `raw` is in the form that `raw_form` returns."""
    if field.kind is Kind.BOOL:
        return Parsed(raw, raw)
    if field.kind in LISTS:
        return _rows(field, raw)
    if len(raw) > LONGEST:
        return Parsed(raw_form(field.kind, ""), None, (refusals.too_long(field, len(raw), LONGEST),), refused=True)
    text = raw.strip()
    if not text:
        return Parsed(raw)
    if not _seen(text):
        return Parsed(raw, None, (refusals.unprintable(field, field.name, text),))
    if field.kind is Kind.NUMBER:
        return _number(field, raw, text)
    if field.kind is Kind.SIZE:
        from wizard.plan.quantities import parse_bytes

        try:
            return Parsed(raw, parse_bytes(text))
        except ValueError:
            return Parsed(raw, None, (refusals.no_size(field, text),))
    return Parsed(raw, Hidden(text) if field.kind is Kind.SECRET else text)


def value_form(kind: Kind, value: Any) -> Any:
    """A default in the form that a parsed value of the kind has."""
    if isinstance(value, Enum):
        value = value.value
    if kind is Kind.BOOL:
        return bool(value)
    if value is None:
        return None
    if kind is Kind.PAIRS:
        pairs = value.items() if isinstance(value, Mapping) else (row.split("=", 1) for row in value)
        return {str(name): str(text) for name, text in pairs}
    if kind in LISTS:
        return (value,) if isinstance(value, str) else tuple(str(row) for row in value)
    if kind is Kind.NUMBER:
        return _as_number(value) if isinstance(value, str) else value
    if kind is Kind.SIZE:
        from wizard.plan.quantities import parse_bytes

        return parse_bytes(value)
    return Hidden(value) if kind is Kind.SECRET else str(value)


def shown(kind: Kind, value: Any) -> Any:
    """The raw form of a value: what the control shows of a default."""
    if kind is Kind.BOOL:
        return bool(value)
    if kind in LISTS:
        if isinstance(value, Mapping):
            return tuple(f"{name}={text}" for name, text in value.items())
        return tuple(value or ())
    if value is None:
        return ""
    if kind is Kind.SIZE:
        from wizard.plan.quantities import format_bytes

        return format_bytes(value)
    return value if isinstance(value, str) else str(value)


def _rows(field: Field, raw: tuple[str, ...]) -> Parsed:
    longest = max(map(len, raw), default=0)
    if longest > LONGEST:
        return Parsed((), None, (refusals.too_long(field, longest, LONGEST),), refused=True)
    if len(raw) > MOST_ROWS:
        return Parsed((), None, (refusals.too_many(field, len(raw), MOST_ROWS),), refused=True)
    filled = [(row, text.strip()) for row, text in enumerate(raw) if text.strip()]
    problems = [refusals.unprintable(field, f"{field.name}.{row}", text) for row, text in filled if not _seen(text)]
    rows = tuple(row for row, _ in filled)
    if field.kind is Kind.PAIRS:
        value, wrong = _pairs(field, filled)
        problems += wrong
    else:
        value = tuple(text for _, text in filled)
    return Parsed(raw, None if problems else value, tuple(problems), rows)


def _pairs(field: Field, filled: Iterable[tuple[int, str]]) -> tuple[Any, list[Problem]]:
    pairs: dict[str, str] = {}
    first: dict[str, int] = {}
    wrong: list[Problem] = []
    for row, text in filled:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not name or not equals:
            wrong.append(refusals.no_pair(field, row, text))
        elif name in pairs:
            wrong.append(refusals.pair_twice(field, row, name, first[name]))
        else:
            pairs[name], first[name] = value.strip(), row
    return pairs, wrong


def _number(field: Field, raw: str, text: str) -> Parsed:
    try:
        return Parsed(raw, _as_number(text))
    except ValueError:
        try:
            nearest = _as_number(text.replace(",", ".", 1))
        except ValueError:
            nearest = None
        return Parsed(raw, None, (refusals.no_number(field, text, nearest),))


def _as_number(text: str) -> int | float:
    match = _NUMBER.fullmatch(text.strip())
    if match is None or math.isinf(float(match[0])):
        raise ValueError("not a number")
    return float(match[0]) if match["decimal"] else int(match[0])


def _seen(text: str) -> bool:
    """Whether the text is one line of characters that are seen, and can be written to a file."""
    return one_line(text) == text and not any("\ud800" <= letter <= "\udfff" for letter in text)
