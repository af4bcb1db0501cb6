"""A request to try the service with, made of what the model file tells about its inputs."""

from __future__ import annotations

from typing import Any

from wizard.inspection.inspection import Column, Inspection, Kind, Layout, Scalar

_WHERE_NOTHING_IS_KNOWN: dict[Kind, Scalar] = {
    Kind.NUMBER: 0.0,
    Kind.CATEGORY: "a",
    Kind.TEXT: "some words",
    Kind.BOOLEAN: False,
}


def input_columns(inspection: Inspection) -> tuple[Column, ...]:
    """The columns a request has. A model that reads raw text has one, whether or not the file speaks of columns."""
    if not inspection.columns and inspection.layout is Layout.TEXTS:
        return (Column(None, Kind.TEXT),)
    return inspection.columns


def example(column: Column) -> Scalar:
    """A plausible value of a column."""
    if column.example is not None:
        return column.example
    return column.categories[0] if column.categories else _WHERE_NOTHING_IS_KNOWN[column.kind]


def sample_request(inspection: Inspection) -> dict[str, Any]:
    """One row for POST /predict: by column name where the columns have names.

    Where the file does not tell how many inputs there are, the row has a single 0 and will be refused by the model.
    """
    row = [example(column) for column in input_columns(inspection)] or [0.0]
    names = inspection.column_names
    return {"features": dict(zip(names, row, strict=True)) if names else row}
