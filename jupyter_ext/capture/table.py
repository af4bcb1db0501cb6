"""What a person may hand over as a sample, brought to one form: so many rows, of which some can be picked.

No library is imported to find out what something is: whoever holds a frame has imported pandas already.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jupyter_ext.capture.errors import CaptureError

_FORMS = "A sample is a data frame, a 2-D array, a sparse matrix, a list of rows, a list of records or a list of texts."
Cells = list[list[Any]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the model says it was fitted with."""

    names: tuple[str, ...] | None
    count: int | None
    """Inputs; None where it does not say, as models that read raw text do not."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of a sample, not yet read."""

    count: int
    """Rows."""
    names: tuple[str, ...] | None
    """Of its columns, where they have names; None too where a row is one text."""
    pick: Callable[[Sequence[int]], Any]
    """Some of its rows, in the form that the model is asked with."""
    cells: Callable[[Sequence[int]], Cells]
    """The values of some of its rows."""
    declared: Mapping[int, Sequence[Any]] = field(default_factory=dict)
    """Column → its categories, where the form itself lists them."""
    texts: bool = False
    """Each row is one text."""


def wanted_by(model: Any) -> Wanted:
    """What a fitted model says of its inputs."""

    def said(attribute: str) -> Any:
        try:
            return getattr(model, attribute, None)
        except Exception:  # a stranger's property may do anything
            return None

    listed, count = said("feature_names_in_"), said("n_features_in_")
    names = tuple(map(str, listed)) if listed is not None and hasattr(listed, "__len__") and len(listed) else None
    if names is not None:
        return Wanted(names, len(names))
    return Wanted(None, int(count) if isinstance(count, int) or type(count).__module__ == "numpy" else None)


def table_of(given: Any, wanted: Wanted) -> Table:
    """The sample as a table. Raises CaptureError for what is none."""
    kind, module = type(given).__name__, type(given).__module__.partition(".")[0]
    if module != "pandas" and hasattr(given, "to_pandas"):
        given = _converted(given, "to_pandas")
        kind, module = type(given).__name__, type(given).__module__.partition(".")[0]
    if module == "pandas" and kind in ("Series", "Index"):
        return _series(given, wanted)
    if hasattr(given, "iloc") and hasattr(given, "dtypes"):
        return _frame(given)
    if hasattr(given, "tocsr") and hasattr(given, "toarray"):
        rows = given.tocsr()
        return Table(rows.shape[0], None, lambda at: rows[list(at)], lambda at: _listed(rows[list(at)].toarray()))
    if isinstance(given, str):
        return _flat([given], wanted)
    if isinstance(given, Mapping):
        return _mapping(given, wanted)
    if isinstance(given, tuple) and len(given) == 2 and all(hasattr(part, "shape") for part in given):
        raise CaptureError(
            "The sample is a pair of tables.",
            f"It looks like inputs with their answers: a {type(given[0]).__name__} and a {type(given[1]).__name__}.",
            "Give the inputs alone: sample=X_test",
        )
    if isinstance(given, list | tuple):
        return _sequence(list(given), wanted)
    numpy = sys.modules.get("numpy")
    if numpy is not None and (isinstance(given, numpy.ndarray) or hasattr(given, "__array__")):
        return _array(given if isinstance(given, numpy.ndarray) else _converted(given, "__array__"), wanted)
    raise CaptureError(
        "The sample is nothing that has rows.",
        f"It is a {kind}. {_FORMS}",
        "Give some rows of the data the model was tested with: sample=X_test",
    )


def _converted(given: Any, how: str) -> Any:
    try:
        return getattr(given, how)()
    except Exception as error:
        raise CaptureError(
            f"The sample, a {type(given).__name__}, cannot be brought into a form the model is asked with.",
            f"Its {how}() failed.",
            "Give a pandas data frame or a numpy array.",
            evidence=(f"{type(error).__name__}: {error}".splitlines() or [""])[-1:],
        ) from None


def _frame(given: Any) -> Table:
    labels = list(given.columns)
    names = tuple(labels) if labels and all(isinstance(label, str) for label in labels) else None
    declared = {
        at: list(dtype.categories)
        for at, dtype in enumerate(given.dtypes)
        if type(dtype).__name__ == "CategoricalDtype" and dtype.categories is not None
    }

    def cells(at: Sequence[int]) -> Cells:
        picked = given.iloc[list(at)]
        columns = [picked.iloc[:, column].tolist() for column in range(len(labels))]
        return [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in at]

    return Table(len(given), names, lambda at: given.iloc[list(at)], cells, declared)


def _series(given: Any, wanted: Wanted) -> Table:
    values = given.tolist()
    if wanted.count is None and _all_texts(values):
        table = _texts(values)
        return Table(table.count, None, lambda at: given.iloc[list(at)], table.cells, texts=True)
    if hasattr(given, "to_frame") and len(given) and all(isinstance(label, str) for label in given.index):
        return _frame(given.to_frame().T.infer_objects())  # one row of a frame, as frame.iloc[0] gives it
    if wanted.count == 1 and hasattr(given, "to_frame"):
        return _frame(given.to_frame() if wanted.names is None or given.name else given.to_frame(wanted.names[0]))
    return _flat(values, wanted)


def _array(given: Any, wanted: Wanted) -> Table:
    if given.dtype.names:
        return _records([dict(zip(given.dtype.names, row, strict=True)) for row in given.tolist()], wanted)
    if given.ndim == 1:
        return _flat(_listed(given), wanted)
    if given.ndim != 2:
        raise CaptureError(
            "The sample has the wrong shape.",
            f"Its shape is {given.shape}; a sample has two dimensions: rows and columns.",
            "Give a 2-D array, one row for each case: sample.reshape(len(sample), -1)",
        )
    return _positional(len(given), lambda at: given[list(at)], lambda at: _listed(given[list(at)]), wanted)


def _sequence(given: list[Any], wanted: Wanted) -> Table:
    if given and all(isinstance(row, Mapping) for row in given):
        return _records(given, wanted)
    if given and not any(isinstance(row, list | tuple) or getattr(row, "ndim", 0) == 1 for row in given):
        return _flat(given, wanted)
    rows = [list(row) if isinstance(row, list | tuple) else _listed(row) for row in given if _is_row(row)]
    widths = sorted({len(row) for row in rows})
    if len(rows) < len(given) or len(widths) > 1:
        seen = f"Rows of {' and '.join(map(str, widths[:5]))} values" if len(widths) > 1 else "Rows and single values"
        raise CaptureError(
            "The rows of the sample do not have the same length.",
            f"{seen} stand in one list.",
            "Give each row one value for each column, None where it is missing.",
        )
    return _positional(len(rows), lambda at: [rows[one] for one in at], lambda at: [rows[one] for one in at], wanted)


def _mapping(given: Mapping[Any, Any], wanted: Wanted) -> Table:
    """A record, or columns by name."""
    long = [len(values) for values in given.values() if isinstance(values, list | tuple) or hasattr(values, "tolist")]
    if not long or len(long) < len(given):
        return _records([given], wanted)
    if len(set(long)) > 1:
        raise CaptureError(
            "The columns of the sample do not have the same length.",
            f"They have from {min(long)} to {max(long)} values.",
            "Give each column one value for each row, None where it is missing.",
        )
    columns = [_listed(values) if hasattr(values, "tolist") else list(values) for values in given.values()]
    return _records([dict(zip(given, row, strict=True)) for row in zip(*columns, strict=True)], wanted)


def _records(rows: list[Any], wanted: Wanted) -> Table:
    names = tuple(dict.fromkeys(str(name) for row in rows for name in row))
    if wanted.names is not None and set(names) == set(wanted.names):
        names = wanted.names  # a record has no order
    listed = [[row.get(name) for name in names] for row in rows]

    def cells(at: Sequence[int]) -> Cells:
        return [listed[one] for one in at]

    if wanted.names is not None:
        return Table(len(rows), names, lambda at: _framed(cells(at), names), cells)
    if wanted.count is not None:
        return Table(len(rows), names, cells, cells)
    return Table(len(rows), names, lambda at: [rows[one] for one in at], cells)


def _positional(
    count: int, pick: Callable[[Sequence[int]], Any], cells: Callable[[Sequence[int]], Cells], wanted: Wanted
) -> Table:
    """Columns without names: they are the model's, in its order."""
    names = wanted.names
    if names is not None and count and len(cells([0])[0]) == len(names):
        return Table(count, names, lambda at: _framed(cells(at), names), cells)
    return Table(count, None, pick, cells)


def _flat(values: list[Any], wanted: Wanted) -> Table:
    """A list of single values: texts, one row, or one column."""
    if wanted.count is None and _all_texts(values):
        return _texts(values)
    if wanted.count == 1:
        return _positional(
            len(values), lambda at: [[values[one]] for one in at], lambda at: [[values[one]] for one in at], wanted
        )
    if values and wanted.count is not None:
        return _positional(1, lambda at: [values for _ in at], lambda at: [values for _ in at], wanted)
    if not values:
        return Table(0, None, lambda at: [], lambda at: [])
    raise CaptureError(
        "The sample has single values where rows should be.",
        f"Its first value is {str(values[0])[:40]!r}. {_FORMS}",
        "Give a list of rows, for one row, too: [[1.0, 2.0]]",
    )


def _texts(values: list[Any]) -> Table:
    return Table(
        len(values), None, lambda at: [values[one] for one in at], lambda at: [[values[one]] for one in at], texts=True
    )


def _framed(rows: Cells, names: Sequence[str]) -> Any:
    """Rows as a frame where pandas is at hand: a model that was fitted with names is asked with names."""
    pandas = sys.modules.get("pandas")
    return rows if pandas is None else pandas.DataFrame(rows, columns=list(names)).infer_objects()


def _listed(array: Any) -> list[Any]:
    """An array's values as Python's; dates as texts, which `tolist` would give as numbers."""
    values: list[Any] = (array.astype(str) if array.dtype.kind in "mM" else array).tolist()
    return values


def _all_texts(values: Sequence[Any]) -> bool:
    return bool(values) and all(isinstance(value, str) for value in values)


def _is_row(row: Any) -> bool:
    return isinstance(row, list | tuple) or getattr(row, "ndim", 0) == 1
