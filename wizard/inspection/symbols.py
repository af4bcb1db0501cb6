"""The inert values a symbolic reading of a pickle is made of.

Constants (None, bool, int, float, str, bytes), lists and tuples stand for themselves. Everything that would need code to
exist (a class, an object, an array's memory) is one of the records below. None of them can be called, none is ever
hashed or compared by what the file put into it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple, TypeAlias

Value: TypeAlias = Any
"""Any value on the machine's stack: a constant, a list, a tuple or one of this module's records."""


class How(Enum):
    """The way a pickle makes an object."""

    CALL = "called"
    """REDUCE, INST, OBJ: the callable runs with arguments from the file."""
    NEW = "created"
    """NEWOBJ: only the class's `__new__` runs."""


class Global:
    """A `module.name` the file wants imported; one record for each spelling.

    `spelled` is what the file says, and what `Unpickler.find_class` will be asked for. `full` is what Python makes of it:
    in protocols 0 to 2 the Python 2 names are translated ("__builtin__.set" is "builtins.set").
    """

    __slots__ = ("at", "full", "module", "name", "spelled")

    def __init__(self, spelled: str, module: str, name: str, at: int) -> None:
        self.spelled = spelled
        self.module = module
        self.name = name
        self.full = f"{module}.{name}"
        self.at = at


class Mapping(list[Value]):
    """A dict as its pairs, flat: key, value, key, value. Never a hash table: the keys come from the file."""

    __slots__ = ("_index", "_indexed", "_sealed")
    _index: dict[str, Value]
    _indexed: int
    _sealed: bool

    def seal(self) -> None:
        """Mark it as used: it has been an object's state, which took it as it was then."""
        self._sealed = True

    @property
    def sealed(self) -> bool:
        """It has been an object's state; what is put into it later is not what was judged."""
        return getattr(self, "_sealed", False)

    def get(self, key: str) -> Value:
        """The value under a text key, the last where it is there twice; None where it is not."""
        if getattr(self, "_indexed", -1) != len(self):
            self._index = {name: self[at + 1] for at, name in self._names()}
            self._indexed = len(self)
        return self._index.get(key)

    def names(self) -> list[str]:
        """The text keys, in order."""
        return [name for _, name in self._names()]

    def pairs(self) -> list[tuple[Value, Value]]:
        """Key and value of every entry, in order."""
        return list(zip(self[::2], self[1::2], strict=True))

    def _names(self) -> list[tuple[int, str]]:
        return [(at, self[at]) for at in range(0, len(self), 2) if type(self[at]) is str]


class Members(list[Value]):
    """A set or frozenset, as the list of what was put into it."""

    __slots__ = ()


class Call:
    """An object that was not made: what would have been called, with what, and what would have been set on it."""

    __slots__ = ("arguments", "at", "function", "how", "items", "keywords", "pairs", "state")

    def __init__(self, function: Value, arguments: Value, how: How, at: int, keywords: Value = None) -> None:
        self.function = function
        self.arguments = arguments
        self.how = how
        self.at = at
        self.keywords = keywords
        self.state: Value = None
        self.items: list[Value] | None = None
        self.pairs: Mapping | None = None

    @property
    def made(self) -> Value:
        """What is instantiated: the function, or the class a `copyreg` constructor is handed."""
        function = self.function
        if isinstance(function, Global) and function.full in _CONSTRUCTORS:
            arguments = self.arguments
            if isinstance(arguments, tuple) and arguments and isinstance(arguments[0], Global):
                return arguments[0]
        return function

    @property
    def type(self) -> str:
        """Full name of what is instantiated; "" where it is no plain name."""
        made = self.made
        return made.full if isinstance(made, Global) else ""


_CONSTRUCTORS = frozenset({"copyreg._reconstructor", "copyreg.__newobj__", "copyreg.__newobj_ex__"})


@dataclass(frozen=True, slots=True)
class Blob:
    """A long byte string or text that was skipped; `head` are its first bytes."""

    kind: type[bytes] | type[str]
    size: int
    at: int
    head: bytes = b""


class Field(NamedTuple):
    """One field of a structured numpy data type."""

    name: str
    kind: str
    size: int
    offset: int


@dataclass(frozen=True, slots=True)
class DType:
    """A numpy data type. `kind` is numpy's letter: b i u f c m M O S U V."""

    kind: str
    size: int
    big: bool = False
    objects: bool = False
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Array:
    """An array joblib laid between the opcodes.

    `data` holds its bytes if they are few, else `head` the first of them; `content` is the nested pickle of objects.
    """

    dtype: DType
    shape: tuple[int, ...]
    at: int
    nbytes: int
    fortran: bool = False
    data: bytes | None = None
    head: bytes = b""
    content: Value = None
