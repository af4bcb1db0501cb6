"""A pickle machine's state and the opcodes that work on it: each one method.

Those that are frequent in models are in `machine`, those that only push a value from the file in `literals`.
"""

from __future__ import annotations

from collections.abc import Callable

from wizard.inspection.joblib_arrays import ARRAY_WRAPPERS, OLD_WRAPPERS, read_array
from wizard.inspection.limits import FaultyFileError, Limits
from wizard.inspection.python2_names import translated
from wizard.inspection.source import Source
from wizard.inspection.symbols import Array, Call, Global, How, Mapping, Members, Value
from wizard.inspection.transcript import Transcript

_NEWEST_PROTOCOL = 5


class RareOpcodes:
    """Stack, memo and the slow part of the instruction set."""

    def __init__(
        self, source: Source, limits: Limits, transcript: Transcript, nested: Callable[[], Value] | None
    ) -> None:
        self._source = source
        self._limits = limits
        self._transcript = transcript
        self._nested = nested
        """Reads a pickle that stands in place of an array; None where joblib's arrays cannot occur."""
        self._memo: dict[int, Value] = {}
        self._stack: list[Value] = []
        self._marked: list[list[Value]] = []
        """The stacks put aside by MARK."""
        self._protocol = 0
        self._frame_end = 0

    # Framing and the end

    def protocol(self) -> None:
        """PROTO"""
        self._protocol = self._source.take(1)[0]
        if self._protocol > _NEWEST_PROTOCOL:
            raise FaultyFileError(f"there is no pickle protocol {self._protocol}", self._source.tell() - 1)
        self._transcript.protocol = max(self._transcript.protocol, self._protocol)

    def frame(self) -> None:
        """FRAME"""
        if self._source.tell() - 1 < self._frame_end:
            raise FaultyFileError("a frame starts inside another", self._source.tell() - 1)
        length = self._unsigned(8)
        self._frame_end = self._source.tell() + length

    def stop(self) -> Value:
        """STOP"""
        value = self._stack.pop()
        if self._stack or self._marked:
            self._odd("values are left over at the end of the pickle")
        return value

    # Stack and memo

    def pop_top(self) -> None:
        """POP: the topmost value, or a MARK with nothing above it"""
        if self._stack:
            self._stack.pop()
        else:
            self._pop_mark()

    def pop_to_mark(self) -> None:
        """POP_MARK"""
        self._pop_mark()

    def duplicate(self) -> None:
        """DUP"""
        self._stack.append(self._stack[-1])

    def get_line(self) -> None:
        """GET"""
        self._stack.append(self._memo[int(self._source.line(20))])

    def put_line(self) -> None:
        """PUT"""
        self._memo[int(self._source.line(20))] = self._stack[-1]

    # Containers

    def tuple_marked(self) -> None:
        """TUPLE"""
        items = self._pop_mark()
        self._stack.append(tuple(items))

    def list_marked(self) -> None:
        """LIST"""
        items = self._pop_mark()
        self._stack.append(items)

    def dict_marked(self) -> None:
        """DICT"""
        items = self._pop_mark()
        self._stack.append(Mapping(self._even(items)))

    def empty_set(self) -> None:
        """EMPTY_SET"""
        self._stack.append(Members())

    def frozenset_marked(self) -> None:
        """FROZENSET"""
        items = self._pop_mark()
        self._stack.append(Members(items))

    def append_one(self) -> None:
        """APPEND"""
        item = self._stack.pop()
        self._extend([item])

    def append_marked(self) -> None:
        """APPENDS and ADDITEMS"""
        items = self._pop_mark()
        self._extend(items)

    def set_one(self) -> None:
        """SETITEM"""
        value, key = self._stack.pop(), self._stack.pop()
        self._update([key, value])

    def set_marked(self) -> None:
        """SETITEMS"""
        items = self._pop_mark()
        self._update(self._even(items))

    # Names and objects

    def global_line(self) -> None:
        """GLOBAL"""
        module, name = self._line().decode(), self._line().decode()
        self._stack.append(self._global(module, name))

    def global_stacked(self) -> None:
        """STACK_GLOBAL"""
        name, module = self._stack.pop(), self._stack.pop()
        if type(name) is not str or type(module) is not str:
            self._odd("a name to import is computed while loading")
            module, name = "?", "?"
        self._stack.append(self._global(module, name))

    def extension(self, size: int) -> None:
        """EXT1, EXT2 and EXT4"""
        self._odd("a name to import is given as an extension code")
        self._stack.append(self._transcript.name("?", "?", f"extension {self._unsigned(size)}", self._source.tell()))

    def reduce(self) -> None:
        """REDUCE"""
        arguments, function = self._stack.pop(), self._stack.pop()
        self._make(function, arguments, How.CALL)

    def new_object(self) -> None:
        """NEWOBJ"""
        arguments, cls = self._stack.pop(), self._stack.pop()
        self._make(cls, arguments, How.NEW)

    def new_object_keywords(self) -> None:
        """NEWOBJ_EX"""
        keywords, arguments, cls = self._stack.pop(), self._stack.pop(), self._stack.pop()
        self._make(cls, arguments, How.NEW, keywords)

    def instance_line(self) -> None:
        """INST"""
        module, name = self._line().decode(), self._line().decode()
        arguments = self._pop_mark()
        self._make(self._global(module, name), tuple(arguments), How.CALL)

    def instance_marked(self) -> None:
        """OBJ"""
        items = self._pop_mark()
        self._make(items[0], tuple(items[1:]), How.CALL)

    def build(self) -> None:
        """BUILD"""
        state, target = self._stack.pop(), self._stack[-1]
        if not isinstance(target, Call):
            self._odd(f"the state of {_described(target)} is set")
            return
        if target.state is not None:
            self._odd(f"the state of {_described(target)} is set twice")
        target.state = state
        for part in state if isinstance(state, tuple) else (state,):
            if type(part) is Mapping:
                part.seal()
        if target.type in OLD_WRAPPERS:
            raise FaultyFileError(
                "joblib before 0.10 wrote it, with its arrays in files of their own", self._source.tell()
            )
        if target.type in ARRAY_WRAPPERS and self._nested is not None:
            if self._source.tell() < self._frame_end:
                raise FaultyFileError("an array lies inside a frame, where joblib never puts one", self._source.tell())
            array = read_array(target, self._source, self._limits, self._nested)
            self._transcript.arrays.append(array)
            self._stack[-1] = array

    # What a model on its own cannot have

    def persistent(self) -> None:
        """PERSID and BINPERSID"""
        raise FaultyFileError("it refers to data kept outside the file (a persistent id)", self._source.tell())

    def buffer(self) -> None:
        """NEXT_BUFFER and READONLY_BUFFER"""
        raise FaultyFileError("it refers to buffers kept outside the file", self._source.tell())

    def _make(self, function: Value, arguments: Value, how: How, keywords: Value = None) -> None:
        call = Call(function, arguments, how, self._source.tell(), keywords)
        if not isinstance(arguments, tuple):
            self._odd(f"the arguments of {call.type or 'a call'} are {_described(arguments)}")
        elif any(_names_wrapper(argument) for argument in arguments) and call.type not in ARRAY_WRAPPERS:
            self._odd("joblib's array wrapper is handed to a call")
        self._transcript.calls.append(call)
        self._stack.append(call)

    def _global(self, module: str, name: str) -> Global:
        spelled = f"{module}.{name}"
        if not spelled.isprintable():
            raise FaultyFileError("a name to import is not printable", self._source.tell())
        if self._protocol < 3:
            module, name = translated(module, name)
        return self._transcript.name(spelled, module, name, self._source.tell())

    def _extend(self, items: list[Value]) -> None:
        target = self._stack[-1]
        if type(target) is list or type(target) is Members:
            target.extend(items)
        elif isinstance(target, Call):
            if target.state is not None or target.pairs is not None:  # its own attributes may say what adding does
                self._odd(f"items are added to {_described(target)}, which is complete")
            if target.items is None:
                target.items = []
            target.items.extend(items)
        else:
            self._odd(f"items are added to {_described(target)}")

    def _update(self, items: list[Value]) -> None:
        target = self._stack[-1]
        if type(target) is Mapping:
            if target.sealed:
                self._odd("a state is changed after it was set")
            target.extend(items)
        elif isinstance(target, Call):
            if target.state is not None:
                self._odd(f"items are set in {_described(target)}, which is complete")
            if target.pairs is None:
                target.pairs = Mapping()
            target.pairs.extend(items)
        else:
            self._odd(f"items are set in {_described(target)}")

    def _pop_mark(self) -> list[Value]:
        items, self._stack = self._stack, self._marked.pop()
        return items

    def _even(self, items: list[Value]) -> list[Value]:
        if len(items) % 2:
            raise FaultyFileError("a key without a value", self._source.tell())
        return items

    def _unsigned(self, size: int) -> int:
        return int.from_bytes(self._source.take(size), "little")

    def _line(self) -> bytes:
        return self._source.line(self._limits.line)

    def _odd(self, what: str) -> None:
        self._transcript.odd(what, self._source.tell())


def _names_wrapper(value: Value) -> bool:
    """An argument is joblib's array wrapper, or a tuple with it."""
    if isinstance(value, tuple):
        return any(isinstance(item, Global) and item.full in ARRAY_WRAPPERS for item in value)
    return isinstance(value, Global) and value.full in ARRAY_WRAPPERS


def _described(value: Value) -> str:
    """A value in a few words."""
    match value:
        case Global():
            return f"{value.full} itself, which is no object of the file"
        case Call():
            return f"an object of {value.type or 'a computed type'}"
        case Array():
            return "an array that is already complete"
        case list() | tuple() | bytes() | str():
            return f"a {type(value).__name__.lower()}"
        case _:
            return "a constant"


RARE_OPCODES: dict[int, Callable[[RareOpcodes], None]] = {
    0x80: RareOpcodes.protocol,
    0x95: RareOpcodes.frame,
    0x30: RareOpcodes.pop_top,
    0x31: RareOpcodes.pop_to_mark,
    0x32: RareOpcodes.duplicate,
    0x67: RareOpcodes.get_line,
    0x70: RareOpcodes.put_line,
    0x74: RareOpcodes.tuple_marked,
    0x6C: RareOpcodes.list_marked,
    0x64: RareOpcodes.dict_marked,
    0x8F: RareOpcodes.empty_set,
    0x91: RareOpcodes.frozenset_marked,
    0x61: RareOpcodes.append_one,
    0x65: RareOpcodes.append_marked,
    0x90: RareOpcodes.append_marked,
    0x73: RareOpcodes.set_one,
    0x75: RareOpcodes.set_marked,
    0x63: RareOpcodes.global_line,
    0x93: RareOpcodes.global_stacked,
    0x82: lambda machine: machine.extension(1),
    0x83: lambda machine: machine.extension(2),
    0x84: lambda machine: machine.extension(4),
    0x52: RareOpcodes.reduce,
    0x81: RareOpcodes.new_object,
    0x92: RareOpcodes.new_object_keywords,
    0x69: RareOpcodes.instance_line,
    0x6F: RareOpcodes.instance_marked,
    0x62: RareOpcodes.build,
    0x50: RareOpcodes.persistent,
    0x51: RareOpcodes.persistent,
    0x97: RareOpcodes.buffer,
    0x98: RareOpcodes.buffer,
}
"""Every opcode that does more than push a value, but for those the machine's loop runs itself."""
