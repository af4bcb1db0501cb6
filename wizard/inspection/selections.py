"""Which input columns a ColumnTransformer hands to each of its parts."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.inspection.array_values import integer, sequence
from wizard.inspection.fitted import Fitted, opaque, state_of, values_of
from wizard.inspection.symbols import Call, Mapping, Value


@dataclass(frozen=True, slots=True)
class Selection:
    """One part of a ColumnTransformer."""

    name: str
    part: Fitted | None
    word: str
    """ "passthrough", "drop" or "" where there is an estimator."""
    positions: tuple[int, ...] | None
    """Positions in the transformer's own input; None where the file does not tell."""
    by_name: bool
    """The columns are asked for by name, so the input must be a data frame."""


def selections(transformer: Fitted, count: int | None, names: list[str] | None) -> list[Selection]:
    """The parts of a fitted ColumnTransformer whose input has `count` columns with these names."""
    indices = transformer.get("_transformer_to_input_indices")
    found = []
    for entry in values_of(transformer.get("transformers_")) or values_of(transformer.get("transformers")):
        if not isinstance(entry, tuple) or len(entry) != 3 or not isinstance(entry[0], str):
            continue
        name, part, columns = entry
        by_name, positions = _resolved(_spelled_out(columns), count, names)
        if isinstance(indices, Mapping):
            kept = sequence(indices.get(name))
            if kept is not None and all(type(at) is int for at in kept):
                positions = tuple(at for at in kept if isinstance(at, int))
        estimator = opaque(part)
        word = "" if estimator is not None else part if isinstance(part, str) else "passthrough"
        found.append(Selection(name, estimator, word, positions, by_name))
    return found


def _spelled_out(columns: Value) -> Value:
    """Columns as a scalar, list or slice, where they come in one of pandas' or scikit-learn's own containers."""
    if not isinstance(columns, Call):
        return columns
    if columns.type.endswith("_RemainderColsList"):
        state = state_of(columns)
        return state.get("data") if state is not None else None
    if columns.type == "pandas.core.indexes.base._new_Index" and isinstance(columns.arguments, tuple):
        content = columns.arguments[1] if len(columns.arguments) > 1 else None
        return content.get("data") if isinstance(content, Mapping) else None
    return columns


def _resolved(columns: Value, count: int | None, names: list[str] | None) -> tuple[bool, tuple[int, ...] | None]:
    """Whether columns are spelled by name, and their positions."""
    if isinstance(columns, Call) and columns.type == "builtins.slice":
        return _resolved_slice(columns.arguments, count, names)
    keys = [columns] if isinstance(columns, str | int) else sequence(columns)
    if keys is None:
        return False, None
    if keys and all(isinstance(key, bool) for key in keys):
        return False, tuple(at for at, key in enumerate(keys) if key)
    by_name = any(isinstance(key, str) for key in keys)
    positions = tuple(_position(key, count, names) for key in keys)
    found = tuple(at for at in positions if at is not None)
    return by_name, found if len(found) == len(keys) else None


def _resolved_slice(
    arguments: Value, count: int | None, names: list[str] | None
) -> tuple[bool, tuple[int, ...] | None]:
    if not isinstance(arguments, tuple) or len(arguments) != 3:
        return False, None
    start, stop, step = arguments
    by_name = isinstance(start, str) or isinstance(stop, str)
    if count is None:
        return by_name, None
    first = _position(start, count, names) if start is not None else 0
    last = _position(stop, count, names) if isinstance(stop, str) else integer(stop)
    if isinstance(stop, str) and last is not None:
        last += 1  # a slice of labels has its end with it
    if first is None or (last is None and stop is not None) or not (step is None or isinstance(step, int)) or step == 0:
        return by_name, None
    return by_name, tuple(range(count))[first:last:step]


def _position(key: Value, count: int | None, names: list[str] | None) -> int | None:
    if isinstance(key, str):
        return names.index(key) if names is not None and key in names else None
    at = integer(key)
    if at is None:
        return None
    if at < 0:
        return at + count if count is not None and at + count >= 0 else None
    return at if count is None or at < count else None
