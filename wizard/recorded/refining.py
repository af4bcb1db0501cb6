"""What the sample adds to the file: the file's own knowledge stays, the sample fills its gaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from wizard.errors import PlanError
from wizard.inspection.inspection import Column, Inspection, Kind, Layout, Requirement
from wizard.recorded.recorded import FIELD, Recorded, recorded_for, recorded_path_of
from wizard.rehearsal.parity_set import ParitySet
from wizard.rehearsal.rows import Cell, Row

_NAMED = 5
"""Names of columns in a message, at most."""


def refined(inspection: Inspection, recorded: Recorded) -> Inspection:
    """The inspection with what the sample says where the file says nothing. Refining again changes nothing.

    Names, order, closed categories and ranges of the file stay; an example is what the first recorded row holds. Raises
    PlanError where the sample has other columns than the model.
    """
    if inspection.layout is Layout.TEXTS:
        return inspection if not inspection.columns else replace(inspection, columns=_with_text(inspection, recorded))
    if not inspection.columns:
        inspection = _shaped(inspection, recorded)
    places = _places(inspection, recorded)
    rows = [_cells(row, inspection, places) for row in recorded.answers.rows]
    columns = tuple(
        _column(
            column, recorded.columns[place] if recorded.columns else None, [row[at] for row in rows], inspection.layout
        )
        for at, (column, place) in enumerate(zip(inspection.columns, places, strict=True))
    )
    return replace(inspection, columns=columns)


def recorded_beside(inspection: Inspection) -> Recorded | None:
    """The answers that lie beside a model file, where they are of that very file and its columns; else None."""
    path = recorded_path_of(Path(inspection.path))
    if not path.exists():
        return None
    try:
        recorded = recorded_for(path, inspection.sha256)
        refined(inspection, recorded)
    except PlanError:
        return None
    return recorded


def answers_for(inspection: Inspection, recorded: Recorded) -> ParitySet:
    """The recorded rows and answers as the service takes them: the columns of the `refined` inspection, in its order.

    Raises PlanError where the sample has other columns than the model.
    """
    if inspection.layout is Layout.TEXTS or not inspection.columns:
        return recorded.answers
    places = _places(inspection, recorded)
    rows = tuple(
        tuple(map(_as_number, inspection.columns, _cells(row, inspection, places))) for row in recorded.answers.rows
    )
    return replace(recorded.answers, rows=rows)


def _with_text(inspection: Inspection, recorded: Recorded) -> tuple[Column, ...]:
    first = recorded.answers.rows[0]
    text = first if isinstance(first, str) else next(iter(first.values() if isinstance(first, Mapping) else first))
    return (replace(inspection.columns[0], example=text), *inspection.columns[1:]) if text else inspection.columns


def _shaped(inspection: Inspection, recorded: Recorded) -> Inspection:
    """A file that does not even tell how many inputs there are takes those of the sample: a frame, where they have names."""
    columns = recorded.columns
    if not columns:
        first = recorded.answers.rows[0]
        columns = tuple(map(Column, first)) if isinstance(first, Mapping) else tuple(Column(None) for _ in first)
    if any(column.name is None for column in columns):
        return replace(inspection, columns=tuple(replace(column, name=None) for column in columns))
    requirements = inspection.requirements
    if all(need.distribution != "pandas" for need in requirements):
        pandas = Requirement("pandas", None, "The live model was asked with a data frame.")
        requirements = tuple(sorted((*requirements, pandas), key=lambda need: need.distribution))
    return replace(inspection, columns=columns, layout=Layout.FRAME, requirements=requirements)


def _places(inspection: Inspection, recorded: Recorded) -> tuple[int, ...]:
    """Where in the sample each input of the model is. A frame may have more columns than the model reads."""
    wanted, given = inspection.column_names, _names(recorded)
    if wanted is None or given is None:
        first = recorded.answers.rows[0]
        count = 1 if isinstance(first, str) else len(first)
        if count != len(inspection.columns):
            columns = "1 column" if count == 1 else f"{count} columns"
            raise _other_columns(f"The sample has {columns}, and the model takes {len(inspection.columns)}.")
        return tuple(range(count))
    missing = [name for name in wanted if name not in given]
    extra = [name for name in given if name not in wanted] if inspection.layout is not Layout.FRAME else []
    if missing or extra:
        seen = [f"The sample lacks {_listed(missing)}."] if missing else []
        seen += [f"The model takes no {_listed(extra)}."] if extra else []
        raise _other_columns(" ".join(seen))
    return tuple(given.index(name) for name in wanted)


def _names(recorded: Recorded) -> list[str] | None:
    """The names of the sample's columns; None where they have none."""
    names = [column.name for column in recorded.columns if column.name is not None]
    if names and len(names) == len(recorded.columns):
        return names
    first = recorded.answers.rows[0]
    return list(first) if isinstance(first, Mapping) else None


def _other_columns(why: str) -> PlanError:
    return PlanError(
        "The recorded answers belong to rows with other columns than the model takes.",
        why,
        f"Record them again with rows as the model was fitted with, or take {FIELD} out of the plan.",
        field=FIELD,
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")


def _cells(row: Row, inspection: Inspection, places: Sequence[int]) -> tuple[Cell, ...]:
    """The values of a row in the order of the model's columns."""
    if isinstance(row, Mapping):
        names = inspection.column_names
        if names is not None and all(name in row for name in names):
            return tuple(row[name] for name in names)
        row = tuple(row.values())
    elif isinstance(row, str):
        row = (row,)
    if len(row) <= max(places):
        raise _other_columns(f"Rows have {len(row)} values, and not all of them as many.")
    return tuple(row[place] for place in places)


def _column(file: Column, sample: Column | None, cells: Sequence[Cell], layout: Layout) -> Column:
    """What is known of one input. `cells` are its recorded values."""
    missing = file.missing or (sample is not None and sample.missing) or None in cells
    refined = replace(file, missing=missing)
    if sample is not None:
        refined = replace(refined, name=file.name if file.name is not None else sample.name)
        if file.kind is Kind.NUMBER and not file.categories and layout is Layout.FRAME and not _counts(sample):
            refined = replace(refined, kind=sample.kind, categories=sample.categories)
        if refined.kind is Kind.NUMBER:
            refined = replace(refined, integer=file.integer or sample.integer)
            if file.minimum is None and file.maximum is None:
                refined = replace(refined, minimum=sample.minimum, maximum=sample.maximum)
    first = _as_number(refined, cells[0])
    if first is not None and _may_be(refined, first):
        return replace(refined, example=first)
    return replace(refined, example=sample.example) if file.example is None and sample is not None else refined


def _counts(sample: Column) -> bool:
    """The sample's column holds numbers, whatever they stand for: the model gets them as such."""
    return sample.kind is Kind.NUMBER or (
        sample.kind is Kind.CATEGORY and not any(isinstance(one, str | bool) for one in sample.categories)
    )


def _as_number(column: Column, cell: Cell) -> Cell:
    """True and False as 1 and 0 where the service takes numbers: to the model they are the same."""
    numbers = column.kind is Kind.NUMBER or (
        column.kind is Kind.CATEGORY
        and bool(column.categories)
        and all(type(one) in (int, float) for one in column.categories)
    )
    return int(cell) if numbers and isinstance(cell, bool) else cell


def _may_be(column: Column, value: str | int | float | bool) -> bool:
    match column.kind:
        case Kind.NUMBER:
            return not isinstance(value, str)
        case Kind.BOOLEAN:
            return isinstance(value, bool)
        case Kind.TEXT:
            return isinstance(value, str)
        case Kind.CATEGORY:
            return not column.closed or value in column.categories
