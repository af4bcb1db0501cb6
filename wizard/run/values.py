"""The road's values as JSON and back, for the journal and `--json`."""

from __future__ import annotations

from typing import Any, TypeVar

T = TypeVar("T")


def _adapter(kind: type[Any]) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def to_data(value: Any) -> Any:
    """A value of the road as plain JSON data, with stable keys."""
    return _adapter(type(value)).dump_python(value, mode="json")


def from_data(kind: type[T], data: Any) -> T:
    """The value that `to_data` wrote. Raises ValueError where the data is of another layout."""
    value: T = _adapter(kind).validate_python(data)
    return value
