"""Input rows to rehearse with, made from what the model file says about its inputs.

Deterministic: the same model gives the same rows. Typical values, the edges of the known ranges, values a little beyond
them, every known category, and missing values where the model handles them.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from wizard.inspection.inspection import Column, Inspection, Kind, Layout

Cell = str | int | float | bool | None
Row = Sequence[Cell] | Mapping[str, Cell] | str
"""Values in column order, values by column name, or one text."""

SEED = 20_011
COUNT = 64

TEXTS = (
    "The delivery came two days late and the box was open.",
    "good",
    "",
    "Ärger mit der Größe, 100 % — ¡qué lástima! 返品しました 🙁",
    "WIN a FREE prize now!!! Call 0800-123-456",
    "word " * 400,
)


def make_rows(inspection: Inspection, sample: Row | None, count: int = COUNT) -> tuple[Row, ...]:
    """`count` rows the model should accept. `sample` is the bundle's own sample row, the first of them.

    A file that does not tell its columns gives rows like the sample, its numbers varied; with no sample either, none.
    """
    dice = random.Random(SEED)
    if inspection.layout is Layout.TEXTS:
        texts = [str(sample)] if isinstance(sample, str) else []
        return tuple((texts + [*TEXTS] * (count // len(TEXTS) + 1))[:count])
    if not inspection.columns:
        return _around(sample, count, dice) if sample is not None else ()
    columns = inspection.columns
    typical = tuple(_typical(column) for column in columns)
    rows: list[Row] = [sample if sample is not None and not isinstance(sample, str) else typical]
    # One column at a time is taken to each of its edges: a mistake in one column shows as that column.
    for edge in range(max(len(_edges(column)) for column in columns)):
        for at, column in enumerate(columns):
            edges = _edges(column)
            if edge < len(edges) and len(rows) < count // 2:
                rows.append((*typical[:at], edges[edge], *typical[at + 1 :]))
    while len(rows) < count:
        rows.append(tuple(_drawn(column, dice) for column in columns))
    return tuple(rows[:count])


def by_name(row: Row, inspection: Inspection) -> Row:
    """The same row as a record, where the columns have names."""
    names = inspection.column_names
    if names is None or isinstance(row, str | Mapping) or len(row) != len(names):
        return row
    return dict(zip(names, row, strict=True))


def _typical(column: Column) -> Cell:
    if column.example is not None:
        return column.example
    if column.categories:
        return column.categories[0]
    match column.kind:
        case Kind.NUMBER:
            middle = ((column.minimum or 0.0) + (column.maximum or 0.0)) / 2
            return round(middle) if column.integer else middle
        case Kind.BOOLEAN:
            return True
        case Kind.CATEGORY | Kind.TEXT:
            return "a"


def _edges(column: Column) -> tuple[Cell, ...]:
    missing: tuple[Cell, ...] = (None,) if column.missing else ()
    if column.kind is Kind.BOOLEAN:
        return (True, False, *missing)
    if column.categories:
        strange: tuple[Cell, ...] = ()
        if not column.closed and isinstance(column.categories[0], str):
            strange = ("a value never seen in training",)
        return (*column.categories, *missing, *strange)
    if column.kind is not Kind.NUMBER:
        return ("b", *missing)
    low, high = _range(column)
    span = high - low
    values = (low, high, low - span / 10, high + span / 10, 0.0)
    return (*((round(v) for v in values) if column.integer else values), *missing)


def _drawn(column: Column, dice: random.Random) -> Cell:
    if column.missing and dice.random() < 0.1:
        return None
    if column.kind is Kind.BOOLEAN:
        return dice.random() < 0.5
    if column.categories:
        return dice.choice(column.categories)
    if column.kind is not Kind.NUMBER:
        return _typical(column)
    value = dice.uniform(*_range(column))
    return round(value) if column.integer else value


def _range(column: Column) -> tuple[float, float]:
    if column.minimum is not None and column.maximum is not None and column.maximum > column.minimum:
        return column.minimum, column.maximum
    example = column.example if isinstance(column.example, int | float) else 0.0
    reach = max(abs(example), 1.0)
    return example - reach, example + reach


def _around(sample: Row, count: int, dice: random.Random) -> tuple[Row, ...]:
    def vary(cell: Cell) -> Cell:
        if isinstance(cell, bool) or not isinstance(cell, int | float):
            return cell
        value = cell + dice.gauss(0.0, max(abs(cell), 1.0))
        return round(value) if isinstance(cell, int) else value

    rows: list[Row] = [sample]
    while len(rows) < count:
        match sample:
            case str():
                rows.append(sample)
            case Mapping():
                rows.append({name: vary(cell) for name, cell in sample.items()})
            case _:
                rows.append(tuple(vary(cell) for cell in sample))
    return tuple(rows)
