"""Drafts: kept without secrets, taken up piece by piece."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.steps.pools import Now
from wizard.steps import Choice, Field, Kind, Session, Step, StepState


def asked(name: str, **more: Any) -> Field:
    return Field(name=name, label=name, why="", **more)


STEPS = (
    Step("one", "One", "", (asked("text"), asked("number", kind=Kind.NUMBER, default=1), asked("yes", kind=Kind.BOOL))),
    Step(
        "two",
        "Two",
        "",
        (
            asked("rows", kind=Kind.LINES, required=False),
            asked("env", kind=Kind.PAIRS, required=False),
            asked("secret", kind=Kind.SECRET, required=False),
            asked("choice", kind=Kind.CHOICE, choices=(Choice("x"), Choice("y")), default="x"),
        ),
    ),
    Step("three", "Three", ""),
)


def fresh() -> Session:
    return Session(STEPS, debounce=0, pool=Now())


def test_a_draft_brings_back_what_was_given_and_where_the_person_was() -> None:
    session = fresh()
    for name, raw in {"text": "a", "number": "2.5", "yes": True, "rows": ("r", "", "s"), "env": ("A=1",)}.items():
        session.set(name, raw)
    session.next()
    again = fresh()
    again.restore(json.loads(json.dumps(session.draft())))
    assert (
        again.given()
        == session.given()
        == {"text": "a", "number": 2.5, "yes": True, "rows": ("r", "s"), "env": {"A": "1"}}
    )
    assert again.view() == session.view() and again.view().step.name == "two"
    assert [mark.state for mark in again.trail()] == [StepState.DONE, StepState.HERE, StepState.OPEN]
    assert again.draft() == session.draft()


def test_defaults_are_in_no_draft_and_are_worked_out_anew() -> None:
    assert fresh().draft() == {"step": "one", "left": [], "values": {}}


def test_what_was_typed_wrong_is_kept_as_it_was_typed_and_still_wrong() -> None:
    session = fresh()
    session.set("number", "twelve")
    again = fresh()
    again.restore(session.draft())
    assert again.field("number").raw == "twelve" and again.field("number").error is not None


def test_no_secret_is_ever_in_a_draft() -> None:
    session = fresh()
    session.set("secret", "hunter2")
    session.set("text", "ghp_abcdefghijklmnopqrstuvwxyz0123456789")
    session.set("env", ("A=1", "API_KEY=hunter2", "B=https://me:hunter2@host.example/"))
    assert session.draft()["values"] == {"env": ["A=1"]}


def test_a_secret_that_is_there_survives_taking_up_a_draft() -> None:
    session = fresh()
    session.set("secret", "hunter2")
    session.restore({"values": {"secret": "of the draft", "text": "a"}})
    assert session.given() == {"secret": "hunter2", "text": "a"}


@pytest.mark.parametrize(
    ("draft", "given_then", "step"),
    [
        (None, {}, "one"),
        ([], {}, "one"),
        ({"values": [1], "step": 7, "left": 3}, {}, "one"),
        ({"values": {"text": {"a": 1}, "number": "3", "gone": "x", "5": 5}, "step": "gone"}, {"number": 3}, "one"),
        ({"values": {"rows": "a\nb", "yes": "maybe", "number": [1]}, "step": "two"}, {"rows": ("a", "b")}, "two"),
        ({"values": {"text": "x" * 10_001, "rows": [1, 2], "env": [["A"]]}, "step": ["two"]}, {}, "one"),
        ({"values": {"text": 5, "number": 7, "yes": 1}, "left": ["one", "gone", 3]}, {"text": "5", "number": 7}, "one"),
    ],
)
def test_a_bad_draft_is_dropped_piece_by_piece(draft: Any, given_then: dict[str, Any], step: str) -> None:
    session = fresh()
    session.set("text", "before")
    session.restore(draft)
    assert session.given() == given_then and session.view().step.name == step


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from([field.name for step in STEPS for field in step.fields] + ["gone"])


@given(
    draft=json_values
    | st.fixed_dictionaries(
        {"step": json_values, "left": json_values, "values": st.dictionaries(names, json_values, max_size=8)}
    )
)
def test_no_draft_whatever_raises_and_what_was_taken_up_can_be_kept_again(draft: Any) -> None:
    session = fresh()
    session.restore(draft)
    kept = json.loads(json.dumps(session.draft()))
    again = fresh()
    again.restore(kept)
    assert again.draft() == session.draft() and again.given() == session.given()
