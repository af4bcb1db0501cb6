"""A person's sample: some rows of it as plain data, what they say about the inputs, and the same rows to ask the model with."""

from __future__ import annotations

import difflib
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_ext.capture.cells import described, plain
from jupyter_ext.capture.errors import CaptureError
from jupyter_ext.capture.table import Table, Wanted, table_of, wanted_by
from wizard.inspection.inspection import Column, Kind
from wizard.rehearsal.rows import SEED, Cell, Row

LIMIT = 64
"""Rows that are recorded. They tell two models apart, and a request with all of them is small."""
_MOST_CELLS = 200_000
"""Values that are recorded at most: a few MiB. Of very wide data there are fewer rows."""
_FACT_ROWS = 10_000
_FACT_CELLS = 500_000
"""As many rows and values at most are looked at to describe the columns: under a second."""
_NAMED = 5
"""Names in a sentence, at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Rows a person has handed over, or some of them."""

    rows: tuple[Row, ...]
    """Values in the order of `columns`, or one text each. Plain JSON data, every number finite."""
    columns: tuple[Column, ...]
    """What all rows show, not only those drawn; as far as they were looked at."""
    data: Any
    """The same rows in the form they were given in: what the model is asked with."""
    given: int
    """How many rows there were."""
    notices: tuple[str, ...] = ()
    """What the person should know, a sentence each."""


def sample_of(given: Any, model: Any, *, limit: int = LIMIT, seed: int = SEED) -> Sample:
    """The sample: at most `limit` rows, the first and others drawn with `seed`, so that the same data gives the same rows.

    Rows that no JSON request can carry (infinite numbers) are left out. Raises CaptureError where it has no rows, holds values
    that are no plain data, or has other columns than the model says it was fitted with.
    """
    wanted = wanted_by(model)
    table = table_of(given, wanted)
    if table.count == 0:
        raise CaptureError(
            "The sample has no rows.",
            f"It is an empty {type(given).__name__}.",
            "Give some rows of the data the model was tested with: sample=X_test",
        )
    width = len(table.cells([0])[0])
    limit = max(1, min(limit, _MOST_CELLS // max(width, 1)))
    check_columns(table.names, width, wanted)
    names = table.names or (None,) * width
    chosen = _drawn(table.count, limit, seed)
    seen = _spread(table.count, min(_FACT_ROWS, _FACT_CELLS // max(width, 1)))
    facts = _plain_rows(table, sorted({*seen, *chosen}), names)
    columns = tuple(
        described(name, [row[at] for row in facts], table.declared.get(at)) for at, name in enumerate(names)
    )
    if table.texts:
        columns = (Column(None, Kind.TEXT, example=columns[0].example),)
    rows = _plain_rows(table, chosen, names)
    kept = [at for at, row in enumerate(rows) if all(map(_sendable, row))]
    if not kept:
        raise CaptureError(
            "Every row of the sample has an infinite number in it.",
            "A request is JSON, which has no infinite numbers.",
            "Give rows without them, or with None where the model takes missing values.",
        )
    notices = _about_times(table.cells(chosen), rows, names)
    if len(kept) < len(rows):
        left = len(rows) - len(kept)
        notices.append(
            f"{left} {'row' if left == 1 else 'rows'} of the sample had infinite numbers, which no JSON request can carry, and "
            f"{'was' if left == 1 else 'were'} left out."
        )
    plain_rows: tuple[Row, ...] = tuple(str(rows[at][0]) if table.texts else tuple(rows[at]) for at in kept)
    return Sample(plain_rows, columns, table.pick([chosen[at] for at in kept]), table.count, tuple(notices))


def check_columns(names: Sequence[str] | None, width: int, wanted: Wanted) -> None:
    """Raise CaptureError where the columns are not those that the model was fitted with."""
    if names is not None and wanted.names is not None:
        _check_names(names, wanted.names)
    elif wanted.count is not None and width != wanted.count:
        raise CaptureError(
            f"The sample has {_counted(width)}, and the model was fitted with {wanted.count}.",
            _listed("The model's are", wanted.names) if wanted.names else "",
            "Give the inputs as the model was fitted with, without the column it predicts.",
        )


def _check_names(names: Sequence[str], wanted: Sequence[str]) -> None:
    double = next((name for at, name in enumerate(names) if name in names[:at]), None)
    missing = [name for name in wanted if name not in set(names)]
    extra = [name for name in names if name not in set(wanted)]
    fix = "Take the model's columns in its order: sample[list(model.feature_names_in_)]"
    if double is not None:
        what = "The sample has two columns of the same name."
        raise CaptureError(what, f"There is more than one {double!r}.", "Rename one of them, or drop it.")
    if missing:
        near = {name: found[0] for name in missing if (found := difflib.get_close_matches(name, extra, 1, 0.6))}
        why = [_listed("It lacks", missing)]
        if strange := [name for name in extra if name not in near.values()]:
            why.append(_listed("The model does not know", strange))
        fix = "Give rows that have every column the model was fitted with."
        if near:
            spelled = ", ".join(f"{have!r}: {name!r}" for name, have in list(near.items())[:_NAMED])
            fix = f"Is it a matter of spelling? sample.rename(columns={{{spelled}}})"
        raise CaptureError("The sample lacks columns that the model was fitted with.", " ".join(why), fix)
    if extra:
        raise CaptureError(
            "The sample has columns that the model was not fitted with.",
            f"{_listed('The model does not know', extra)} Is one of them what it predicts?",
            fix,
        )
    if list(names) != list(wanted):
        at = next(at for at, name in enumerate(wanted) if names[at] != name)
        raise CaptureError(
            "The columns of the sample are in another order than the model was fitted with.",
            f"Column {at + 1} is {names[at]!r}, where the model has {wanted[at]!r}.",
            fix,
        )


def _plain_rows(table: Table, at: Sequence[int], names: Sequence[str | None]) -> list[list[Cell]]:
    rows = table.cells(at)
    plain_rows: list[list[Cell]] = []
    for place, row in zip(at, rows, strict=True):
        cells: list[Cell] = []
        for column, value in enumerate(row):
            try:
                cells.append(plain(value))
            except ValueError as error:
                raise CaptureError(
                    "The sample holds a value that no request can carry.",
                    f"{_column(column, names)} of row {place + 1} is of the type {error}: requests are JSON, which has texts, "
                    "numbers, true, false and null.",
                    "Give the data as the model should get it in a request: numbers and texts.",
                ) from None
        plain_rows.append(cells)
    return plain_rows


def _about_times(
    raw: Sequence[Sequence[Any]], rows: Sequence[Sequence[Cell]], names: Sequence[str | None]
) -> list[str]:
    """A word on columns whose values are no texts and become texts in a request: dates, times, spans of time."""
    changed: dict[int, str] = {}
    for values, cells in zip(raw, rows, strict=True):
        for at, (value, cell) in enumerate(zip(values, cells, strict=True)):
            if isinstance(cell, str) and not isinstance(value, str):
                changed.setdefault(at, cell)
    return [
        f"{_column(at, names)} holds times, which a request carries as text ({cell}): the model must be able to read them so."
        for at, cell in changed.items()
    ]


def _column(at: int, names: Sequence[str | None]) -> str:
    return f"Column {names[at]!r}" if names[at] is not None else f"Column {at + 1}"


def _drawn(count: int, limit: int, seed: int) -> list[int]:
    """The first row and others, in order."""
    if count <= limit:
        return list(range(count))
    return [0, *sorted(random.Random(seed).sample(range(1, count), limit - 1))]


def _spread(count: int, most: int) -> list[int]:
    """Up to `most` places, evenly over all."""
    return list(range(count)) if count <= most else [at * count // most for at in range(most)]


def _sendable(cell: Cell) -> bool:
    return not isinstance(cell, float) or math.isfinite(cell)


def _counted(width: int) -> str:
    return "1 column" if width == 1 else f"{width} columns"


def _listed(start: str, names: Sequence[str]) -> str:
    shown = ", ".join(map(repr, names[:_NAMED]))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{start} {shown}{more}."
