"""Small numpy arrays and scalars as plain Python values, read without numpy.

Four spellings are met: joblib's raw arrays, `multiarray._reconstruct` with its state (protocols 0 to 4),
`numeric._frombuffer` (protocol 5) and `multiarray.scalar`. Paths are `numpy.core` (numpy 1) or `numpy._core` (numpy 2).
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

from wizard.inspection.dtypes import read_dtype
from wizard.inspection.inspection import Scalar
from wizard.inspection.symbols import Array, Blob, Call, DType, Mapping, Value

_MOST_VALUES = 100_000
_LARGEST_INTEGER = 1 << 64
_FORMATS = {
    ("f", 2): "e",
    ("f", 4): "f",
    ("f", 8): "d",
    ("i", 1): "b",
    ("i", 2): "h",
    ("i", 4): "i",
    ("i", 8): "q",
    ("u", 1): "B",
    ("u", 2): "H",
    ("u", 4): "I",
    ("u", 8): "Q",
    ("b", 1): "?",
}


@dataclass(frozen=True, slots=True)
class ArrayValues:
    """An array's values, row by row. `values` is None where they were skipped or are no plain values."""

    dtype: DType
    shape: tuple[int, ...]
    values: list[Value] | None


def scalar(value: Value) -> Scalar | None:
    """A constant or numpy scalar as a plain value that any face can show; None for what is none.

    Infinite numbers, NaN and integers no machine holds are none; halves of characters are replaced.
    """
    if isinstance(value, Call):
        array = array_values(value)
        if array is None or array.values is None or len(array.values) != 1 or array.shape not in ((), (1,)):
            return None
        value = array.values[0]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, int):
        return value if -_LARGEST_INTEGER <= value <= _LARGEST_INTEGER else None
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    return None


def integer(value: Value) -> int | None:
    """A whole number, or None."""
    plain = scalar(value)
    return plain if isinstance(plain, int) and not isinstance(plain, bool) else None


def sequence(value: Value) -> list[Scalar | None] | None:
    """The scalars of a list, tuple or array; None where it is none of these or too long. NaN is None."""
    if isinstance(value, Call | Array):
        array = array_values(value)
        if array is None or array.values is None:
            return None
        value = array.values
    if not isinstance(value, list | tuple) or isinstance(value, Mapping) or len(value) > _MOST_VALUES:
        return None
    return [scalar(item) for item in value]


def shape_of(value: Value) -> tuple[int, ...] | None:
    """The shape of an array, or the length of a list."""
    if isinstance(value, Call | Array):
        array = array_values(value)
        return array.shape if array is not None else None
    return (len(value),) if isinstance(value, list | tuple) and not isinstance(value, Mapping) else None


def array_values(value: Value) -> ArrayValues | None:
    """An array or numpy scalar; None where the value is neither."""
    if isinstance(value, Array):
        if value.dtype.objects:
            return array_values(value.content) if isinstance(value.content, Call) else None
        values = _decoded(value.data, value.dtype)
        return ArrayValues(value.dtype, value.shape, _by_rows(values, value.shape, fortran=value.fortran))
    if not isinstance(value, Call):
        return None
    name, arguments, state, fortran = value.type, value.arguments, value.state, False
    if name.endswith("multiarray._reconstruct") and isinstance(state, tuple) and len(state) == 5:
        shape, dtype, fortran, raw = state[1], read_dtype(state[2]), bool(state[3]), state[4]
    elif name.endswith("numeric._frombuffer") and isinstance(arguments, tuple) and len(arguments) == 4:
        raw, dtype, shape, fortran = arguments[0], read_dtype(arguments[1]), arguments[2], arguments[3] == "F"
    elif name.endswith("multiarray.scalar") and isinstance(arguments, tuple) and len(arguments) == 2:
        shape, dtype, raw = (), read_dtype(arguments[0]), arguments[1]
    else:
        return None
    if dtype is None or not isinstance(shape, tuple) or not all(type(length) is int for length in shape):
        return None
    if dtype.objects:
        return ArrayValues(dtype, shape, raw if isinstance(raw, list) else None)
    return ArrayValues(dtype, shape, _by_rows(_decoded(_raw(raw), dtype), shape, fortran=fortran))


def columns_of(value: Value) -> list[list[Scalar | None]]:
    """The columns of a two-dimensional array; empty where it is none or was skipped."""
    array = array_values(value)
    if (
        array is None
        or not array.values
        or len(array.shape) != 2
        or array.shape[0] * array.shape[1] != len(array.values)
    ):
        return []
    width = array.shape[1]
    return [[scalar(entry) for entry in array.values[at::width]] for at in range(width)]


def _by_rows(values: list[Value] | None, shape: tuple[int, ...], *, fortran: bool) -> list[Value] | None:
    """Values stored column by column, row by row. Three dimensions and more occur in no place that is looked at."""
    if values is None or not fortran or len(shape) < 2:
        return values
    rows = shape[0]
    if len(shape) > 2 or rows * shape[1] != len(values):
        return None
    return [value for row in range(rows) for value in values[row::rows]]


def _raw(value: Value) -> bytes | None:
    """An array's bytes. Protocols 0 to 2 hide them in `_codecs.encode(text, 'latin1')`, 3 and 4 a bytearray's in a call."""
    if isinstance(value, Call) and value.type == "builtins.bytearray":
        value = _only_argument(value)
    if isinstance(value, Call) and value.type == "_codecs.encode":
        value = _only_argument(value)
    if isinstance(value, str):
        return value.encode("latin-1", "replace")
    return value if isinstance(value, bytes) else None


def _only_argument(call: Call) -> Value:
    return call.arguments[0] if isinstance(call.arguments, tuple) and call.arguments else None


def leading_bytes(value: Value) -> bytes:
    """The first bytes of an array's memory in any spelling, all of them if they are few."""
    if (
        isinstance(value, Call)
        and value.type == "_codecs.encode"
        and isinstance(value.arguments, tuple)
        and value.arguments
    ):
        value = value.arguments[0]
    if isinstance(value, Blob):
        if value.kind is bytes:
            return value.head
        return value.head.decode("utf-8", "ignore").encode("latin-1", "replace")
    return _raw(value) or b""


def _decoded(raw: bytes | None, dtype: DType) -> list[Value] | None:
    size = dtype.size
    if raw is None or size == 0 or len(raw) % size or len(raw) > _MOST_VALUES * size:
        return None
    code = _FORMATS.get((dtype.kind, size))
    if code is not None:
        return list(struct.unpack(f"{'>' if dtype.big else '<'}{len(raw) // size}{code}", raw))
    pieces = (raw[at : at + size] for at in range(0, len(raw), size))
    if dtype.kind == "U":
        codec = "utf-32-be" if dtype.big else "utf-32-le"
        return [piece.decode(codec, "replace").rstrip("\0") for piece in pieces]
    if dtype.kind == "S":
        return [piece.rstrip(b"\0").decode("latin-1") for piece in pieces]
    return None
