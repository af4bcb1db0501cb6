"""What comes late: facts, probes, and a next that waits for them."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.steps.pools import ByHand, Now
from wizard.errors import SendoffError
from wizard.plan.problem import Problem
from wizard.steps import (
    Answers,
    Choice,
    Fact,
    FactFailed,
    Field,
    FieldsChanged,
    Finished,
    Kind,
    Pending,
    Session,
    SessionEvent,
    Step,
    StepChanged,
    StepState,
)

LONG = 20.0
"""Seconds a test waits before it fails; none takes a hundredth of it."""


@pytest.fixture
def pool() -> ByHand:
    return ByHand()


@pytest.fixture
def closing() -> Iterator[list[Session]]:
    opened: list[Session] = []
    yield opened
    for wizard in opened:
        wizard.close()


def asked(name: str, **more: Any) -> Field:
    return Field(name=name, label=name.title(), why="It is needed.", **more)


def one_step(*fields: Field, facts: tuple[Fact, ...] = (), pool: Any = None, debounce: float = 0) -> Session:
    return Session(
        (Step("one", "One", "Why.", fields), Step("two", "Two", "Why.")), facts, debounce=debounce, pool=pool
    )


def only_good(value: str, _answers: Answers) -> Problem | None:
    return None if value.startswith("good") else Problem("p", f"There is no {value}.", "Nobody knows it.", "Take good.")


# -- facts ------------------------------------------------------------------------------------------------------------


def test_nothing_is_found_out_before_the_session_is_looked_at(pool: ByHand) -> None:
    wizard = one_step(
        asked("a", default=lambda a: a.fact("f")), facts=(Fact("f", "finding", lambda a: "x"),), pool=pool
    )
    assert not pool.jobs
    wizard.view()
    assert len(pool.jobs) == 1


def test_whatever_reads_a_fact_is_busy_with_its_title_until_it_is_there(pool: ByHand) -> None:
    wizard = one_step(
        asked("default", default=lambda a: a.fact("f")),
        asked("choices", kind=Kind.CHOICE, choices=lambda a: (Choice(a.fact("f")),)),
        asked("visible", visible=lambda a: a.fact("f") != "x"),
        asked("check", default="v", check=lambda v, a: a.fact("f") and None),
        asked("reads", default=lambda a: a["default"] + "!"),
        facts=(Fact("f", "asking the house", lambda a: "x"),),
        pool=pool,
    )
    assert [view.busy for view in wizard.view().fields] == ["asking the house"] * 5
    assert wizard.view().busy and not wizard.field("visible").visible and len(pool.jobs) == 1
    assert wizard.answers() == {"check": "v", "choices": None}
    told: list[SessionEvent] = []
    wizard.subscribe(told.append)
    pool.run()
    assert told == [FieldsChanged()] and not wizard.view().busy
    assert wizard.answers() == {"default": "x", "choices": None, "check": "v", "reads": "x!"}


def test_a_fact_is_found_out_anew_only_when_what_it_read_has_changed(pool: ByHand) -> None:
    wizard = one_step(
        asked("a", default="1"),
        asked("b", default="1"),
        asked("c", default=lambda a: a.fact("f")),
        facts=(Fact("f", "finding", lambda a: f"from {a['a']}"),),
        pool=pool,
    )
    wizard.view()
    pool.run_all()
    wizard.set("b", "2")
    assert not pool.jobs and wizard.field("c").value == "from 1"
    wizard.set("a", "2")
    assert wizard.field("c").busy and len(pool.jobs) == 1
    wizard.set("a", "1")
    assert wizard.field("c").value == "from 1", "what was found out for this answer still holds"
    pool.run_all()
    assert wizard.field("c").value == "from 1"


def test_facts_may_depend_on_facts(pool: ByHand) -> None:
    wizard = one_step(
        asked("a", default="1"),
        asked("c", default=lambda a: a.fact("outer")),
        facts=(
            Fact("inner", "reading the file", lambda a: a["a"] + "i"),
            Fact("outer", "asking the index", lambda a: a.fact("inner") + "o"),
        ),
        pool=pool,
    )
    wizard.view()
    pool.run()
    assert wizard.field("c").busy == "reading the file", "what is really waited for"
    pool.run_all()
    assert wizard.field("c").value == "1io"
    wizard.set("a", "2")
    pool.run_all()
    assert wizard.field("c").value == "2io" and wizard.settled(0)


def test_a_fact_that_nobody_read_meanwhile_is_found_out_anew_where_the_fact_under_it_has_changed(pool: ByHand) -> None:
    wizard = one_step(
        asked("a", default="1"),
        asked("show", kind=Kind.BOOL, default=True),
        asked("c", default=lambda a: a.fact("outer"), visible=lambda a: a["show"]),
        asked("d", default=lambda a: a.fact("inner")),
        facts=(Fact("inner", "inner", lambda a: a["a"]), Fact("outer", "outer", lambda a: a.fact("inner") + "!")),
        pool=pool,
    )
    wizard.view()
    pool.run_all()
    wizard.set("show", False)
    wizard.set("a", "2")
    pool.run_all()
    wizard.set("show", True)
    pool.run_all()
    assert wizard.answers() == {"a": "2", "show": True, "c": "2!", "d": "2"}


def test_a_fact_that_fails_is_the_error_of_every_field_that_reads_it(pool: ByHand) -> None:
    def find(answers: Answers) -> Any:
        raise SendoffError("The file is no model.", "It is a picture.", "Choose another.", evidence=("PNG",))

    wizard = one_step(
        asked("a", default=lambda a: a.fact("f")),
        asked("b", default=lambda a: a["a"]),
        asked("c", default=lambda a: a.fact("g")),
        asked("d", default="mine"),
        facts=(Fact("f", "reading", find), Fact("g", "more", lambda a: a.fact("f"))),
        pool=pool,
    )
    wizard.view()
    pool.run_all()
    for name in "abc":
        error = wizard.field(name).error
        assert error is not None and error.field == name
        assert (error.what, error.why, error.fix) == (
            "The file is no model.",
            "It is a picture. PNG",
            "Choose another.",
        )
    assert wizard.field("d").error is None
    failed = wizard.fact("f")
    assert failed.error is not None and failed.value is None and not failed.busy
    wizard.set("a", "x")
    assert wizard.field("a").error is None and wizard.field("b").value == "x"


def test_a_default_may_have_another_way_where_a_fact_fails() -> None:
    def default(answers: Answers) -> str:
        try:
            return str(answers.fact("f"))
        except FactFailed as failed:
            return f"without: {failed.error.what}"

    def find(answers: Answers) -> Any:
        raise SendoffError("It is gone.")

    wizard = one_step(asked("a", default=default), facts=(Fact("f", "finding", find),), pool=Now())
    assert wizard.field("a").value == "without: It is gone."


def test_a_fact_that_fails_in_an_unforeseen_way_is_an_error_and_no_exception() -> None:
    wizard = one_step(asked("a", default=lambda a: a.fact("f")), facts=(Fact("f", "f", lambda a: 1 / 0),), pool=Now())
    error = wizard.field("a").error
    assert error is not None and "ZeroDivisionError" in error.why


def test_a_fact_that_waits_for_itself_is_an_error(pool: ByHand) -> None:
    wizard = one_step(
        asked("a", default=lambda a: a.fact("f")), facts=(Fact("f", "finding", lambda a: a["a"]),), pool=pool
    )
    wizard.view()
    pool.run_all()
    error = wizard.field("a").error
    assert error is not None and error.why == "It depends on itself." and not pool.jobs


def test_a_fact_that_failed_is_tried_again_when_the_person_wants_to_go_on() -> None:
    there: list[str] = []

    def find(answers: Answers) -> str:
        if not there:
            raise SendoffError("There is no file.")
        return there[0]

    wizard = one_step(asked("a", default=lambda a: a.fact("f")), facts=(Fact("f", "finding", find),), pool=Now())
    assert not wizard.next() and wizard.field("a").error is not None
    there.append("now it is there")
    assert wizard.next() and wizard.answers()["a"] == "now it is there"


def test_a_fact_only_a_face_asks_for_is_found_out_too(pool: ByHand) -> None:
    wizard = one_step(asked("a", default="1"), facts=(Fact("f", "finding", lambda a: a["a"] + "!"),), pool=pool)
    assert wizard.fact("f").busy
    pool.run_all()
    assert wizard.fact("f").value == "1!"
    wizard.set("a", "2")
    pool.run_all()
    assert wizard.fact("f").value == "2!"


def test_what_reads_all_that_was_given_is_found_out_anew_at_every_edit(pool: ByHand) -> None:
    wizard = one_step(
        asked("a", required=False), asked("b", default=lambda a: a.fact("f")),
        facts=(Fact("f", "finding", lambda a: repr(dict(a.given))),), pool=pool,
    )  # fmt: skip
    wizard.view()
    pool.run_all()
    assert wizard.field("b").value == "{}"
    wizard.set("a", "x")
    pool.run_all()
    assert wizard.field("b").value == "{'a': 'x'}"


# -- probes -----------------------------------------------------------------------------------------------------------


def test_a_probe_runs_once_the_check_is_passed_and_says_what_it_does(pool: ByHand) -> None:
    def check(value: str, _answers: Answers) -> Problem | None:
        return Problem("p", "It is too short.", "", "") if len(value) < 3 else None

    wizard = one_step(asked("p", check=check, probe=only_good, probing="looking whether it exists"), pool=pool)
    wizard.set("p", "go")
    assert not pool.jobs and not wizard.field("p").busy
    wizard.set("p", "goose")
    assert wizard.field("p").busy == "looking whether it exists" and wizard.field("p").error is None
    pool.run_all()
    error = wizard.field("p").error
    assert error is not None and error.what == "There is no goose." and not wizard.field("p").busy


def test_an_overtaken_probe_is_dropped_whichever_ends_first(pool: ByHand) -> None:
    seen: list[str] = []

    def probe(value: str, answers: Answers) -> Problem | None:
        seen.append(value)
        return only_good(value, answers)

    wizard = one_step(asked("p", probe=probe), pool=pool)
    for value in ("bad", "worse", "good"):
        wizard.set("p", value)
    for _ in range(3):
        pool.run(-1)
    assert wizard.field("p").error is None and not wizard.field("p").busy
    assert seen == ["good"], "what was not begun when it was overtaken is not begun at all"


def test_a_probe_that_ends_after_the_one_that_overtook_it_changes_nothing(closing: list[Session]) -> None:
    begun, let_go, asked_for = threading.Event(), threading.Event(), []

    def probe(value: str, answers: Answers) -> Problem | None:
        asked_for.append(value)
        if value == "bad":
            begun.set()
            assert let_go.wait(LONG)
        return only_good(value, answers)

    with ThreadPoolExecutor(2) as mine:
        wizard = one_step(asked("p", probe=probe), pool=mine)
        closing.append(wizard)
        wizard.set("p", "bad")
        assert begun.wait(LONG)
        wizard.set("p", "good")
        assert wizard.settled(LONG)
        told: list[SessionEvent] = []
        wizard.subscribe(told.append)
        let_go.set()
    assert wizard.settled(LONG) and wizard.field("p").error is None
    assert asked_for == ["bad", "good"] and not told


def test_a_job_learns_that_it_has_been_overtaken(closing: list[Session]) -> None:
    begun, ended, edited = threading.Event(), threading.Event(), threading.Event()

    def probe(value: str, answers: Answers) -> None:
        if value == "first":
            assert not answers.overtaken
            begun.set()
            assert edited.wait(LONG)
            if answers.overtaken:
                ended.set()

    wizard = one_step(asked("p", probe=probe))
    closing.append(wizard)
    wizard.set("p", "first")
    assert begun.wait(LONG)
    wizard.set("p", "second")
    edited.set()
    assert ended.wait(LONG) and wizard.settled(LONG) and wizard.field("p").error is None


def test_a_probe_that_read_another_answer_runs_again_when_that_changes(pool: ByHand) -> None:
    def probe(value: str, answers: Answers) -> Problem | None:
        return only_good(answers["q"], answers)

    wizard = one_step(
        asked("p", default="x", probe=probe), asked("q", default="good"), asked("r", default="1"), pool=pool
    )
    wizard.view()
    pool.run_all()
    wizard.set("r", "2")
    assert not wizard.view().busy
    wizard.set("q", "bad")
    assert wizard.field("p").busy
    pool.run_all()
    assert wizard.field("p").error is not None


@pytest.mark.parametrize("error", [SendoffError("The cloud is away.", "No answer in 10 s.", "Wait."), OSError("gone")])
def test_a_probe_that_fails_is_the_error_of_its_field(error: Exception) -> None:
    def probe(value: str, answers: Answers) -> None:
        raise error

    wizard = one_step(asked("p", probe=probe), pool=Now())
    wizard.set("p", "x")
    problem = wizard.field("p").error
    assert problem is not None and problem.what.startswith("P could not be checked: ") and problem.why and problem.fix


def test_a_probe_may_wait_for_a_fact(pool: ByHand) -> None:
    wizard = one_step(
        asked("p", default="x", probe=lambda v, a: only_good(a.fact("f"), a)),
        facts=(Fact("f", "asking", lambda a: "good"),),
        pool=pool,
    )
    wizard.view()
    pool.run_all()
    assert wizard.field("p").error is None and not wizard.view().busy and wizard.settled(0)


def test_what_a_probe_found_wrong_is_looked_at_again_when_the_person_goes_on() -> None:
    there: set[str] = set()
    wizard = one_step(
        asked("p", probe=lambda v, a: None if v in there else Problem("p", "It is not there.", "", "Make it.")),
        pool=Now(),
    )
    wizard.set("p", "x")
    assert not wizard.next() and wizard.field("p").error is not None
    there.add("x")
    assert wizard.next()


def test_probes_of_steps_not_come_to_are_not_asked(pool: ByHand) -> None:
    steps = (Step("one", "One", ""), Step("two", "Two", "", (asked("p", default="good", probe=only_good),)))
    wizard = Session(steps, debounce=0, pool=pool)
    assert not wizard.view().busy and wizard.settled(0) and not wizard.can_finish
    wizard.next()
    assert wizard.view().busy
    pool.run_all()
    assert wizard.can_finish


def test_problems_of_rows_may_come_from_a_probe() -> None:
    wizard = one_step(
        asked("r", kind=Kind.REQUIREMENTS, probe=lambda v, a: [Problem("r.1", "It conflicts.", "", "")]), pool=Now()
    )
    wizard.set("r", ("a", "", "b"))
    assert [row.field for row in wizard.field("r").rows] == ["r.2"]


# -- next, while something is checked -----------------------------------------------------------------------------------


def test_next_goes_on_by_itself_when_it_turns_out_right(pool: ByHand) -> None:
    wizard = one_step(asked("p", probe=only_good), pool=pool)
    told: list[SessionEvent] = []
    wizard.set("p", "good")
    wizard.subscribe(told.append)
    assert not wizard.next() and wizard.view().waiting and wizard.view().step.name == "one"
    pool.run_all()
    assert wizard.view().step.name == "two" and not wizard.view().waiting and not wizard.view("one").waiting
    assert StepChanged("two") in told and wizard.trail()[0].state is StepState.DONE


def test_next_stays_when_it_turns_out_wrong(pool: ByHand) -> None:
    wizard = one_step(asked("p", probe=only_good), pool=pool)
    wizard.set("p", "bad")
    wizard.next()
    pool.run_all()
    assert wizard.view().step.name == "one" and not wizard.view().waiting and wizard.field("p").error is not None


@pytest.mark.parametrize("withdraw", ["set", "clear", "back", "go", "restore"])
def test_an_edit_or_another_way_withdraws_a_next_that_waits(pool: ByHand, withdraw: str) -> None:
    wizard = one_step(asked("p", probe=only_good), asked("q", required=False), pool=pool)
    wizard.set("p", "good")
    wizard.set("q", "x")
    wizard.next()
    actions: dict[str, Callable[[], object]] = {
        "set": lambda: wizard.set("q", "y"),
        "clear": lambda: wizard.clear("q"),
        "back": wizard.back,
        "go": lambda: wizard.go("one"),
        "restore": lambda: wizard.restore(wizard.draft()),
    }
    actions[withdraw]()
    assert not wizard.view().waiting
    pool.run_all()
    assert wizard.view().step.name == "one" and not wizard.view().busy


def test_go_passes_steps_as_their_checks_turn_out_right(pool: ByHand) -> None:
    steps = tuple(
        Step(name, name, "", (asked(f"p{name}", default="good", probe=only_good),)) for name in ("one", "two", "three")
    )
    wizard = Session(steps, debounce=0, pool=pool)
    assert not wizard.go("three")
    pool.run()
    assert wizard.view().step.name == "two" and wizard.view().waiting
    pool.run()
    assert wizard.view().step.name == "three" and not wizard.view().waiting
    assert not wizard.next()
    pool.run_all()
    assert wizard.finished


def test_finishing_checks_steps_that_a_draft_passed_over(pool: ByHand) -> None:
    steps = (Step("one", "One", "", (asked("p", default="good", probe=only_good),)), Step("two", "Two", ""))
    wizard = Session(steps, debounce=0, pool=pool)
    told: list[SessionEvent] = []
    wizard.subscribe(told.append)
    wizard.restore({"step": "two"})
    assert not wizard.next() and wizard.view().waiting
    pool.run_all()
    assert wizard.finished and told[-1] == Finished()


def test_a_step_whose_being_visible_is_not_known_is_waited_for(pool: ByHand) -> None:
    steps = (Step("one", "One", ""), Step("two", "Two", "", visible=lambda a: a.fact("f")), Step("three", "Three", ""))
    wizard = Session(steps, (Fact("f", "finding", lambda a: False),), debounce=0, pool=pool)
    assert not wizard.next() and wizard.view().step.name == "one"
    pool.run_all()
    assert wizard.view().step.name == "three" and [mark.step.name for mark in wizard.trail()] == ["one", "three"]


def test_a_step_left_and_wrong_since_is_marked(pool: ByHand) -> None:
    steps = (
        Step("one", "One", "", (asked("p", default="x", probe=lambda v, a: only_good(a["q"], a)),)),
        Step("two", "Two", "", (asked("q", default="good"),)),
    )
    wizard = Session(steps, debounce=0, pool=pool)
    wizard.next()
    pool.run_all()
    assert wizard.view().step.name == "two"
    wizard.set("q", "bad")
    pool.run_all()
    assert [mark.state for mark in wizard.trail()] == [StepState.WRONG, StepState.HERE]


# -- the pause in the typing, the pool, the end -----------------------------------------------------------------------


def test_nothing_slow_is_asked_while_the_person_types() -> None:
    pool = ByHand()
    wizard = one_step(asked("p", probe=only_good), pool=pool, debounce=3600)
    for length in range(1, 5):
        wizard.set("p", "good"[:length])
    assert not pool.jobs and wizard.field("p").busy and not wizard.settled(0)
    assert len(pool.jobs) == 1, "who waits for it does not wait for the pause"
    wizard.set("p", "good!")
    wizard.next()
    assert len(pool.jobs) == 2, "nor does who goes on"
    pool.run_all()
    assert wizard.view().step.name == "two"
    wizard.close()


def test_a_choice_is_not_typed_so_nothing_waits_after_it() -> None:
    pool = ByHand()
    field = asked("c", kind=Kind.CHOICE, choices=(Choice("good"),), probe=only_good)
    wizard = one_step(field, pool=pool, debounce=3600)
    wizard.set("c", "good")
    assert len(pool.jobs) == 1
    wizard.close()


def test_what_was_typed_is_checked_once_the_typing_has_paused(closing: list[Session]) -> None:
    seen: list[str] = []
    done = threading.Event()

    def probe(value: str, answers: Answers) -> None:
        seen.append(value)
        done.set()

    wizard = one_step(asked("p", probe=probe), debounce=0.05)
    closing.append(wizard)
    wizard.set("p", "g")
    wizard.set("p", "go")
    assert done.wait(LONG) and seen[-1] == "go"


def test_settled_says_when_it_was_not_waited_long_enough(closing: list[Session]) -> None:
    let_go = threading.Event()
    wizard = one_step(asked("p", default="x", probe=lambda v, a: let_go.wait(LONG) and None))
    closing.append(wizard)
    assert not wizard.settled(0.01)
    let_go.set()
    assert wizard.settled(LONG) and not wizard.view().busy


def test_probes_that_hang_do_not_hold_up_later_ones(closing: list[Session]) -> None:
    let_go = threading.Event()

    def probe(value: str, answers: Answers) -> None:
        if value != "good":
            let_go.wait(LONG)

    wizard = one_step(asked("p", probe=probe))
    closing.append(wizard)
    for number in range(8):
        wizard.set("p", f"hangs {number}")
    wizard.set("p", "good")
    assert wizard.settled(LONG) and not wizard.field("p").busy
    let_go.set()


def test_a_closed_session_starts_nothing_and_tells_nobody(pool: ByHand) -> None:
    wizard = one_step(asked("p", probe=only_good), asked("q", probe=only_good), pool=pool)
    told: list[SessionEvent] = []
    wizard.subscribe(told.append)
    wizard.set("p", "good")
    told.clear()
    wizard.close()
    wizard.close()
    pool.run_all()
    wizard.set("q", "good")
    assert not told and not pool.jobs and not wizard.settled(LONG)
    assert wizard.view().step.name == "one" and wizard.draft()["values"] == {"p": "good", "q": "good"}


def test_a_pool_that_was_handed_in_stays_open() -> None:
    with ThreadPoolExecutor(1) as mine:
        wizard = one_step(asked("p", default="good", probe=only_good), pool=mine)
        assert wizard.settled(LONG)
        wizard.close()
        assert mine.submit(lambda: 7).result(LONG) == 7


@pytest.mark.parametrize("close", ["session.close()", "pass"])
def test_a_probe_that_hangs_never_keeps_the_program_alive(close: str) -> None:
    program = f"""
import threading, time
from wizard.steps import Field, Session, Step
begun = threading.Event()
def probe(value, answers):
    begun.set()
    time.sleep(3600)
session = Session([Step("one", "One", "", (Field(name="p", label="P", why="", default="x", probe=probe),))])
session.view()
assert begun.wait({LONG})
{close}
print("ended")
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert told.stdout == "ended\n" and told.stderr == ""


def test_a_secret_is_in_no_error_of_a_probe_that_failed() -> None:
    def probe(value: str, answers: Answers) -> None:
        raise ValueError(f"no login with {value}")

    wizard = one_step(asked("s", kind=Kind.SECRET, probe=probe), pool=Now())
    wizard.set("s", "hunter2")
    error = wizard.field("s").error
    assert error is not None and "ValueError" in error.why and "hunter2" not in repr(wizard.view())


def test_reading_what_is_not_there_yet_says_what_is_being_done(pool: ByHand) -> None:
    raised: list[Exception] = []

    def default(answers: Answers) -> str:
        try:
            return str(answers.fact("f"))
        except Pending as pending:
            raised.append(pending)
            raise

    wizard = one_step(asked("a", default=default), facts=(Fact("f", "asking the house", lambda a: "x"),), pool=pool)
    wizard.view()
    assert isinstance(raised[0], Pending) and raised[0].title == "asking the house"
