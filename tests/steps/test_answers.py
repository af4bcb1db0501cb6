"""The answers as callables of fields read them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.steps.pools import Now
from wizard.steps import Answers, Field, Session, Step


def answers_seen(*fields: Field, **typed: Any) -> Answers:
    """The answers that a check of the last field gets."""
    seen: list[Answers] = []

    def look(_value: Any, answers: Answers) -> None:
        seen.append(answers)

    eye = Field(name="eye", label="Eye", why="", default="x", check=look)
    session = Session((Step("one", "One", "", (*fields, eye)),), debounce=0, pool=Now())
    for name, raw in typed.items():
        session.set(name, raw)
    session.view()
    return seen[-1]


def asked(name: str, **more: Any) -> Field:
    return Field(name=name, label=name, why="", **more)


def test_they_are_a_mapping_of_the_visible_fields() -> None:
    answers = answers_seen(asked("a"), asked("b", default="y"), asked("c", visible=lambda a: False, default="z"), a="x")
    assert dict(answers) == {"a": "x", "b": "y", "eye": "x"} and len(answers) == 3
    assert "c" not in answers and answers.get("c", "other") == "other"
    with pytest.raises(KeyError):
        answers["c"]


def test_a_field_without_a_value_is_there_and_none() -> None:
    answers = answers_seen(asked("a"), asked("b"), b="  ")
    assert answers["a"] is None and answers["b"] is None and "a" in answers


def test_a_name_that_no_field_has_is_told_even_where_a_missing_answer_would_do() -> None:
    answers = answers_seen(asked("a"))
    with pytest.raises(LookupError, match="aa"):
        answers.get("aa")
    with pytest.raises(LookupError, match="ff"):
        answers.fact("ff")


def test_what_was_given_cannot_be_changed_by_who_reads_it() -> None:
    answers = answers_seen(asked("a"), a="x")
    assert answers.given == {"a": "x"} and not answers.overtaken
    with pytest.raises(TypeError):
        answers.given["a"] = "y"  # type: ignore[index]  # that it cannot is what is tested
