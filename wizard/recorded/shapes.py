"""What the text of recorded answers must look like. Every function raises ValueError with a sentence that says what is wrong.

The file may come from anybody: nothing in it is believed before it was looked at.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from wizard.inspection.inspection import Column, Kind
from wizard.printable import one_line
from wizard.rehearsal.parity_set import ParitySet
from wizard.rehearsal.rows import Row

_DIGEST = re.compile(r"[0-9a-f]{64}")
_LONGEST_REFERENCE = 200
"""Characters: it is part of a sentence."""


def entries_in(text: str | bytes) -> Mapping[str, Any]:
    """The outermost mapping of a JSON text."""
    try:
        data = json.loads(text, parse_constant=_no_such_number)
    except json.JSONDecodeError as error:
        raise ValueError(f"It is no JSON: line {error.lineno}, {error.msg}.") from None
    except UnicodeDecodeError:
        raise ValueError("It is no text.") from None
    if not isinstance(data, dict):
        raise ValueError("It is JSON, but of something else.")
    return data


def digest_in(data: Mapping[str, Any]) -> str:
    """The digest of the model file."""
    digest = data.get("model_sha256")
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise ValueError("model_sha256 is no SHA-256 in small hexadecimal digits.")
    return digest


def columns_in(data: Mapping[str, Any]) -> tuple[Column, ...]:
    """What the sample says about the inputs."""
    columns = data.get("columns")
    if not isinstance(columns, list):
        raise ValueError("columns is no list.")
    found = tuple(_column(entry, f"columns[{at}]") for at, entry in enumerate(columns))
    names = [column.name for column in found if column.name is not None]
    if len(set(names)) != len(names):
        raise ValueError("Two columns have the same name.")
    return found


def _column(entry: Any, where: str) -> Column:
    if not isinstance(entry, dict) or not entry.keys() <= Column.__dataclass_fields__.keys():
        raise ValueError(f"{where} does not describe a column.")
    name, categories = entry.get("name"), entry.get("categories", [])
    if not isinstance(name, str | None):
        raise ValueError(f"{where}.name is no text.")
    if entry.get("kind", "number") not in list(Kind):
        raise ValueError(f"{where}.kind is none of {', '.join(Kind)}.")
    if not isinstance(categories, list) or not all(_scalar(one) for one in categories):
        raise ValueError(f"{where}.categories is no list of values.")
    for flag in ("closed", "missing", "integer"):
        if not isinstance(entry.get(flag, False), bool):
            raise ValueError(f"{where}.{flag} is neither true nor false.")
    for bound in ("minimum", "maximum"):
        if entry.get(bound) is not None and not _number(entry[bound]):
            raise ValueError(f"{where}.{bound} is no number.")
    if entry.get("example") is not None and not _scalar(entry["example"]):
        raise ValueError(f"{where}.example is no value.")
    return Column(**{**entry, "kind": Kind(entry.get("kind", "number")), "categories": tuple(categories)})


def answers_in(data: Mapping[str, Any], columns: tuple[Column, ...]) -> ParitySet:
    """The rows with their answers; each row has as many values as there are columns, where there are any."""
    reference, tolerance = data.get("reference"), data.get("tolerance")
    if not isinstance(reference, str) or not 0 < len(reference) <= _LONGEST_REFERENCE:
        raise ValueError("reference does not say in a few words where the answers come from.")
    if not isinstance(tolerance, int | float) or not _number(tolerance) or tolerance < 0:
        raise ValueError("tolerance is no number from 0 on.")
    rows = data.get("rows")
    if not isinstance(rows, list) or not rows:
        raise ValueError("rows is no list of rows.")
    probabilities = data.get("probabilities")
    return ParitySet(
        rows=tuple(_row(row, columns, f"rows[{at}]") for at, row in enumerate(rows)),
        predictions=_answers(data.get("predictions"), "predictions", len(rows)),
        probabilities=None if probabilities is None else _answers(probabilities, "probabilities", len(rows)),
        reference=one_line(reference),
        tolerance=tolerance,
    )


def _row(row: Any, columns: tuple[Column, ...], where: str) -> Row:
    if isinstance(row, str):
        return row
    cells = row.values() if isinstance(row, dict) else row
    if not isinstance(row, dict | list) or not row or not all(cell is None or _scalar(cell) for cell in cells):
        raise ValueError(f"{where} is no row: a list of plain values, values by column name, or one text.")
    if columns and len(row) != len(columns):
        raise ValueError(f"{where} has {len(row)} values, and there are {len(columns)} columns.")
    if isinstance(row, dict):
        if columns and row.keys() != {column.name for column in columns}:
            raise ValueError(f"{where} names other columns than there are.")
        return row
    return tuple(row)


def _answers(answers: Any, name: str, count: int) -> tuple[Any, ...]:
    if not isinstance(answers, list) or len(answers) != count:
        raise ValueError(f"{name} is no list with one answer for each of {count} rows.")
    for at, answer in enumerate(answers):
        if not _answer(answer):
            raise ValueError(f"{name}[{at}] is no answer: a value, or a list of them.")
    return tuple(answers)


def _answer(answer: Any) -> bool:
    return all(_answer(part) for part in answer) if isinstance(answer, list) else _scalar(answer)


def _scalar(value: Any) -> bool:
    return isinstance(value, str | bool) or _number(value)


def _number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond every float
        return False


def _no_such_number(name: str) -> NoReturn:
    raise ValueError(f"It holds {name}, which is no number of JSON.")
