"""From what a control holds to a value, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.plan.plan import Server
from wizard.steps.fields import Field, Kind
from wizard.steps.parsing import LISTS, LONGEST, MOST_ROWS, is_empty, parse, raw_form, shown, value_form


def field(kind: Kind) -> Field:
    return Field(name="f", label="Effort", why="", kind=kind)


def read(kind: Kind, raw: Any) -> Any:
    parsed = parse(field(kind), raw_form(kind, raw))
    assert not parsed.problems, parsed.problems
    return parsed.value


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        (Kind.TEXT, "  a b ", "a b"),
        (Kind.TEXT, "", None),
        (Kind.TEXT, None, None),
        (Kind.TEXT, 5, "5"),
        (Kind.PATH, Path("/a/ü.pkl"), "/a/ü.pkl"),
        (Kind.NUMBER, " 12 ", 12),
        (Kind.NUMBER, "-0.5", -0.5),
        (Kind.NUMBER, 3, 3),
        (Kind.NUMBER, "1e-05", 1e-05),
        (Kind.NUMBER, 1e-05, 1e-05),
        (Kind.NUMBER, "2.5E+3", 2500.0),
        (Kind.SIZE, "512Mi", 512 * 2**20),
        (Kind.SIZE, "1.5 GiB", 1536 * 2**20),
        (Kind.BOOL, "yes", True),
        (Kind.BOOL, "OFF", False),
        (Kind.BOOL, None, False),
        (Kind.LINES, ["a ", "", " b"], ("a", "b")),
        (Kind.LINES, "a\nb\n", ("a", "b")),
        (Kind.LINES, (), ()),
        (Kind.PAIRS, ("A=1", " B = x=y ", "C="), {"A": "1", "B": "x=y", "C": ""}),
        (Kind.REQUIREMENTS, ("numpy<2", ""), ("numpy<2",)),
        (Kind.SECRET, " s ", "s"),
    ],
)
def test_what_a_control_holds_is_read_by_its_kind(kind: Kind, raw: Any, value: Any) -> None:
    assert read(kind, raw) == value and type(read(kind, raw)) in (type(value), type(read(Kind.SECRET, "s")))


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (Kind.NUMBER, "two"),
        (Kind.NUMBER, "1e555"),
        (Kind.NUMBER, "1e"),
        (Kind.NUMBER, "nan"),
        (Kind.NUMBER, "9" * 5000),
        (Kind.NUMBER, "٣٣x"),
        (Kind.SIZE, "much"),
        (Kind.TEXT, "a\x1b[2Jb"),
        (Kind.TEXT, "a\nb"),
        (Kind.PATH, "a\x00b"),
        (Kind.TEXT, "a\ud800"),
        (Kind.TEXT, "x" * (LONGEST + 1)),
        (Kind.LINES, ("x" * (LONGEST + 1),)),
        (Kind.LINES, ("x",) * (MOST_ROWS + 1)),
        (Kind.LINES, ("a\x07",)),
        (Kind.PAIRS, ("A",)),
        (Kind.PAIRS, ("=1",)),
        (Kind.PAIRS, ("A=1", "", "A=2")),
    ],
)
def test_what_cannot_be_read_says_so_in_three_parts(kind: Kind, raw: Any) -> None:
    parsed = parse(field(kind), raw_form(kind, raw))
    assert parsed.value is None
    (problem,) = parsed.problems
    assert problem.what and problem.why and problem.fix and len(problem.why) < 200
    assert problem.field.split(".")[0] == "f"
    problem.why.encode("utf-8")
    assert "\x1b" not in problem.why and "\x07" not in problem.why


def test_a_decimal_comma_is_understood_and_offered_as_it_is_written_here() -> None:
    (problem,) = parse(field(Kind.NUMBER), "2,5").problems
    assert problem.nearest == 2.5


def test_a_problem_of_a_row_counts_the_rows_the_person_sees() -> None:
    (problem,) = parse(field(Kind.PAIRS), ("A=1", "", "A=2")).problems
    assert problem.field == "f.2" and "Line 1" in problem.why


@pytest.mark.parametrize(
    ("kind", "raw"), [(Kind.BOOL, "maybe"), (Kind.BOOL, 3), (Kind.LINES, [1]), (Kind.TEXT, True), (Kind.TEXT, b"x")]
)
def test_a_form_that_no_control_has_is_a_mistake_of_the_caller(kind: Kind, raw: Any) -> None:
    with pytest.raises(TypeError):
        raw_form(kind, raw)


@pytest.mark.parametrize(
    ("kind", "default", "value", "raw"),
    [
        (Kind.TEXT, Server.FASTAPI, "fastapi", "fastapi"),
        (Kind.CHOICE, 3, "3", "3"),
        (Kind.PATH, Path("a/b"), "a/b", "a/b"),
        (Kind.NUMBER, "2.5", 2.5, "2.5"),
        (Kind.NUMBER, 4, 4, "4"),
        (Kind.SIZE, "1Gi", 2**30, "1Gi"),
        (Kind.SIZE, 2**29, 2**29, "512Mi"),
        (Kind.BOOL, None, False, False),
        (Kind.LINES, ["a"], ("a",), ("a",)),
        (Kind.PAIRS, {"A": 1}, {"A": "1"}, ("A=1",)),
        (Kind.PAIRS, ("A=1",), {"A": "1"}, ("A=1",)),
        (Kind.TEXT, None, None, ""),
        (Kind.LINES, None, None, ()),
    ],
)
def test_a_default_takes_the_form_of_what_is_typed(kind: Kind, default: Any, value: Any, raw: Any) -> None:
    assert value_form(kind, default) == value and shown(kind, value_form(kind, default)) == raw


@given(kind=st.sampled_from(sorted(Kind)), text=st.text(), rows=st.lists(st.text(), max_size=5), yes=st.booleans())
def test_nothing_a_person_types_raises_and_what_is_read_reads_again_as_itself(
    kind: Kind, text: str, rows: list[str], yes: bool
) -> None:
    raw = yes if kind is Kind.BOOL else tuple(rows) if kind in LISTS else text
    parsed = parse(field(kind), raw_form(kind, raw))
    if not parsed.problems and not is_empty(parsed.value):
        assert parse(field(kind), raw_form(kind, shown(kind, parsed.value))).value == parsed.value


@given(number=st.integers(-(10**17), 10**17) | st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_shown_as_it_can_be_typed(number: float) -> None:
    assert read(Kind.NUMBER, shown(Kind.NUMBER, number)) == number


def test_a_secret_is_not_in_its_own_repr() -> None:
    parsed = parse(field(Kind.SECRET), raw_form(Kind.SECRET, "hunter2"))
    assert "hunter2" not in repr(parsed) and parsed.value == "hunter2"
    (problem,) = parse(field(Kind.SECRET), raw_form(Kind.SECRET, "hunter2\x1b!")).problems
    assert "hunter2" not in repr(problem)
