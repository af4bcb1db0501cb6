"""Any order of edits, steps, and answers that come late ends in the same as if everything had been known at once."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.steps.pools import ByHand, Now
from wizard.errors import SendoffError
from wizard.plan.problem import Problem
from wizard.steps import (
    Answers,
    Choice,
    Fact,
    Field,
    FieldView,
    Finished,
    Inferred,
    Kind,
    Session,
    SessionEvent,
    Step,
    StepChanged,
)


def find_first(answers: Answers) -> str:
    if answers["a"] == "broken":
        raise SendoffError("It is broken.")
    return f"<{answers['a']}>"


def find_second(answers: Answers) -> tuple[str, ...]:
    return (answers.fact("first"), "always", *(["big"] if answers["big"] else []))


def find_given(answers: Answers) -> int:
    return len(answers.given)


def probe(value: str, answers: Answers) -> Problem | None:
    if value == "broken":
        raise OSError("the wire is cut")
    return Problem("d", "It clashes.", "", "") if value == answers["a"] else None


def asked(name: str, **more: Any) -> Field:
    return Field(name=name, label=name, why="", **more)


FACTS = (
    Fact("first", "first", find_first),
    Fact("second", "second", find_second),
    Fact("count", "count", find_given),
)
STEPS = (
    Step("one", "One", "", (asked("a"), asked("big", kind=Kind.BOOL), asked("s", kind=Kind.SECRET, required=False))),
    Step(
        "two",
        "Two",
        "",
        (
            asked("b", default=lambda a: Inferred(a.fact("first"), "From a.", "file")),
            asked("c", kind=Kind.CHOICE, default="always", choices=lambda a: tuple(map(Choice, a.fact("second")))),
            asked("d", default="d", probe=probe),
        ),
        visible=lambda a: a["a"] != "x",
    ),
    Step(
        "three",
        "Three",
        "",
        (
            asked("e", kind=Kind.NUMBER, default=lambda a: a.fact("count"), check=lambda v, a: None),
            asked("f", required=False, visible=lambda a: "big" in a.fact("second")),
            asked("g", kind=Kind.LINES, required=False),
        ),
        visible=lambda a: a["big"],
    ),
    Step("four", "Four", ""),
)
TEXTS = st.sampled_from(["", "x", "broken", "good", "d", "always", "big", "<good>", "7"])
TYPED = dict.fromkeys("abcdefs", TEXTS) | {"big": st.booleans(), "g": st.lists(TEXTS, max_size=3)}


class AnyOrder(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.pool = ByHand()
        self.session = Session(STEPS, FACTS, debounce=0, pool=self.pool)
        self.told: list[SessionEvent] = []
        self.session.subscribe(self.told.append)
        self.typed: dict[str, Any] = {}
        self.seen_at = "one"

    @rule(data=st.data(), name=st.sampled_from(sorted(TYPED)))
    def edit(self, data: st.DataObject, name: str) -> None:
        raw = data.draw(TYPED[name])
        self.session.set(name, raw)
        changed = name not in self.typed or self.typed[name] != raw
        self.typed[name] = raw
        if changed:
            assert not self.session.view().waiting and not self.session.finished

    @rule(name=st.sampled_from(sorted(TYPED)))
    def clear(self, name: str) -> None:
        self.session.clear(name)
        self.typed.pop(name, None)

    @rule()
    def go_on(self) -> None:
        here = self.session.view().step.name
        if self.session.next():
            assert self.session.finished or self.session.view().step.name != here

    @rule()
    def back(self) -> None:
        self.session.back()
        assert not self.session.view().waiting and not self.session.finished

    @rule(to=st.sampled_from([step.name for step in STEPS]))
    def go(self, to: str) -> None:
        if self.session.go(to):
            assert self.session.view().step.name == to

    @rule()
    def restore(self) -> None:
        draft = json.loads(json.dumps(self.session.draft()))
        given = self.session.given()
        self.session.restore(draft)
        assert self.session.given() == given

    @rule(step=st.sampled_from([step.name for step in STEPS]))
    def peek(self, step: str) -> None:
        assert self.session.view(step).step.name == step
        self.session.trail()

    @precondition(lambda self: self.pool.jobs)
    @rule(data=st.data())
    def something_comes(self, data: st.DataObject) -> None:
        self.pool.run(data.draw(st.integers(0, len(self.pool.jobs) - 1)))

    @rule()
    def everything_comes(self) -> None:
        self.session.view()
        self.pool.run_all()
        assert self.session.settled(0)
        assert not self.session.view().waiting and not self.session.view().busy

    @invariant()
    def the_step_in_sight_is_the_one_last_told(self) -> None:
        for event in self.told:
            if isinstance(event, StepChanged):
                self.seen_at = event.name
            if isinstance(event, Finished):
                assert self.seen_at == "four"
        self.told.clear()
        assert self.session.view().step.name == self.seen_at

    @invariant()
    def it_is_as_if_everything_had_been_known_at_once(self) -> None:
        self.session.view()
        if self.pool.jobs:
            return
        assert self.session.settled(0)
        at_once = Session(STEPS, FACTS, debounce=0, pool=Now())
        for name, raw in self.typed.items():
            at_once.set(name, raw)
        assert at_once.settled(0)
        assert self.session.answers() == at_once.answers()
        assert self.session.given() == at_once.given()
        at_once.restore({**at_once.draft(), "step": self.session.view().step.name})
        ours, theirs = self.session.view(), at_once.view()
        assert (ours.step.name, ours.index, ours.count) == (theirs.step.name, theirs.index, theirs.count)
        assert [_drawn(view) for view in ours.fields] == [_drawn(view) for view in theirs.fields]


def _drawn(view: FieldView) -> tuple[Any, ...]:
    """All but the error, which depends on where the person has been."""
    return view.value, view.raw, view.source, view.note, view.visible, view.busy, view.choices


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
