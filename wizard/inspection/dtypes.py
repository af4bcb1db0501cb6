"""numpy data types as pickles spell them, read strictly: where numpy's own reading could differ, there is none.

The size must be right to the byte, since joblib's arrays lie between opcodes: a wrong size would make the reader take array
bytes for opcodes, or opcodes for array bytes, and a hostile file would hide code there.
"""

from __future__ import annotations

import re

from wizard.inspection.symbols import Call, DType, Field, Global, Mapping, Value

_CODE = re.compile(r"([biufcmMOSUV])(\d*)\Z")
_SIZES = {
    "b": {1},
    "i": {1, 2, 4, 8},
    "u": {1, 2, 4, 8},
    "f": {2, 4, 8, 12, 16},
    "c": {8, 16, 24, 32},
    "m": {8},
    "M": {8},
    "O": {4, 8},
}
_BARE = {"b": 1, "O": 8, "m": 8, "M": 8}
"""Sizes of codes that may stand without a number."""
_HAS_OBJECTS = 1
"""numpy's flag NPY_ITEM_REFCOUNT."""
_LARGEST = 1 << 31
_FIELDS_DEEP = 1
"""Records of records are not read: nothing in the field writes them, and shared ones could be made to cost without end."""
_FIELDS = 256


def read_dtype(value: Value, depth: int = 0) -> DType | None:
    """The data type a `numpy.dtype(...)` would make, or None where that is not certain."""
    if not isinstance(value, Call) or not isinstance(value.function, Global) or value.function.full != "numpy.dtype":
        return None
    arguments = value.arguments
    if not isinstance(arguments, tuple) or not arguments or value.keywords is not None or depth > _FIELDS_DEEP:
        return None
    code = _text(arguments[0])
    match = _CODE.match(code) if code is not None else None
    if match is None:
        return None
    kind = match[1]
    number = int(match[2][:10]) if match[2] else _BARE.get(kind, 0)
    if kind in _SIZES and number not in _SIZES[kind]:
        return None
    size = number * 4 if kind == "U" else number
    if size > _LARGEST:
        return None
    if value.state is None:
        return DType(kind, size, objects=kind == "O")
    return _with_state(value.state, kind, size, depth)


def _with_state(state: Value, kind: str, size: int, depth: int) -> DType | None:
    """Apply `dtype.__setstate__`'s tuple: version, byte order, subtype, names, fields, size, alignment, flags."""
    if not isinstance(state, tuple) or len(state) not in (8, 9) or state[0] not in (3, 4):
        return None
    order, subtype, names, fields, itemsize, flags = _text(state[1]), *state[2:6], state[7]
    if order not in ("<", ">", "|", "=") or type(itemsize) is not int or type(flags) is not int or subtype is not None:
        return None
    if itemsize != -1 and itemsize != size:
        return None
    if kind != "V":
        return DType(kind, size, order == ">", objects=kind == "O")
    if itemsize != size:
        return None
    objects = bool(flags & _HAS_OBJECTS)
    spelled: list[Field] = []
    if names is not None:
        if not isinstance(names, tuple) or len(names) > _FIELDS or not isinstance(fields, Mapping):
            return None
        for name in names:
            text = _text(name)
            part = _field(fields.get(text), depth) if text is not None else None
            if text is None or part is None:
                return None
            dtype, offset = part
            spelled.append(Field(text, dtype.kind, dtype.size, offset))
        if objects != any(field.kind == "O" for field in spelled):
            return None
    return DType(kind, size, order == ">", objects, tuple(spelled))


def _field(entry: Value, depth: int) -> tuple[DType, int] | None:
    """A field's type and offset. A field may be a small array of a type: then it is that type's kind with no size."""
    if not isinstance(entry, tuple) or len(entry) < 2 or type(entry[1]) is not int:
        return None
    dtype, offset = entry[0], entry[1]
    if isinstance(dtype, Call) and isinstance(dtype.state, tuple) and len(dtype.state) > 2:
        subtype = dtype.state[2]
        if isinstance(subtype, tuple) and len(subtype) == 2:
            element = read_dtype(subtype[0], depth + 1)
            return (DType(element.kind, 0), offset) if element is not None else None
    found = read_dtype(dtype, depth + 1)
    return (found, offset) if found is not None else None


def _text(value: Value) -> str | None:
    """A text, which protocol 2 and Python 2 may have written as bytes."""
    if type(value) is bytes:
        return value.decode("latin-1")
    return value if type(value) is str else None
