"""What a key press on a large step costs: every value is worked out once; its milliseconds are measured by the bench."""

from __future__ import annotations

from typing import Any

from tests.steps.pools import Now
from wizard.steps import Answers, Fact, Field, Inferred, Kind, Session, Step


def test_an_edit_works_out_sixty_fields_that_share_one_proposal_once_each_and_looking_again_none() -> None:
    known: dict[Any, dict[str, int]] = {}
    proposed: list[Any] = []
    worked_out: list[str] = []

    def proposal(answers: Answers) -> dict[str, int]:
        key = (answers.fact("model"), tuple(answers.given.items()))
        if key not in known:
            proposed.append(key)
            known[key] = {f"f{number}": number for number in range(60)}
        return known[key]

    def field(number: int) -> Field:
        name = f"f{number}"

        def default(answers: Answers) -> Inferred:
            worked_out.append(name)
            return Inferred(proposal(answers)[name], "It fits.", "measured")

        return Field(
            name=name,
            label=f"Field {number}",
            why="",
            kind=Kind.NUMBER,
            default=default,
            visible=lambda a: a.fact("model") is not None,
            check=lambda v, a: () if proposal(a) else None,
        )

    steps = (Step("one", "One", "", tuple(map(field, range(60)))), Step("two", "Two", ""))
    session = Session(steps, (Fact("model", "reading", lambda a: "m"),), debounce=0, pool=Now())
    assert session.settled(5) and len(session.view().fields) == 60

    for number in range(10):
        proposed.clear()
        worked_out.clear()
        session.set("f3", str(number + 1000))
        session.view()
        session.trail()
        assert len(proposed) == 1
        assert len(worked_out) == len(set(worked_out))
        worked_out.clear()
        session.view()
        session.trail()
        assert worked_out == []
