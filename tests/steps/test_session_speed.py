"""A key press on a large step stays far under what a person notices."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from tests.steps.pools import Now
from wizard.steps import Answers, Fact, Field, Inferred, Kind, Session, Step


def milliseconds(act: Callable[[int], object], times: int = 60) -> float:
    took = []
    for number in range(times):
        begun = time.perf_counter()
        act(number)
        took.append((time.perf_counter() - begun) * 1000)
    return statistics.median(took)


def test_an_edit_and_a_view_of_sixty_fields_that_share_one_proposal() -> None:
    known: dict[Any, dict[str, int]] = {}
    made: list[Any] = []

    def proposal(answers: Answers) -> dict[str, int]:
        key = (answers.fact("model"), tuple(answers.given.items()))
        if key not in known:
            made.append(key)
            known[key] = {f"f{number}": number for number in range(60)}
        return known[key]

    def field(number: int) -> Field:
        return Field(
            name=f"f{number}",
            label=f"Field {number}",
            why="",
            kind=Kind.NUMBER,
            default=lambda a: Inferred(proposal(a)[f"f{number}"], "It fits.", "measured"),
            visible=lambda a: a.fact("model") is not None,
            check=lambda v, a: () if proposal(a) else None,
        )

    steps = (Step("one", "One", "", tuple(map(field, range(60)))), Step("two", "Two", ""))
    session = Session(steps, (Fact("model", "reading", lambda a: "m"),), debounce=0, pool=Now())
    assert session.settled(5) and len(session.view().fields) == 60

    def edit(number: int) -> None:
        session.set("f3", str(number + 1000))
        session.view()
        session.trail()

    made.clear()
    assert milliseconds(edit) < 5
    assert len(made) == 60, "one proposal an edit"
    assert milliseconds(lambda _: session.view()) < 2
