"""The arrays joblib lays between the opcodes of a pickle.

joblib pickles a small wrapper (class, shape, order, dtype, alignment), and after the wrapper's BUILD opcode come the raw
bytes: one byte with the length of the padding and the padding (joblib >= 1.2), then the data. An array of objects is a
second, complete pickle there, which joblib reads with plain `pickle.load`.
"""

from __future__ import annotations

from collections.abc import Callable

from wizard.inspection.dtypes import read_dtype
from wizard.inspection.limits import FaultyFileError, Limits
from wizard.inspection.source import Source
from wizard.inspection.symbols import Array, Call, Global, Mapping, Value

ARRAY_WRAPPERS = frozenset(
    {"joblib.numpy_pickle.NumpyArrayWrapper", "sklearn.externals.joblib.numpy_pickle.NumpyArrayWrapper"}
)
OLD_WRAPPERS = frozenset(
    f"{package}.{module}.{name}"
    for package in ("joblib", "sklearn.externals.joblib")
    for module in ("numpy_pickle", "numpy_pickle_compat")
    for name in ("NDArrayWrapper", "ZNDArrayWrapper")
)
"""joblib before 0.10 kept each array in a file of its own."""

_SETTINGS = frozenset({"subclass", "shape", "order", "dtype", "allow_mmap", "numpy_array_alignment_bytes"})
HEAD = 1 << 13
"""Bytes kept of a byte string or array of records that is skipped."""
_DIMENSIONS = 64
_LARGEST = 1 << 62


def read_array(wrapper: Call, source: Source, limits: Limits, nested: Callable[[], Value]) -> Array:
    """Read or skip the array that follows a wrapper. `nested` reads the pickle an array of objects is."""
    at = source.tell()
    settings = wrapper.state
    if (
        not isinstance(settings, Mapping)
        or len(settings) > 2 * len(_SETTINGS)
        or 2 * len(names := settings.names()) != len(settings)  # every key is a plain text
        or len(set(names)) != len(names)
        or not set(names) <= _SETTINGS
    ):
        raise FaultyFileError("the header of an array is not as joblib writes it", at)
    shape, dtype = settings.get("shape"), read_dtype(settings.get("dtype"))
    if (
        not isinstance(shape, tuple)
        or len(shape) > _DIMENSIONS
        or not all(type(length) is int and 0 <= length < _LARGEST for length in shape)
        or not isinstance(settings.get("subclass"), Global)
        or settings.get("order") not in ("C", "F")
    ):
        raise FaultyFileError("the header of an array is not as joblib writes it", at)
    if dtype is None:
        raise FaultyFileError("the data type of an array is not one numpy writes", at)
    if dtype.objects:
        return Array(dtype, shape, at, 0, content=nested())
    if settings.get("numpy_array_alignment_bytes") is not None:
        source.skip(source.take(1)[0])
    nbytes = dtype.size
    for length in shape:
        nbytes *= length
    if nbytes > _LARGEST:
        raise FaultyFileError(f"an array claims {nbytes:,} bytes", at)
    at = source.tell()
    fortran = settings.get("order") == "F"
    if nbytes <= limits.kept:
        return Array(dtype, shape, at, nbytes, fortran, data=source.take(nbytes))
    head = source.take(HEAD) if dtype.fields else b""
    source.skip(nbytes - len(head))
    return Array(dtype, shape, at, nbytes, fortran, head=head)
