"""Many hands on one session: nothing breaks, nothing is lost, and the end is the one that was asked for."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from wizard.errors import SendoffError
from wizard.plan.problem import Problem
from wizard.steps import Answers, Fact, Field, Kind, Session, SessionEvent, Step, StepChanged

LONG = 60.0


def find(answers: Answers) -> str:
    if answers["a"] == "bad":
        raise SendoffError("It is bad.")
    return f"<{answers['a']}>"


def probe(value: str, answers: Answers) -> Problem | None:
    return Problem("p", "It clashes.", "", "") if value == answers["a"] else None


def asked(name: str, **more: Any) -> Field:
    return Field(name=name, label=name, why="", **more)


STEPS = (
    Step("one", "One", "", (asked("a"), asked("b", default=lambda a: a.fact("f")))),
    Step("two", "Two", "", (asked("p", default="p", probe=probe), asked("big", kind=Kind.BOOL))),
    Step("three", "Three", "", (asked("c", default=lambda a: a.fact("g")),), visible=lambda a: a["big"]),
    Step("four", "Four", ""),
)
FACTS = (Fact("f", "f", find), Fact("g", "g", lambda a: a.fact("f") + "g"))


def test_many_threads_at_once_end_in_what_was_given_last() -> None:
    session = Session(STEPS, FACTS, debounce=0.001)
    failures: list[BaseException] = []
    told: list[SessionEvent] = []
    at_once = threading.Semaphore(1)

    def listen(event: SessionEvent) -> None:
        assert at_once.acquire(blocking=False), "one event at a time"
        told.append(event)
        session.view()
        at_once.release()

    session.subscribe(listen)

    def at_work(seed: int) -> None:
        choose = random.Random(seed)
        actions: list[Callable[[], object]] = [
            lambda: session.set("a", choose.choice(["good", "bad", "p", ""])),
            lambda: session.set("p", choose.choice(["p", "good", "x"])),
            lambda: session.set("big", choose.choice([True, False])),
            lambda: session.clear("p"),
            session.next,
            session.back,
            lambda: session.go(choose.choice(["one", "two", "three", "four"])),
            lambda: session.restore(session.draft()),
            session.view,
            session.trail,
            session.answers,
            lambda: session.fact("g"),
        ]
        try:
            for _ in range(300):
                choose.choice(actions)()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=at_work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    assert not failures and not any(thread.is_alive() for thread in threads)

    session.set("a", "good")
    session.set("p", "fine")
    session.set("big", True)
    session.go("one")
    session.go("four")
    assert session.settled(LONG) and session.view().step.name == "four"
    assert session.answers() == {"a": "good", "b": "<good>", "p": "fine", "big": True, "c": "<good>g"}
    session.next()
    assert session.settled(LONG) and session.finished
    steps = [event.name for event in told if isinstance(event, StepChanged)]
    assert steps[-1] == "four" and all(one != other for one, other in pairwise(steps))
    session.close()


def test_a_screen_may_look_while_a_probe_runs() -> None:
    begun, let_go = threading.Event(), threading.Event()

    def slow(value: str, answers: Answers) -> None:
        begun.set()
        assert answers["a"] == "x", "reading waits for nobody"
        assert let_go.wait(LONG)

    session = Session((Step("one", "One", "", (asked("a", default="x"), asked("p", default="y", probe=slow))),))
    session.view()
    assert begun.wait(LONG)
    session.set("p", "z")
    assert session.view().fields[1].raw == "z" and session.view().busy
    let_go.set()
    assert session.settled(LONG)
    session.close()


def test_ctrl_c_in_the_middle_of_a_listener_silences_nobody() -> None:
    session = Session(STEPS, FACTS, debounce=LONG)
    told: list[SessionEvent] = []
    interrupted: list[bool] = []

    def listen(event: SessionEvent) -> None:
        if not interrupted:
            interrupted.append(True)
            raise KeyboardInterrupt
        told.append(event)

    session.subscribe(listen)
    with pytest.raises(KeyboardInterrupt):
        session.set("a", "goo")  # a letter: nobody else is at work yet who could tell the listener
    session.set("a", "good")
    assert told
    session.close()
