"""The pickle machine, run on inert values: nothing the file names is imported, nothing is called, nothing is hashed.

It follows what `pickle.load` and `joblib.load` would do to the byte, so that no opcode one of them would run stays unseen
here. Where the two could part (an array in the middle of a frame, a data type numpy might read otherwise, a tail after
the end), the file is at fault or the oddity is recorded; it is never guessed.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from time import monotonic

from wizard.inspection.limits import FaultyFileError, Limits
from wizard.inspection.literals import LITERALS
from wizard.inspection.rare_opcodes import RARE_OPCODES, RareOpcodes
from wizard.inspection.source import Source
from wizard.inspection.symbols import Blob, Mapping, Value
from wizard.inspection.transcript import Transcript

_BYTES_A_STEP = 100
"""What one opcode makes Python hold at most, beside the bytes it carries."""

_u16 = struct.Struct("<H").unpack_from
_i32 = struct.Struct("<i").unpack_from
_u32 = struct.Struct("<I").unpack_from
_f64 = struct.Struct(">d").unpack_from


def read_pickle(source: Source, limits: Limits, transcript: Transcript, *, deadline: float) -> Value:
    """Read one pickle up to its STOP opcode: the value it would leave. `deadline` is a `time.monotonic()`."""

    def nested() -> Value:
        return Machine(source, limits, transcript, deadline, None).run()

    return Machine(source, limits, transcript, deadline, nested).run()


class Machine(RareOpcodes):
    """One pickle's machine, with the frequent opcodes in one loop."""

    def __init__(
        self,
        source: Source,
        limits: Limits,
        transcript: Transcript,
        deadline: float,
        nested: Callable[[], Value] | None,
    ) -> None:
        super().__init__(source, limits, transcript, nested)
        self._deadline = deadline

    def run(self) -> Value:
        """Read up to the STOP opcode and give the value it leaves."""
        try:
            return self._run()
        except (IndexError, KeyError) as error:
            raise FaultyFileError(
                f"its opcodes do not fit together ({type(error).__name__})", self._source.tell()
            ) from None
        except (ValueError, OverflowError) as error:
            raise FaultyFileError(f"a value in it is malformed ({error})", self._source.tell()) from None

    def _run(self) -> Value:
        source, memo, stack = self._source, self._memo, self._stack
        push = stack.append
        buffer, at, safe = source.buffer, source.at, source.safe
        for step in range(self._limits.steps - self._transcript.steps):
            if at > safe:
                source.at = at
                source.refill()
                buffer, at, safe = source.buffer, source.at, source.safe
                self._check(step)
            opcode = buffer[at]
            at += 1
            if opcode == 0x94:  # MEMOIZE
                memo[len(memo)] = stack[-1]
            elif opcode == 0x8C:  # SHORT_BINUNICODE
                start = at + 1
                at = start + buffer[at]
                push(buffer[start:at].decode("utf-8", "surrogatepass"))
            elif opcode == 0x4B:  # BININT1
                push(buffer[at])
                at += 1
            elif opcode == 0x4A:  # BININT
                push(_i32(buffer, at)[0])
                at += 4
            elif opcode == 0x68:  # BINGET
                push(memo[buffer[at]])
                at += 1
            elif opcode == 0x6A:  # LONG_BINGET
                push(memo[_u32(buffer, at)[0]])
                at += 4
            elif opcode == 0x71:  # BINPUT
                memo[buffer[at]] = stack[-1]
                at += 1
            elif opcode == 0x72:  # LONG_BINPUT
                memo[_u32(buffer, at)[0]] = stack[-1]
                at += 4
            elif opcode == 0x4D:  # BININT2
                push(_u16(buffer, at)[0])
                at += 2
            elif opcode == 0x47:  # BINFLOAT
                push(_f64(buffer, at)[0])
                at += 8
            elif opcode == 0x28:  # MARK
                self._marked.append(stack)
                stack = self._stack = []
                push = stack.append
            elif opcode == 0x4E:  # NONE
                push(None)
            elif opcode == 0x88:  # NEWTRUE
                push(True)
            elif opcode == 0x89:  # NEWFALSE
                push(False)
            elif opcode == 0x86:  # TUPLE2
                stack[-2:] = [(stack[-2], stack[-1])]
            elif opcode == 0x85:  # TUPLE1
                stack[-1] = (stack[-1],)
            elif opcode == 0x87:  # TUPLE3
                stack[-3:] = [(stack[-3], stack[-2], stack[-1])]
            elif opcode == 0x29:  # EMPTY_TUPLE
                push(())
            elif opcode == 0x5D:  # EMPTY_LIST
                push([])
            elif opcode == 0x7D:  # EMPTY_DICT
                push(Mapping())
            elif opcode == 0x43:  # SHORT_BINBYTES
                start = at + 1
                at = start + buffer[at]
                push(buffer[start:at])
            elif opcode == 0x58 and _u32(buffer, at)[0] < 256:  # BINUNICODE, short
                start = at + 4
                at = start + buffer[at]
                push(buffer[start:at].decode("utf-8", "surrogatepass"))
            elif opcode == 0x2E:  # STOP
                source.at = at
                self._transcript.steps += step + 1
                return self.stop()
            elif opcode in LITERALS:
                source.at = at
                value = LITERALS[opcode](source, self._limits)
                if type(value) is Blob:
                    self._transcript.blob_bytes += value.size
                push(value)
                buffer, at, safe = source.buffer, source.at, source.safe
            elif opcode in RARE_OPCODES:
                source.at = at
                RARE_OPCODES[opcode](self)
                stack = self._stack
                push = stack.append
                buffer, at, safe = source.buffer, source.at, source.safe
            else:
                raise FaultyFileError(f"no pickle has the opcode 0x{opcode:02x}", source.tell() - source.at + at - 1)
        raise FaultyFileError(f"it takes more than {self._limits.steps:,} opcodes", source.tell())

    def _check(self, step: int) -> None:
        """Hold the limits that one file could break slowly."""
        steps = self._transcript.steps + step
        kept = self._source.tell() - self._source.skipped
        if _BYTES_A_STEP * steps + 2 * kept > self._limits.memory:
            raise FaultyFileError(f"reading it takes more than {self._limits.memory >> 20:,} MiB", self._source.tell())
        if monotonic() > self._deadline:
            raise FaultyFileError("reading it takes too long", self._source.tell())
