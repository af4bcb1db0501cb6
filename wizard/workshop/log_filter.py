"""Cloud Logging's filter language, as far as filters about a service's containers go: comparisons, AND, OR, NOT, parentheses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from wizard.workshop.api_error import ApiError, Code

Fields = Mapping[str, str]
"""An entry's fields by path, e.g. resource.labels.service_name."""
Predicate = Callable[[Fields], bool]

SEVERITIES: Final = ("DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY")
_TOKEN = re.compile(r'\s*(?:(?P<sign>>=|<=|!=|=~|!~|[=<>:()])|(?P<text>"(?:[^"\\]|\\.)*")|(?P<word>[^\s=<>!:()"]+))')
_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)")


def parse(text: str) -> Predicate:
    """What the filter asks of an entry. Raises ApiError INVALID_ARGUMENT for what it cannot read."""
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[tuple[str, str]] = []
        at = 0
        text = text.rstrip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise self._unreadable()
            kind = found.lastgroup or ""
            self._tokens.append((kind, found[kind]))
            at = found.end()
        self._tokens.reverse()

    def whole(self) -> Predicate:
        if not self._tokens:
            return lambda fields: True
        predicate = self._either()
        if self._tokens:
            raise self._unreadable()
        return predicate

    def _either(self) -> Predicate:
        predicates = [self._all()]
        while self._word("OR"):
            predicates.append(self._all())
        return predicates[0] if len(predicates) == 1 else lambda fields: any(each(fields) for each in predicates)

    def _all(self) -> Predicate:
        predicates = [self._one()]
        while self._tokens and self._tokens[-1] != ("sign", ")") and self._tokens[-1] != ("word", "OR"):
            self._word("AND")
            predicates.append(self._one())
        return predicates[0] if len(predicates) == 1 else lambda fields: all(each(fields) for each in predicates)

    def _one(self) -> Predicate:
        if self._word("NOT"):
            negated = self._one()
            return lambda fields: not negated(fields)
        kind, token = self._next()
        if (kind, token) == ("sign", "("):
            inner = self._either()
            if self._next() != ("sign", ")"):
                raise self._unreadable()
            return inner
        if kind == "sign":
            raise self._unreadable()
        name = _plain(kind, token)
        if not self._tokens or self._tokens[-1][0] != "sign" or self._tokens[-1][1] in "()":
            return lambda fields: name in fields.get("textPayload", "")  # a word alone is looked for in the text
        return _comparison(name, self._next()[1], _plain(*self._next()))

    def _word(self, word: str) -> bool:
        if self._tokens and self._tokens[-1] == ("word", word):
            self._tokens.pop()
            return True
        return False

    def _next(self) -> tuple[str, str]:
        if not self._tokens:
            raise self._unreadable()
        return self._tokens.pop()

    def _unreadable(self) -> ApiError:
        return ApiError(Code.INVALID_ARGUMENT, f"Unparseable filter: {self._text!r}")


def _plain(kind: str, token: str) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1]) if kind == "text" else token


def _comparison(name: str, sign: str, value: str) -> Predicate:
    match sign:
        case "=":
            return lambda fields: fields.get(name, "") == value
        case "!=":
            return lambda fields: fields.get(name, "") != value
        case ":":
            return lambda fields: value in fields.get(name, "")
        case "=~" | "!~":
            wanted = sign == "=~"
            try:
                pattern = re.compile(value)
            except re.error as error:
                raise ApiError(Code.INVALID_ARGUMENT, f"Unparseable regular expression {value!r}: {error}") from None
            return lambda fields: (pattern.search(fields.get(name, "")) is not None) is wanted
    limit = _rank(name, value)
    match sign:
        case ">=":
            return lambda fields: _rank(name, fields.get(name, "")) >= limit
        case "<=":
            return lambda fields: _rank(name, fields.get(name, "")) <= limit
        case ">":
            return lambda fields: _rank(name, fields.get(name, "")) > limit
        case _:
            return lambda fields: _rank(name, fields.get(name, "")) < limit


def _rank(name: str, value: str) -> tuple[float, str]:
    """What to order by: severities by weight, times by time, the rest as text."""
    if name == "severity":
        return (float(SEVERITIES.index(value.upper())) if value.upper() in SEVERITIES else 0.0, "")
    found = _RFC3339.fullmatch(value)
    if found:
        zone = "+00:00" if found[3] == "Z" else found[3]
        return datetime.fromisoformat(found[1] + zone).timestamp() + float(f"0.{found[2] or 0}"), ""
    return 0.0, value
