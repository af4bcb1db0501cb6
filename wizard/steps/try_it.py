"""A form to try a service with, made from its bundle: a field a column, filled with the sample request."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from wizard.errors import BundleError, TargetError
from wizard.plan.problem import Problem
from wizard.printable import one_line
from wizard.steps.answers import Answers
from wizard.steps.fields import Choice, Field, Inferred, Kind, Step
from wizard.steps.session import Session

STEP = "row"
_AT_A_GLANCE = 24
"""Columns shown at once; those behind are there for who asks for all."""
_MOST_CHOICES = 200
_SHOWN = 8
"""Categories that are named in a sentence."""


@dataclass(frozen=True, slots=True)
class _Column:
    """One input of the model, as service.json tells it."""

    number: int
    """From 0."""
    name: str | None
    kind: str
    example: Any
    categories: tuple[Any, ...] = ()
    closed: bool = False
    """No other category is accepted."""
    missing: bool = False
    """It may be null."""
    integer: bool = False
    minimum: float | None = None
    maximum: float | None = None

    @property
    def field(self) -> str:
        """Name of its field: names of columns may be anything, and twice the same."""
        return f"column.{self.number}"

    @property
    def label(self) -> str:
        return one_line(self.name) if self.name else f"Input {self.number + 1}"


class TryIt:
    """One request in the making. `session` has one step, with a field for each column; `body()` is the request as it stands."""

    def __init__(self, bundle_folder: Path | str) -> None:
        """Raises BundleError where the folder is no bundle Sendoff wrote."""
        folder = Path(bundle_folder)
        service, sample = _read(folder, "service.json"), _read(folder, "sample.json")
        try:
            features = sample["features"]
            self._named = isinstance(features, Mapping)
            self._columns = _columns(service["input"]["columns"], features)
            self.name = str(service["name"])
            proba = bool(service["output"]["proba"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _no_bundle(folder, f"service.json and sample.json do not fit together: {_said(error)}.") from error
        self.paths: tuple[str, ...] = ("/predict", "/predict_proba") if proba else ("/predict",)
        """What can be asked: /predict, and /predict_proba where the model has probabilities."""
        self.session = Session(
            [
                Step(
                    STEP,
                    "Try it",
                    "One row for the model. What is filled in is the sample request, as it lies in the bundle.",
                    tuple(map(_field, self._columns)),
                )
            ]
        )

    def body(self) -> dict[str, Any]:
        """The request. An input that is empty is null; one that cannot be read is sent as it was typed, for the service to
        say what is wrong with it."""
        views = {view.field.name: view for view in self.session.view(STEP).fields}
        row = [_value(column, views[column.field].value, views[column.field].raw) for column in self._columns]
        if self._named:
            return {"features": {str(column.name): value for column, value in zip(self._columns, row, strict=True)}}
        return {"features": row}

    def close(self) -> None:
        """End the session."""
        self.session.close()


EMPTY: Mapping[str, Any] = {"features": []}
"""A request to begin with where there is no form."""


def form_of(bundle_folder: Path | str) -> TryIt | BundleError:
    """The form, or why there is none: JSON can be sent all the same."""
    try:
        return TryIt(bundle_folder)
    except BundleError as error:
        return error


def request_of(text: str) -> Mapping[str, Any]:
    """A request written as JSON. Raises TargetError where it is none."""
    try:
        body = json.loads(text, parse_constant=_no_json)
    except ValueError as error:
        raise TargetError("This is no JSON.", f"{error}.", "null stands for a missing value.") from None
    except RecursionError:
        raise TargetError("This JSON is nested too deep.", "", "Send less at once.") from None
    if not isinstance(body, dict):
        raise TargetError("This is JSON, but no request.", "", 'A request is an object: {"features": …}.')
    return body


def _no_json(word: str) -> None:
    """NaN and Infinity, which Python's parser takes for JSON."""
    raise ValueError(f"{word} is no JSON")


def _read(folder: Path, name: str) -> dict[str, Any]:
    try:
        data = json.loads((folder / name).read_text(encoding="utf-8"))
    except OSError as error:
        raise _no_bundle(folder, f"{name} cannot be read: {error.strerror or error}.") from error
    except ValueError as error:
        raise _no_bundle(folder, f"{name} is no JSON.") from error
    if not isinstance(data, dict):
        raise _no_bundle(folder, f"{name} holds no object.")
    return data


def _no_bundle(folder: Path, why: str) -> BundleError:
    return BundleError(
        f"There is no form for the service: {folder} is no whole bundle.",
        why,
        "Make the bundle again with `sendoff bundle`, or send JSON of your own.",
    )


def _said(error: Exception) -> str:
    return f"{type(error).__name__} {error}".strip()


def _columns(told: Sequence[Mapping[str, Any]], features: Mapping[str, Any] | Sequence[Any]) -> tuple[_Column, ...]:
    """The columns with what the sample has for them; where the model tells none, one for each value of the sample."""
    values = list(features.values()) if isinstance(features, Mapping) else list(features)
    names = list(features) if isinstance(features, Mapping) else [None] * len(values)
    if told and len(told) != len(values):
        raise ValueError(f"{len(told)} columns, and {len(values)} values in the sample")
    known = told or [{"kind": "number" if isinstance(value, int | float) else "text"} for value in values]
    return tuple(
        _Column(
            number=number,
            name=column.get("name") or name,
            kind=str(column["kind"]),
            example=value,
            categories=tuple(column.get("categories", ())),
            closed=bool(column.get("closed")),
            missing=bool(column.get("missing")),
            integer=bool(column.get("integer")),
            minimum=column.get("minimum"),
            maximum=column.get("maximum"),
        )
        for number, (column, name, value) in enumerate(zip(known, names, values, strict=True))
    )


def _field(column: _Column) -> Field:
    kind, choices = _kind(column)
    example = _shown(column.example) if kind is Kind.CHOICE else column.example
    return Field(
        name=column.field,
        label=column.label,
        why=_why(column),
        kind=kind,
        required=not column.missing,
        advanced=column.number >= _AT_A_GLANCE,
        default=Inferred(example, "From the sample request.", "file"),
        choices=choices,
        check=partial(_check, column),
    )


def _kind(column: _Column) -> tuple[Kind, tuple[Choice, ...]]:
    if column.categories and column.closed and len(column.categories) <= _MOST_CHOICES:
        return Kind.CHOICE, tuple(Choice(_shown(category)) for category in column.categories)
    if column.kind == "boolean":
        # A tick has two states, and a value that may be missing three.
        return (Kind.CHOICE, (Choice("true"), Choice("false"))) if column.missing else (Kind.BOOL, ())
    numbers = column.kind == "number" or (column.categories and all(map(_is_number, column.categories)))
    return (Kind.NUMBER if numbers else Kind.TEXT), ()


def _why(column: _Column) -> str:
    parts = []
    if column.categories:
        listed = ", ".join(one_line(_shown(category)) for category in column.categories[:_SHOWN])
        more = ", …" if len(column.categories) > _SHOWN else ""
        parts.append(f"{'One of' if column.closed else 'Seen in training'}: {listed}{more}.")
    elif column.minimum is not None and column.maximum is not None:
        parts.append(f"Seen in training: {column.minimum:g} to {column.maximum:g}.")
    else:
        kinds = {"number": "A number.", "boolean": "Yes or no.", "text": "Text.", "category": "A category."}
        parts.append("A whole number." if column.integer else kinds.get(column.kind, "A value."))
    if column.missing:
        parts.append("May be left empty.")
    return " ".join(parts)


def _check(column: _Column, value: Any, _answers: Answers) -> Problem | None:
    if column.integer and isinstance(value, float) and not value.is_integer():
        return Problem(
            column.field,
            f"{column.label} is a whole number, and {value} is none.",
            "The model was trained with whole numbers.",
            f"The nearest is {round(value)}.",
            round(value),
        )
    return None


def _value(column: _Column, value: Any, raw: Any) -> Any:
    """What is sent for a column."""
    if value is None:
        return raw or None
    for category in column.categories:
        if _shown(category) == _shown(value):
            return category
    if column.kind == "boolean" and isinstance(value, str):
        return {"true": True, "false": False}.get(value, value)
    if column.kind == "number" and isinstance(value, int) and isinstance(column.example, float):
        return float(value)
    return value


def _shown(value: Any) -> str:
    """A category as it stands in a list of choices."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
