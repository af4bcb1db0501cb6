"""One row for itself, as other parts of the notebook use it: any view, any text."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import ipywidgets
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_ext.form.field_row import FieldRow
from tests.jupyter_ext.form.page import DEADLINE, Page, buttons, control, give, words
from wizard.plan.problem import Problem
from wizard.steps import Choice, Field, Kind
from wizard.steps.parsing import LONGEST, MOST_ROWS
from wizard.steps.views import FieldView

_EMPTY: dict[Kind, Any] = {Kind.BOOL: False, **dict.fromkeys((Kind.LINES, Kind.PAIRS, Kind.REQUIREMENTS), ())}


def view_of(kind: Kind = Kind.TEXT, raw: Any = None, **more: Any) -> FieldView:
    field = Field(name="x", label="The x", why="Because.", kind=kind)
    return FieldView(field, value=None, raw=_EMPTY.get(kind, "") if raw is None else raw, **more)


def row_of(view: FieldView) -> tuple[FieldRow, list[Any]]:
    told: list[Any] = []
    return FieldRow(view, lambda _name, raw: told.append(raw)), told


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_a_control_that_bears_the_label(kind: Kind) -> None:
    row, told = row_of(view_of(kind))
    assert control(row, "The x") is row.control
    assert "Because." in words(row) and told == []


@settings(deadline=None)
@given(st.text(max_size=200), st.sampled_from([Kind.TEXT, Kind.PATH, Kind.NUMBER, Kind.SIZE]))
def test_any_text_is_told_once_as_it_is_and_drawing_it_changes_nothing(text: str, kind: Kind) -> None:
    row, told = row_of(view_of(kind))
    give(row.control, text)
    assert told == ([text] if text else [])
    row.show(view_of(kind, text))
    assert row.control.value == text and len(told) <= 1


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=20), max_size=20))
def test_any_lines_are_told_as_rows_and_drawing_them_changes_nothing(lines: list[str]) -> None:
    row, told = row_of(view_of(Kind.LINES))
    give(row.control, "\n".join(lines))
    rows = tuple("\n".join(lines).splitlines())
    assert told == ([rows] if rows else [])
    row.show(view_of(Kind.LINES, rows))
    assert row.control.value == "\n".join(lines)


@settings(deadline=None)
@given(st.lists(st.text("abc", max_size=3), min_size=1, max_size=6))
def test_whatever_is_drawn_in_whatever_order_is_never_told(raws: list[str]) -> None:
    choices = (Choice("a"), Choice("b", "Bee"), Choice("c"))
    text, told_text = row_of(view_of())
    choice, told_choice = row_of(view_of(Kind.CHOICE))
    for number, raw in enumerate(raws):
        text.show(view_of(raw=raw))
        choice.show(view_of(Kind.CHOICE, raw, choices=choices[: number % 4]))
        assert text.control.value == raw and choice.control.value == raw
    assert told_text == [] and told_choice == []


@pytest.mark.parametrize(
    ("kind", "much", "said"),
    [
        (Kind.TEXT, "x" * (LONGEST + 1), "10,001 characters"),
        (Kind.LINES, "x" * (LONGEST + 1), "10,001 characters"),
        (Kind.REQUIREMENTS, "a\n" * (MOST_ROWS + 1), "1,001 lines"),
        (Kind.SECRET, "x" * (LONGEST + 1), "10,001 characters"),
    ],
)
def test_what_is_far_too_much_is_refused_and_the_control_holds_what_it_held(kind: Kind, much: str, said: str) -> None:
    row, told = row_of(view_of(kind))
    before = row.control.value
    give(row.control, much)
    assert told == [] and said in words(row) and row.control.value == before


def test_a_problem_that_no_value_mends_has_no_button() -> None:
    problem = Problem("x", "It is wrong.", "So it is.", "Mend it.")
    row, _ = row_of(view_of(raw="a", error=problem))
    assert "It is wrong. So it is. Mend it." in words(row) and buttons(row) == []


def test_a_row_out_of_sight_keeps_its_control(page: Page) -> None:
    row, _ = row_of(view_of(raw="a"))
    row.show(view_of(raw="b"), in_sight=False)
    assert words(row) == "" and not row.shown
    row.show(replace(view_of(raw="b"), visible=False))
    assert not row.shown
    row.show(view_of(raw="b"))
    assert row.shown and row.control.value == "b"


def test_what_is_being_found_out_is_said_in_place_of_the_reason() -> None:
    row, _ = row_of(view_of(raw="a", busy="asking the cloud"))
    assert "◌ asking the cloud …" in words(row) and "Because." not in words(row)


def test_a_control_with_suggestions_is_a_text_that_takes_anything() -> None:
    told: list[Any] = []
    row = FieldRow(view_of(Kind.PATH), lambda _name, raw: told.append(raw), suggest=lambda typed: (f"{typed}.pkl",))
    row.show(view_of(Kind.PATH, "a"))
    assert isinstance(row.control, ipywidgets.Combobox) and row.control.options == ("a.pkl",)
    give(row.control, "anything")
    assert told == ["anything"]


@pytest.mark.parametrize("kind", list(Kind))
def test_an_edit_is_told_with_no_lock_of_the_row_held(kind: Kind) -> None:
    """Whoever is told may wait for a thread that draws this very row."""
    shown = view_of(kind, choices=(Choice("a", "A"), Choice("b", "B")))
    drawn: list[bool] = []

    def told(_name: str, _raw: Any) -> None:
        drawing = threading.Thread(target=lambda: row.show(replace(shown, note="drawn")), daemon=True)
        drawing.start()
        drawing.join(DEADLINE / 10)
        drawn.append(not drawing.is_alive())

    row = FieldRow(shown, told)
    give(row.control, True if kind is Kind.BOOL else "B" if kind is Kind.CHOICE else "b")
    assert drawn == [True]
