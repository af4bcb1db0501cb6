"""The symbolic machine against Python's own tools, on objects and bytes nobody chose."""

import io
import pickle
import pickletools
import re
import time
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from uuid import UUID

import joblib
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.inspection.hostile import hostile_files
from wizard.errors import InspectionError
from wizard.inspection import Severity, inspect_model
from wizard.inspection.limits import FaultyFileError, Limits
from wizard.inspection.machine import read_pickle
from wizard.inspection.source import Source
from wizard.inspection.symbols import Call, Mapping, Members
from wizard.inspection.transcript import Transcript

QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.text() | st.integers(), inner, max_size=5)
        | st.tuples(inner, inner)
        | st.frozensets(st.integers() | st.text(), max_size=4)
        | st.sets(st.integers(), max_size=4)
    ),
    max_leaves=30,
)
objects = st.recursive(
    plain
    | st.dates()
    | st.datetimes()
    | st.decimals(allow_nan=False)
    | st.fractions()
    | st.uuids()
    | st.sampled_from([date, datetime, Decimal, Fraction, UUID, len, np.float64, np.log1p, int, Path("a/b")]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=15,
)


def read(content: bytes) -> tuple[object, Transcript]:
    transcript = Transcript()
    value = read_pickle(Source(io.BytesIO(content)), Limits(), transcript, deadline=time.monotonic() + 10)
    return value, transcript


def rebuilt(value: object) -> object:
    """The Python object behind inert values, for values that need no class."""
    if isinstance(value, Mapping):
        return {rebuilt(key): rebuilt(entry) for key, entry in value.pairs()}
    if isinstance(value, Members):
        return frozenset(rebuilt(entry) for entry in value)
    if isinstance(value, Call):
        if value.type in ("builtins.set", "builtins.frozenset"):
            return frozenset(rebuilt(entry) for entry in (value.arguments or ((),))[0])
        if value.type == "builtins.bytes":
            return b""
        text, codec = value.arguments
        return text.encode(codec)
    if isinstance(value, list):
        return [rebuilt(entry) for entry in value]
    if isinstance(value, tuple):
        return tuple(rebuilt(entry) for entry in value)
    return value


@QUICK
@given(plain, st.integers(0, 5))
def test_plain_values_come_out_as_they_went_in(value: object, protocol: int) -> None:
    found, transcript = read(pickle.dumps(value, protocol))
    assert rebuilt(found) == value
    assert not transcript.oddities


def names_by_genops(content: bytes) -> set[str]:
    """The globals of a pickle by pickletools: GLOBAL's argument, and the two texts before a STACK_GLOBAL."""
    names, texts, memo, last = set(), [], {}, None
    for opcode, argument, _ in pickletools.genops(content):
        if opcode.name == "GLOBAL":
            names.add(argument.replace(" ", "."))
        elif opcode.name == "STACK_GLOBAL":
            names.add(".".join(texts[-2:]))
        elif opcode.name == "MEMOIZE":
            memo[len(memo)] = last
        elif "PUT" in opcode.name:
            memo[int(argument)] = last
        elif "GET" in opcode.name:
            last = memo.get(int(argument))
            if isinstance(last, str):
                texts.append(last)
            continue
        if opcode.name not in ("MEMOIZE", "PROTO", "FRAME") and "PUT" not in opcode.name:
            last = argument if isinstance(argument, str) and "UNICODE" in opcode.name else None
            if last is not None:
                texts.append(last)
    return names


@QUICK
@given(objects, st.integers(0, 5))
def test_the_globals_are_those_pickletools_finds(value: object, protocol: int) -> None:
    content = pickle.dumps(value, protocol)
    _, transcript = read(content)
    assert {name.spelled for name in transcript.globals.values()} == names_by_genops(content)


@QUICK
@given(st.binary(max_size=300))
def test_random_bytes_are_a_value_or_a_fault(content: bytes) -> None:
    for start in (b"", b"\x80\x02", b"\x80\x04", b"\x80\x05\x95"):
        try:
            read(start + content)
        except FaultyFileError:
            pass


SEEDS = [content for _, content in hostile_files("/tmp/sendoff-never") if len(content) < 2_000]
SEEDS += [pickle.dumps({"a": [1, (2.5, "b")], "c": {3, 4}}, protocol) for protocol in range(6)]
for _value in (np.arange(3.0), np.array(["a", 1], dtype=object), {"x": np.zeros((2, 2), order="F")}):
    _stream = io.BytesIO()
    joblib.dump(_value, _stream)
    SEEDS.append(_stream.getvalue())


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(SEEDS), st.data())
def test_changed_files_are_a_value_or_a_fault(content: bytes, data: st.DataObject) -> None:
    changed = bytearray(content)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(changed)))
        change = data.draw(st.sampled_from(["set", "cut", "put"]))
        if change == "set" and at < len(changed):
            changed[at] = data.draw(st.integers(0, 255))
        elif change == "cut":
            del changed[at : at + data.draw(st.integers(1, 20))]
        else:
            changed[at:at] = data.draw(st.binary(max_size=10))
    try:
        read(bytes(changed))
    except FaultyFileError:
        pass


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(SEEDS), st.data())
def test_the_whole_inspection_of_a_changed_file_ends_in_words(
    tmp_path: Path, content: bytes, data: st.DataObject
) -> None:
    changed = bytearray(content)
    changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "changed.pkl"
    path.write_bytes(changed)
    try:
        inspect_model(path)
    except InspectionError as error:
        assert error.what


@pytest.mark.parametrize("piece", [1, 2, 7, 511, 512, 513, 70_000])
def test_it_makes_no_difference_in_what_pieces_the_bytes_come(piece: int) -> None:
    class Trickle(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, piece))

    content = pickle.dumps([{f"key {number}": float(number) for number in range(200)}, b"x" * 1000, "y" * 3000])
    value = read_pickle(Source(Trickle(content)), Limits(), Transcript(), deadline=time.monotonic() + 10)
    assert rebuilt(value) == pickle.loads(content)


def test_long_texts_and_bytes_are_skipped_and_their_length_kept() -> None:
    value, transcript = read(pickle.dumps(["a" * (2 << 20), b"b" * (1 << 20)]))
    assert isinstance(value, list)
    assert [(blob.kind, blob.size) for blob in value] == [(str, 2 << 20), (bytes, 1 << 20)]
    assert transcript.blob_bytes == 3 << 20


def test_a_mark_may_be_popped_like_a_value() -> None:
    assert read(b"\x80\x02(0N.")[0] is None


def test_python_2_pickles_are_read(tmp_path: Path) -> None:
    path = tmp_path / "old.pkl"
    path.write_bytes(b"\x80\x02c__builtin__\nset\nq\x00]q\x01(U\x01aK\x01e\x85q\x02Rq\x03.")
    found = inspect_model(path)
    assert found.globals == ("__builtin__.set",)
    assert all(finding.severity is Severity.NOTE for finding in found.findings)


def test_every_opcode_of_python_is_known() -> None:
    from wizard.inspection import machine
    from wizard.inspection.literals import LITERALS
    from wizard.inspection.rare_opcodes import RARE_OPCODES

    source = Path(machine.__file__).read_text()
    in_the_loop = {int(number, 16) for number in re.findall(r"opcode == (0x[0-9A-F]{2})", source)}
    assert {ord(opcode.code) for opcode in pickletools.opcodes} == in_the_loop | LITERALS.keys() | RARE_OPCODES.keys()
