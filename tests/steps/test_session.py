"""Fields, values, forth and back: what needs no waiting."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from tests.steps.pools import Now
from wizard.errors import SendoffError
from wizard.plan.problem import Problem
from wizard.steps import (
    Answers,
    Choice,
    Fact,
    Field,
    FieldsChanged,
    Finished,
    Inferred,
    Kind,
    Session,
    SessionEvent,
    Step,
    StepChanged,
    StepState,
)


def asked(name: str, **more: Any) -> Field:
    return Field(name=name, label=name.title(), why="It is needed.", **more)


def session(*steps: Step, facts: tuple[Fact, ...] = ()) -> Session:
    return Session(steps, facts, debounce=0, pool=Now())


def step(name: str, *fields: Field, **more: Any) -> Step:
    return Step(name, name.title(), "Why.", fields, **more)


def events_of(wizard: Session) -> list[SessionEvent]:
    told: list[SessionEvent] = []
    wizard.subscribe(told.append)
    return told


def even(value: Any, _answers: Answers) -> Problem | None:
    return (
        None if value % 2 == 0 else Problem("n", "It is odd.", "Odd numbers do not do.", "Take an even one.", value + 1)
    )


def test_what_is_missing_is_said_only_once_the_person_wants_to_go_on() -> None:
    wizard = session(step("one", asked("name")), step("two"))
    assert wizard.field("name").error is None
    assert not wizard.next()
    error = wizard.field("name").error
    assert error is not None and error.what == "Name is missing."
    assert error.why == "It is needed." and error.fix


def test_what_is_wrong_is_said_at_every_edit_with_the_nearest_right_value() -> None:
    wizard = session(step("one", asked("n", kind=Kind.NUMBER, check=even)))
    wizard.set("n", "3")
    error = wizard.field("n").error
    assert error is not None and (error.what, error.nearest) == ("It is odd.", 4)
    wizard.set("n", "4")
    assert wizard.field("n").error is None and wizard.answers() == {"n": 4}


def test_a_default_says_where_it_came_from_and_follows_what_it_is_made_of() -> None:
    wizard = session(
        step(
            "one",
            asked("model", default="house.pkl"),
            asked("name", default=lambda a: Inferred(a["model"].split(".")[0], "From the file's name.", "file")),
        )
    )
    assert (wizard.field("model").value, wizard.field("model").source) == ("house.pkl", "house")
    wizard.set("model", "churn.pkl")
    name = wizard.field("name")
    assert (name.value, name.raw, name.source, name.note) == ("churn", "churn", "file", "From the file's name.")
    wizard.set("name", "mine")
    wizard.set("model", "other.pkl")
    assert (wizard.field("name").value, wizard.field("name").source) == ("mine", "person")
    wizard.clear("name")
    assert wizard.field("name").value == "other"


def test_a_default_that_is_itself_wrong_says_so_at_once() -> None:
    wizard = session(step("one", asked("n", kind=Kind.NUMBER, default=3, check=even)))
    error = wizard.field("n").error
    assert error is not None and error.what == "It is odd."


def test_a_default_may_read_fields_that_are_declared_after_it() -> None:
    wizard = session(step("one", asked("short", default=lambda a: a["long"][:3]), asked("long", default="abcdef")))
    assert wizard.field("short").value == "abc"


def test_defaults_that_read_each_other_are_an_error_at_their_fields() -> None:
    wizard = session(step("one", asked("a", default=lambda a: a["b"]), asked("b", default=lambda a: a["a"])))
    error = wizard.field("a").error
    assert error is not None and error.why == "It depends on itself."
    wizard.set("b", "x")
    assert wizard.field("a").value == "x" and wizard.field("a").error is None


def test_a_callable_that_fails_is_an_error_at_its_field_and_nowhere_else() -> None:
    def broken(_answers: Answers) -> Any:
        raise ZeroDivisionError("by nought")

    def refused(_answers: Answers) -> Any:
        raise SendoffError("The list is gone.", "Nobody knows why.", "Wait.")

    wizard = session(
        step(
            "one",
            asked("a", default=broken),
            asked("b", visible=broken),
            asked("c", default="x", check=lambda v, a: broken(a)),
            asked("d", kind=Kind.CHOICE, choices=refused),
            asked("e", default="right"),
        )
    )
    errors = {view.field.name: view.error for view in wizard.view().fields}
    for name in "abc":
        error = errors[name]
        assert error is not None and "ZeroDivisionError" in error.why and error.fix
    refusal = errors["d"]
    assert refusal is not None and (refusal.what, refusal.why, refusal.fix) == (
        "The list is gone.",
        "Nobody knows why.",
        "Wait.",
    )
    assert errors["e"] is None and not wizard.next()


def test_reading_a_field_that_does_not_exist_is_a_fault_and_not_a_missing_answer() -> None:
    wizard = session(step("one", asked("a", default=lambda a: a.get("nmae", "x"))))
    error = wizard.field("a").error
    assert error is not None and "nmae" in error.why


def test_hidden_fields_drop_out_of_the_answers_and_come_back_as_they_were() -> None:
    wizard = session(
        step(
            "one",
            asked("kind", kind=Kind.CHOICE, choices=(Choice("local"), Choice("cloud")), default="local"),
            asked("region", visible=lambda a: a["kind"] == "cloud"),
            asked("zone", visible=lambda a: a.get("region") is not None, default="z"),
        )
    )
    assert not wizard.field("region").visible and wizard.answers() == {"kind": "local"}
    assert wizard.can_finish
    wizard.set("kind", "cloud")
    assert not wizard.can_finish
    wizard.set("region", "north")
    assert wizard.answers() == {"kind": "cloud", "region": "north", "zone": "z"}
    wizard.set("kind", "local")
    assert wizard.answers() == {"kind": "local"} and wizard.given() == {"kind": "local"}
    wizard.set("kind", "cloud")
    assert wizard.given() == {"kind": "cloud", "region": "north"}


def test_given_is_what_the_person_typed_and_can_be_read() -> None:
    seen: list[dict[str, Any]] = []

    def note(answers: Answers) -> str:
        seen.append(dict(answers.given))
        return "x"

    wizard = session(
        step(
            "one",
            asked("n", kind=Kind.NUMBER, default=1),
            asked("m", kind=Kind.NUMBER, required=False),
            asked("o", required=False, default="y"),
            asked("p", default=note),
        )
    )
    wizard.set("n", "many")
    wizard.set("m", "2")
    wizard.set("o", "")
    assert wizard.given() == {"m": 2, "o": None}
    assert wizard.answers()["p"] == "x" and seen[-1] == {"m": 2, "o": None}


def test_what_is_given_leaves_out_a_field_whose_being_visible_depends_on_what_is_worked_out() -> None:
    wizard = session(
        step(
            "one",
            asked("server", default=lambda a: "big" if a.given.get("load") else "small"),
            asked("batch", kind=Kind.NUMBER, visible=lambda a: a["server"] == "big"),
            asked("load", required=False),
        )
    )
    wizard.set("load", "high")
    wizard.set("batch", "5")
    assert wizard.answers() == {"server": "big", "batch": 5, "load": "high"} and wizard.given() == {
        "load": "high",
        "batch": 5,
    }


def test_a_choice_must_be_one_of_the_list_and_the_nearest_is_told() -> None:
    wizard = session(step("one", asked("r", kind=Kind.CHOICE, choices=(Choice("europe-west1"), Choice("us-east1")))))
    wizard.set("r", "europe-west9")
    error = wizard.field("r").error
    assert error is not None and error.nearest == "europe-west1" and "us-east1" in error.why
    wizard.set("r", error.nearest)
    assert wizard.field("r").error is None


def test_suggestions_of_a_text_do_not_bind() -> None:
    wizard = session(step("one", asked("r", choices=lambda a: (Choice("x"),))))
    wizard.set("r", "y")
    assert wizard.field("r").error is None and wizard.field("r").choices == (Choice("x"),)


def test_what_is_wrong_with_a_row_is_told_at_the_row_that_the_person_sees() -> None:
    def check(value: tuple[str, ...], _answers: Answers) -> list[Problem]:
        bad = [Problem(f"r.{n}", f"{row} is bad.", "", "") for n, row in enumerate(value) if row.startswith("bad")]
        return [*bad, Problem("r", "There are two.", "", "")] if len(value) == 2 else bad

    wizard = session(step("one", asked("r", kind=Kind.REQUIREMENTS, check=check)))
    wizard.set("r", ("fine", "", "  ", "badly"))
    view = wizard.field("r")
    assert [(row.field, row.what) for row in view.rows] == [("r.3", "badly is bad.")]
    assert view.error is not None and view.error.what == "There are two."
    assert view in wizard.view().errors and not wizard.next()
    wizard.set("r", ("fine",))
    assert wizard.field("r").rows == () and wizard.next()


def test_the_row_of_a_pair_may_be_told_by_its_name() -> None:
    wizard = session(
        step("one", asked("env", kind=Kind.PAIRS, check=lambda v, a: [Problem("env.B", "B is no good.", "", "")]))
    )
    wizard.set("env", ("A=1", "", "B=2"))
    assert [row.field for row in wizard.field("env").rows] == ["env.2"]


def test_next_passes_a_right_step_and_the_last_finishes() -> None:
    wizard = session(step("one", asked("a")), step("two", asked("b", default="x")))
    told = events_of(wizard)
    wizard.set("a", "1")
    assert wizard.next() and wizard.view().step.name == "two" and not wizard.finished
    assert wizard.next() and wizard.finished and wizard.can_finish
    assert told == [FieldsChanged(), FieldsChanged(), StepChanged("two"), FieldsChanged(), Finished()]
    wizard.set("a", "2")
    assert not wizard.finished


def test_finishing_goes_to_an_earlier_step_that_has_become_wrong() -> None:
    wizard = session(
        step("one", asked("n", kind=Kind.NUMBER, check=lambda v, a: even(v, a) if a["strict"] else None)),
        step("two", asked("strict", kind=Kind.BOOL)),
    )
    wizard.set("n", "3")
    assert wizard.next()
    wizard.set("strict", True)
    assert [mark.state for mark in wizard.trail()] == [StepState.WRONG, StepState.HERE]
    assert not wizard.next() and not wizard.finished
    assert wizard.view().step.name == "one" and wizard.field("n").error is not None


def test_hidden_steps_are_passed_over_and_ask_nothing() -> None:
    wizard = session(
        step("one", asked("cloud", kind=Kind.BOOL)),
        step("two", asked("region"), visible=lambda a: a["cloud"]),
        step("three"),
    )
    assert [mark.step.name for mark in wizard.trail()] == ["one", "three"]
    assert wizard.next() and wizard.view().step.name == "three"
    assert (wizard.view().index, wizard.view().count) == (1, 2)
    wizard.back()
    assert wizard.view().step.name == "one" and not wizard.view().can_back
    wizard.set("cloud", True)
    assert wizard.next() and wizard.view().step.name == "two"
    assert not wizard.go("three")
    assert wizard.field("region").error is not None


def test_a_step_that_is_hidden_while_it_is_in_sight_gives_way_to_the_one_before() -> None:
    wizard = session(
        step("one", asked("cloud", kind=Kind.BOOL, default=True)),
        step("two", visible=lambda a: a["cloud"]),
    )
    wizard.next()
    told = events_of(wizard)
    wizard.set("cloud", False)
    assert wizard.view().step.name == "one" and StepChanged("one") in told
    assert not wizard.go("two") and wizard.view().step.name == "one"


def test_go_stops_at_the_first_step_that_is_not_right_and_comes_back_at_once() -> None:
    wizard = session(step("one"), step("two", asked("a")), step("three"), step("four"))
    assert not wizard.go("four")
    assert wizard.view().step.name == "two" and wizard.field("a").error is not None
    wizard.set("a", "1")
    assert wizard.go("four") and wizard.view().step.name == "four"
    assert wizard.go("one") and wizard.go("one")
    marks = {mark.step.name: mark.state for mark in wizard.trail()}
    assert marks == {"one": StepState.HERE, "two": StepState.DONE, "three": StepState.DONE, "four": StepState.OPEN}


def test_back_on_the_first_step_stays() -> None:
    wizard = session(step("one"))
    told = events_of(wizard)
    wizard.back()
    assert told == [] and wizard.view().step.name == "one"


def test_setting_what_is_there_already_tells_nobody() -> None:
    wizard = session(step("one", asked("a"), asked("l", kind=Kind.LINES)))
    wizard.set("a", "x")
    wizard.set("l", ["x"])
    told = events_of(wizard)
    wizard.set("a", "x")
    wizard.set("l", ("x",))
    wizard.clear("a")
    wizard.clear("a")
    assert told == [FieldsChanged()]


def test_a_view_stays_what_it_was_and_is_the_same_while_nothing_changes() -> None:
    wizard = session(step("one", asked("a")))
    before = wizard.view()
    assert wizard.view() is before
    wizard.set("a", "x")
    assert before.fields[0].raw == "" and wizard.view().fields[0].raw == "x"


def test_a_listener_that_fails_harms_nobody() -> None:
    wizard = session(step("one", asked("a")))

    def broken(_event: SessionEvent) -> None:
        raise RuntimeError("the screen is gone")

    wizard.subscribe(broken)
    told = events_of(wizard)
    wizard.set("a", "x")
    assert told == [FieldsChanged()] and wizard.next() and wizard.finished


def test_a_listener_may_change_the_session_and_events_keep_their_order() -> None:
    wizard = session(step("one", asked("a")), step("two", asked("b")))

    def fill(event: SessionEvent) -> None:
        if event == StepChanged("two"):
            wizard.set("b", "filled")

    wizard.subscribe(fill)
    told = events_of(wizard)
    wizard.set("a", "x")
    wizard.next()
    assert told == [FieldsChanged(), FieldsChanged(), StepChanged("two"), FieldsChanged()]
    assert wizard.answers()["b"] == "filled"


def test_one_who_has_unsubscribed_is_told_nothing() -> None:
    wizard = session(step("one", asked("a")))
    told: list[SessionEvent] = []
    end = wizard.subscribe(told.append)
    end()
    end()
    wizard.set("a", "x")
    assert told == []


def test_a_megabyte_pasted_is_refused_with_its_length_and_not_kept() -> None:
    wizard = session(step("one", asked("a"), asked("l", kind=Kind.LINES), asked("s", kind=Kind.SECRET)))
    wizard.set("a", "x" * 1_000_000)
    wizard.set("l", "row\n" * 250_000)
    wizard.set("s", "y" * 1_000_000)
    for name, length in (("a", "1,000,000 characters"), ("l", "250,000 lines"), ("s", "1,000,000 characters")):
        view = wizard.field(name)
        assert view.error is not None and length in view.error.why and not view.raw
    assert len(repr(wizard.draft())) < 200 and not wizard.next()
    wizard.set("a", "x")
    assert wizard.field("a").error is None
    wizard.set("a", "x" * 1_000_000)
    wizard.clear("a")
    assert wizard.field("a").raw == ""


def test_mistakes_of_the_caller_are_told_as_such() -> None:
    wizard = session(step("one", asked("a")))
    with pytest.raises(LookupError, match="nothing"):
        wizard.set("nothing", "x")
    with pytest.raises(LookupError, match="nowhere"):
        wizard.go("nowhere")
    with pytest.raises(TypeError):
        wizard.set("a", object())
    with pytest.raises(ValueError, match="name of its own"):
        session(step("one", asked("a"), asked("a")))
    with pytest.raises(ValueError, match="needs steps"):
        session()


def test_a_secret_is_in_the_answers_and_shown_nowhere() -> None:
    def leak(value: str, _answers: Answers) -> Problem | None:
        raise ValueError(f"bad {value}")

    for field in (
        asked("s", kind=Kind.SECRET, check=leak),
        asked("s", kind=Kind.SECRET, probe=leak),
        asked("s", kind=Kind.SECRET),
    ):
        wizard = session(step("one", field))
        wizard.set("s", "hunter2")
        assert wizard.answers()["s"] == "hunter2"
        wizard.next()
        assert "hunter2" not in repr((wizard.view(), wizard.draft(), wizard.trail(), wizard.given()))


def test_the_core_of_the_steps_starts_light_and_knows_no_screen() -> None:
    heavy = ("pydantic", "textual", "rich", "typer", "ipywidgets", "IPython", "google", "docker", "httpx")
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, wizard.steps\n"
            "light = 'wizard.steps.session' not in sys.modules\n"
            "from wizard.steps import *\n"
            f"print(light, [name for name in {heavy} if name in sys.modules])",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "True []\n"
