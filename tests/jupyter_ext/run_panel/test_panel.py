"""The panel without a page: what it says, and what it does when a page says something."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_ext.run_panel import RunActions
from jupyter_ext.run_panel.watched import Watched
from tests.jupyter_ext.run_panel.staged import TITLES, WAIT, Bench, HeardPanel
from tests.run.staged import Made, failing
from wizard.errors import BuildError, PlanError, SendoffError
from wizard.events import Feed, LogLine, Reporter, RunFinished, StageFinished, StageStarted
from wizard.run import Run
from wizard.run.road import Road

PanelOf = Callable[..., HeardPanel]


def texts(message: dict[str, Any]) -> list[str]:
    return [text for _, group in message["lines"] for text in group]


def ended(message: dict[str, Any]) -> bool:
    return bool(message.get("state", {}).get("end"))


def until(holds: Callable[[], Any]) -> None:
    end = time.monotonic() + WAIT
    while not holds():
        assert time.monotonic() < end
        threading.Event().wait(0.005)


# --- telling ------------------------------------------------------------------------------------------------


def test_nothing_is_sent_before_a_page_says_hello(bench: Bench, panel_of: PanelOf) -> None:
    run = bench.run()
    panel = panel_of(run)
    assert run.wait(WAIT)
    until(lambda: not any(thread.name == "sendoff-run-panel" and thread.is_alive() for thread in threading.enumerate()))
    assert panel.said.empty()
    panel.hear("hello", have=0)
    answer = panel.told(ended)
    assert answer["whole"] and answer["state"]["end"]["service"] == "housing"


def test_a_page_gets_every_line_once_and_in_order(bench: Bench, panel_of: PanelOf) -> None:
    held = bench.holding()

    def build(road: Road, reporter: Reporter) -> Made:
        for number in range(5000):
            reporter.log(f"line {number}")
        return held(road, reporter)

    bench.work["build"] = build
    panel = panel_of(bench.run())
    panel.hear("hello", have=0)
    got: list[str] = []
    while len(got) < 5000:
        message = panel.told(lambda message: message["kind"] == "feed")
        assert message["after"] <= len(got) == message["first"]
        got += texts(message)
    assert got == [f"line {number}" for number in range(5000)]


def test_a_look_that_finds_nothing_new_has_nothing_to_send(tmp_path: Path) -> None:
    feed = Feed()
    watched = Watched(1, feed, tmp_path / "sendoff.yaml")
    feed.put(StageStarted("build", "Build the image"))
    feed.put(LogLine("build", "at work"))
    assert texts(watched.news() or {}) == ["at work"]
    assert watched.news() is None
    feed.put(LogLine("build", "still"))
    news = watched.news() or {}
    assert texts(news) == ["still"] and "state" not in news
    assert watched.news() is None


def test_a_page_that_comes_back_gets_what_it_lacks(bench: Bench, panel_of: PanelOf) -> None:
    bench.work["build"] = bench.holding(*(f"line {number}" for number in range(100)))
    panel = panel_of(bench.run())
    panel.hear("hello", have=0)
    panel.told(lambda message: "line 99" in texts(message))
    panel.hear("hello", have=90)
    answer = panel.told(lambda message: "whole" in message)
    assert (answer["after"], answer["first"]) == (90, 90)
    assert texts(answer) == [f"line {number}" for number in range(90, 100)]
    panel.hear("hello", have=90, run=panel._watched.number - 1)  # lines of another run are none of this one's
    assert len(texts(panel.told(lambda message: "whole" in message))) == 100


def test_a_flood_of_long_lines_goes_in_pieces_a_server_lets_through(panel_of: PanelOf) -> None:
    feed = Feed()
    panel = panel_of(feed)
    panel.hear("hello", have=0)
    for number in range(300):
        feed.put(LogLine("build", f"{number} " + "x" * 1990))
    got: list[str] = []
    sizes = []
    while len(got) < 300:
        message = panel.told(lambda message: message["kind"] == "feed")
        sizes.append(sum(map(len, texts(message))))
        got += texts(message)
    assert max(sizes) <= 64_000
    assert [text.split()[0] for text in got] == [str(number) for number in range(300)]


def test_what_is_gone_from_the_feed_is_told_as_a_gap(panel_of: PanelOf) -> None:
    feed = Feed(keep=10)
    for number in range(50):
        feed.put(LogLine("build", str(number)))
    panel = panel_of(feed)
    panel.hear("hello", have=0)
    answer = panel.told(lambda message: "whole" in message)
    assert (answer["after"], answer["first"]) == (0, 40)


def test_stages_that_lie_ahead_are_told_with_the_time_they_usually_take(bench: Bench, panel_of: PanelOf) -> None:
    def build(_road: Road, reporter: Reporter) -> Made:
        reporter.progress(3, 4, what="layer 3")
        return held(_road, reporter)

    bench.run().wait(WAIT)  # a run before this one, which took its time
    held = bench.holding()
    bench.work["build"] = build
    run = Run(
        bench.plan, until="release", redo=frozenset(TITLES), stages=[bench.stage(name) for name in TITLES]
    ).start()
    panel = panel_of(run)
    panel.hear("hello", have=0)
    message = panel.told(
        lambda message: (
            [stage["mark"] for stage in message.get("state", {}).get("stages", ())] == ["done", "running", "ahead"]
            and message["state"]["stages"][2]["usual"]
            and message["state"]["stages"][1]["share"]
        )
    )
    _, build_row, release = message["state"]["stages"]
    assert (build_row["title"], build_row["share"], build_row["detail"]) == (
        "Build the image",
        0.75,
        "3 of 4 steps layer 3",
    )
    assert release["usual"] == "0.0 s"
    assert message["state"]["headline"].startswith("Running · 1 of 3 stages")


def test_a_run_of_the_past_is_shown_from_its_feed(panel_of: PanelOf) -> None:
    feed = Feed()
    feed.put(StageStarted("build", "Build the image"))
    feed.put(StageFinished("build", False, 1.0))
    error = BuildError("The image could not be built.", evidence=["no space left"])
    error.stage = "build"
    feed.put(RunFinished(ok=False, error=error.as_dict()))
    panel = panel_of(feed)
    panel.hear("hello", have=0)
    state = panel.told(ended)["state"]
    assert not state["atWork"] and state["end"]["error"]["evidence"] == ["no space left"]
    assert panel.run is None


def test_texts_that_are_no_text_are_still_told(panel_of: PanelOf) -> None:
    feed = Feed()
    feed.put(StageStarted("build", "Build the image"))
    feed.put(LogLine("build", "caf\udce9"))
    panel = panel_of(feed)
    panel.hear("hello", have=0)
    assert texts(panel.told(lambda message: "whole" in message)) == ["caf\\udce9"]


# --- doing --------------------------------------------------------------------------------------------------


def test_cancel_stops_the_run_and_the_page_hears_that_it_stops(bench: Bench, panel_of: PanelOf) -> None:
    bench.work["build"] = bench.holding("at work")
    run = bench.run()
    panel = panel_of(run)
    panel.hear("hello", have=0)
    panel.hear("cancel")
    state = panel.told(ended)["state"]
    assert "stopped" in [stage["mark"] for stage in state["stages"]], "it has not failed"
    end = state["end"]
    assert end["stopped"] and end["again"] == "Go on from here"
    assert "command" not in end["error"]["fix"], "a page has buttons"
    assert run.wait(WAIT)


def test_what_a_page_says_of_a_run_shown_before_is_passed_over(bench: Bench, panel_of: PanelOf) -> None:
    bench.work["build"] = bench.holding("at work")
    run = bench.run()
    panel = panel_of(run, actions=RunActions(begun=lambda run: None))
    panel.hear("hello", have=0)
    for kind in ("cancel", "again", "change", "try", "byhand"):
        panel.hear(kind, run=7)
    panel.hear("again")  # the run is at work: there is nothing to begin
    panel.hear("remedy", number="first")
    panel.hear("nonsense")
    panel._handle_msg({"content": {"data": {"method": "custom", "content": "no message"}}, "buffers": []})
    panel.told(lambda message: "at work" in texts(message))
    assert not run.cancelling and bench.consents == [False]


def test_trying_again_begins_another_run_in_the_same_panel_once(bench: Bench, panel_of: PanelOf) -> None:
    bench.work["build"] = failing(BuildError("The image could not be built."))
    begun: list[Run] = []
    told = threading.Event()

    def tell(run: Run) -> None:
        begun.append(run)
        told.set()

    panel = panel_of(bench.run(), actions=RunActions(begun=tell))
    panel.hear("hello", have=0)
    panel.told(ended)
    bench.work["build"] = lambda road, reporter: Made("built")
    panel.hear("again")
    panel.hear("again")  # pressed twice: the second press comes late
    end = panel.told(lambda message: message["run"] == 2 and ended(message))["state"]["end"]
    assert end["ok"] and end["head"] == "housing answers at"
    assert told.wait(WAIT)
    assert begun == [panel.run] and len(bench.consents) == 2


def test_a_run_that_cannot_begin_says_why_beside_what_failed(bench: Bench, panel_of: PanelOf) -> None:
    def begin(plan_path: Path, consent: bool) -> Run:
        raise SendoffError("Another run is at work on this project.", "Run 7 holds it.", "Wait for it.")

    bench.work["build"] = failing(BuildError("The image could not be built."))
    panel = panel_of(bench.run(), actions=RunActions(begun=lambda run: None), begin=begin)
    panel.hear("hello", have=0)
    panel.told(ended)
    panel.hear("again")
    state = panel.told(lambda message: bool(message.get("state", {}).get("refused")))["state"]
    assert state["refused"]["what"] == "Another run is at work on this project."
    assert state["end"]["error"]["what"] == "The image could not be built." and not state["goingOn"]


def test_a_fault_in_a_way_on_is_shown_and_leaves_no_callback(
    bench: Bench, panel_of: PanelOf, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))

    def broken() -> None:
        raise ZeroDivisionError("by zero")

    panel = panel_of(bench.run(), actions=RunActions(try_it=broken))
    panel.hear("hello", have=0)
    panel.told(ended)
    panel.hear("try")
    state = panel.told(lambda message: bool(message.get("state", {}).get("refused")))["state"]
    assert state["refused"]["what"] == "Sendoff itself failed." and "by zero" in state["refused"]["why"]
    assert state["end"]["ok"]


def test_change_leads_to_the_field_the_error_speaks_of(bench: Bench, panel_of: PanelOf) -> None:
    fields: list[str] = []
    led = threading.Event()

    def change(field: str) -> None:
        fields.append(field)
        led.set()

    bench.work["build"] = failing(PlanError("Too little memory.", field="target.memory"))
    panel = panel_of(bench.run(), actions=RunActions(change=change))
    panel.hear("hello", have=0)
    panel.told(ended)
    panel.hear("change")
    assert led.wait(WAIT) and fields == ["target.memory"]


def test_a_page_is_told_which_ways_there_are(bench: Bench, panel_of: PanelOf) -> None:
    panel = panel_of(bench.run(), actions=RunActions(change=lambda field: None))
    panel.hear("hello", have=0)
    ways = panel.told(lambda message: "ways" in message)["ways"]
    assert ways == {"again": False, "change": True, "tryIt": False}


def test_by_hand_without_a_plan_says_so(bench: Bench, panel_of: PanelOf) -> None:
    panel = panel_of(bench.run())
    panel.hear("hello", have=0)
    panel.hear("byhand", stage="build")
    answer = panel.told(lambda message: message["kind"] == "byhand")
    assert answer["error"]["what"] and answer["error"]["fix"] and not answer["stages"]


def test_closing_ends_the_threads_and_not_the_run(bench: Bench, panel_of: PanelOf) -> None:
    bench.work["build"] = bench.holding("at work")
    run = bench.run()
    before = set(threading.enumerate())
    panel = panel_of(run)
    mine = [thread for thread in threading.enumerate() if thread not in before]
    panel.close()
    for thread in mine:
        thread.join(WAIT)
        assert not thread.is_alive()
    assert not run.cancelling


def test_nothing_of_a_run_is_in_what_a_notebook_saves(bench: Bench, panel_of: PanelOf) -> None:
    bench.work["build"] = bench.holding("a line of the log")
    panel = panel_of(bench.run())
    panel.hear("hello", have=0)
    panel.told(lambda message: "a line of the log" in texts(message))
    saved = str(panel.get_state())
    assert "a line of the log" not in saved and str(bench.plan.parent) not in saved
    assert len(saved) < 60_000
