"""A live value as the Python that makes it anew."""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import functools
import logging
import math
import pathlib
import re
import sys
import uuid
from collections import Counter, OrderedDict, defaultdict, deque
from types import ModuleType
from typing import Any, Protocol

MOST_TEXT = 10_000
"""Characters a constant may take in the module: a table that a person wrote is shorter."""
MOST_NUMBERS = 1_000
"""Numbers an array may hold."""
_WIDTH = 110


class NotPlainError(Exception):
    """The value is no plain constant. `value` is the part of it that is not; `reason` says why, as the end of a sentence."""

    def __init__(self, value: object, reason: str = "") -> None:
        super().__init__(reason)
        self.value = value
        self.reason = reason


class References(Protocol):
    """How the text of a constant names what is not plain: modules, and classes and functions."""

    def module(self, name: str) -> str:
        """The name an imported module goes by."""
        ...

    def definition(self, value: Any) -> str:
        """The name a class or function goes by. Raises NotPlainError where it has none."""
        ...


def expression(value: Any, names: References) -> str:
    """Python that yields an equal value. Raises NotPlainError where there is none, or where it is too long."""
    text = _text(value, names, ())
    if len(text) > MOST_TEXT:
        raise NotPlainError(value, f"is {len(text):,} characters long when written down; {MOST_TEXT:,} are the most")
    if len(text) <= _WIDTH or "\n" in text:
        return text
    if type(value) is dict:
        items = [f"{_text(key, names, ())}: {_text(one, names, ())}" for key, one in value.items()]
        return "\n".join(["{", *(f"    {item}," for item in items), "}"])
    if type(value) in (list, tuple, set):
        opening, closing = ("[", "]") if type(value) is list else ("(", ")") if type(value) is tuple else ("{", "}")
        return "\n".join([opening, *(f"    {_text(one, names, ())}," for one in value), closing])
    return text


def _text(value: Any, names: References, around: tuple[int, ...]) -> str:
    if id(value) in around:
        raise NotPlainError(value, "holds itself")
    if len(around) > 50:
        raise NotPlainError(value, "is nested too deeply")
    within = (*around, id(value))

    def inner(part: Any) -> str:
        return _text(part, names, within)

    kind = type(value)
    if (
        value is None
        or value is Ellipsis
        or value is NotImplemented
        or kind in (bool, int, str, bytes, bytearray, range)
    ):
        return repr(value)
    if kind is float:
        return repr(value) if math.isfinite(value) else f'float("{value}")'
    if kind is complex:
        return f"complex({inner(value.real)}, {inner(value.imag)})"
    if kind in (list, tuple, set, frozenset, dict) and len(value) > MOST_TEXT:
        raise NotPlainError(value, f"holds {len(value):,} values")
    if kind is list:
        return f"[{', '.join(map(inner, value))}]"
    if kind is tuple:
        return f"({', '.join(map(inner, value))}{',' if len(value) == 1 else ''})"
    if kind is set:
        return f"{{{', '.join(sorted(map(inner, value)))}}}" if value else "set()"
    if kind is frozenset:
        return f"frozenset({{{', '.join(sorted(map(inner, value)))}}})" if value else "frozenset()"
    if kind is dict:
        return f"{{{', '.join(f'{inner(key)}: {inner(one)}' for key, one in value.items())}}}"
    if kind is slice:
        return f"slice({inner(value.start)}, {inner(value.stop)}, {inner(value.step)})"
    if (text := _of_library(value, kind, names, inner)) is not None:
        return text
    if isinstance(value, ModuleType):
        return names.module(value.__name__)
    return names.definition(value)


def _of_library(value: Any, kind: type, names: References, inner: Any) -> str | None:
    """Values of the standard library, and small ones of numpy; None where it is none of them."""
    if kind in (datetime.date, datetime.time, datetime.datetime, datetime.timedelta, datetime.timezone):
        if not isinstance(getattr(value, "tzinfo", None), datetime.timezone | None):
            raise NotPlainError(value, "is of a time zone with rules of its own")
        return repr(value).replace("datetime.", f"{names.module('datetime')}.")
    if kind in (OrderedDict, Counter):
        return f"{names.module('collections')}.{kind.__name__}({inner(dict(value))})"
    if kind is deque:
        return f"{names.module('collections')}.deque({inner(list(value))}, {value.maxlen})"
    if kind is defaultdict:
        return f"{names.module('collections')}.defaultdict({inner(value.default_factory)}, {inner(dict(value))})"
    if kind is decimal.Decimal:
        return f'{names.module("decimal")}.Decimal("{value}")'
    if kind is fractions.Fraction:
        return f"{names.module('fractions')}.Fraction({value.numerator}, {value.denominator})"
    if kind is uuid.UUID:
        return f'{names.module("uuid")}.UUID("{value}")'
    if isinstance(value, pathlib.PurePath):
        return (
            f"{names.module('pathlib')}.{'Path' if isinstance(value, pathlib.Path) else kind.__name__}({str(value)!r})"
        )
    if kind is re.Pattern:
        flags = value.flags & ~(re.UNICODE if isinstance(value.pattern, str) else 0)
        return f"{names.module('re')}.compile({value.pattern!r}{f', {int(flags)}' if flags else ''})"
    if isinstance(value, enum.Enum):
        named = value.name in type(value).__members__
        return f"{names.definition(kind)}.{value.name}" if named else f"{names.definition(kind)}({inner(value.value)})"
    if isinstance(value, logging.Logger):
        return f"{names.module('logging')}.getLogger({value.name!r})"
    if kind is functools.partial:
        parts = [
            inner(value.func),
            *map(inner, value.args),
            *(f"{key}={inner(one)}" for key, one in value.keywords.items()),
        ]
        return f"{names.module('functools')}.partial({', '.join(parts)})"
    if isinstance(value, tuple) and hasattr(kind, "_fields"):
        return f"{names.definition(kind)}({', '.join(map(inner, value))})"
    return _of_numpy(value, kind, names, inner)


def _of_numpy(value: Any, kind: type, names: References, inner: Any) -> str | None:
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return None
    if isinstance(value, numpy.dtype) and value.names is None:
        return f'{names.module("numpy")}.dtype("{value.str}")'
    if isinstance(value, numpy.generic) and value.dtype.kind in "biufc":
        return f"{names.module('numpy')}.{kind.__name__}({inner(value.item())})"
    if isinstance(value, numpy.generic) and value.dtype.kind in "mM":
        unit = numpy.datetime_data(value.dtype)[0]
        return f"{names.module('numpy')}.{kind.__name__}({value.astype('int64').item()}, {unit!r})"
    if kind is numpy.ndarray:
        if value.dtype.kind not in "biufcUS":
            raise NotPlainError(value, f"is an array of {value.dtype}")
        if value.size > MOST_NUMBERS:
            raise NotPlainError(value, f"is an array of {value.size:,} values; {MOST_NUMBERS:,} are the most")
        data = inner(value.tolist())
        shaped = f".reshape({value.shape!r})" if 0 in value.shape else ""
        return f'{names.module("numpy")}.array({data}, dtype="{value.dtype.str}"){shaped}'
    return None
