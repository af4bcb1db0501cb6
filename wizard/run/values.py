"""The road's values as JSON and back, for the journal and `--json`."""

from __future__ import annotations

from typing import Any, TypeVar

T = TypeVar("T")


def to_data(value: Any) -> Any:
    """A value of the road as plain JSON data, with stable keys."""
    from pydantic_core import to_jsonable_python

    return to_jsonable_python(value)  # no schema is made for the type first, which takes milliseconds and a megabyte


def from_data(kind: type[T], data: Any) -> T:
    """The value that `to_data` wrote. Raises ValueError where the data is of another layout."""
    from pydantic import TypeAdapter

    return TypeAdapter(kind).validate_python(data)
