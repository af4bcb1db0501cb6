"""A run in a real browser page: stages, stopping, how it ended, and a page that comes, goes and comes back."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from jupyter_ext.run_panel import RunActions
from tests.jupyter_ext.browser.barriers import barriers
from tests.jupyter_ext.run_panel.plain_page import PlainPage
from tests.jupyter_ext.run_panel.staged import TITLES, WAIT, Bench, HeardPanel
from tests.run.staged import Made
from tests.steps.planning import planned
from wizard.errors import BuildError, LockError
from wizard.events import Feed, LogLine, Reporter, StageStarted
from wizard.plan import load_plan, save_plan
from wizard.run import Run
from wizard.run.road import Road

pytestmark = pytest.mark.browser

PanelOf = Callable[..., HeardPanel]
PageOf = Callable[..., PlainPage]

CAUSE = "ERROR: No matching distribution found for torchh==2.3.1"


def breaking(road: Road, reporter: Reporter) -> Made:
    for number in range(200):
        reporter.log(f"before {number}")
    reporter.log(f"#7 12.3 {CAUSE}")
    for number in range(200):
        reporter.log(f"after {number}")
    raise BuildError("The image could not be built.", "pip found no torchh.", "Name one that exists.", evidence=[CAUSE])


def everything(**ways: object) -> RunActions:
    given = {"begun": lambda run: None, "change": lambda field: None, "try_it": lambda: None, **ways}
    return RunActions(**given)  # type: ignore[arg-type]  # each of its own kind


# --- at work ------------------------------------------------------------------------------------------------


def test_stages_are_shown_with_how_they_stand_and_times_that_run(
    bench: Bench, panel_of: PanelOf, page_of: PageOf
) -> None:
    def build(road: Road, reporter: Reporter) -> Made:
        reporter.progress(12e6, 40e6, unit="bytes", what="layer 3 of 7")
        reporter.notice("The base image is old.")
        return bench.holding("at work")(road, reporter)

    bench.work["build"] = build
    page = page_of(panel_of(bench.run()))
    page.until_said("12 MB of 40 MB layer 3 of 7", "The base image is old.", "Running · 1 of 3 stages")
    bar = page.page.get_by_role("progressbar", name="Build the image")
    assert bar.get_attribute("aria-valuenow") == "30"
    time_of_build = page.page.locator(".sendoff-run-running .sendoff-run-time")
    shown = time_of_build.inner_text()
    page.until(lambda: time_of_build.inner_text() != shown)  # nothing was sent for that
    assert page.page.get_by_role("button", name="Release to come").count() == 1


def test_stop_asks_and_answers_at_once_though_a_cell_is_running(
    bench: Bench, panel_of: PanelOf, page_of: PageOf
) -> None:
    bench.work["build"] = bench.holding("at work")
    run = bench.run()
    page = page_of(panel_of(run))
    page.until_said("at work")
    page.carries = False  # from here on the kernel is busy with a cell, and hears nothing
    page.press("Stop")
    assert "Stop this run?" in page.text and "The build is broken off." in page.text
    page.press("Let it run")
    assert "Stop this run?" not in page.text
    expect(page.page.get_by_role("button", name="Stop", exact=True)).to_be_focused()
    page.press("Stop")
    page.press("Stop it")
    page.until_said("Stopping: it is told as soon as the running cell lets it.")
    assert not run.cancelling
    page.carries = True
    page.until_said("Stopped · 1 of 3 stages", "Stopped, as you asked.")
    assert run.wait(WAIT)


def test_a_run_that_ends_takes_the_question_away(bench: Bench, panel_of: PanelOf, page_of: PageOf) -> None:
    bench.work["build"] = bench.holding("at work")
    page = page_of(panel_of(bench.run()))
    page.until_said("at work")
    page.press("Stop")
    bench.go.set()
    page.until_said("Done · 3 of 3 stages")
    assert "Stop this run?" not in page.text
    expect(page.page.get_by_role("link", name="http://127.0.0.1:8080/")).to_be_visible()


# --- the end ------------------------------------------------------------------------------------------------


def test_a_run_that_ended_well_says_where_it_answers_and_how_it_is_called(
    bench: Bench, panel_of: PanelOf, page_of: PageOf
) -> None:
    tried = threading.Event()
    page = page_of(panel_of(bench.run(), actions=everything(try_it=tried.set)))
    page.until_said(
        "housing answers at http://127.0.0.1:8080/, at once.", "It predicts what the model predicts on 8 rows."
    )
    link = page.page.get_by_role("link", name="http://127.0.0.1:8080/")
    assert link.get_attribute("href") == "http://127.0.0.1:8080/"
    page.press("Copy: call it")
    page.until(lambda: page.clipboard() == "curl http://127.0.0.1:8080/predict -d @request.json")
    page.press("Copy address")
    page.until(lambda: page.clipboard() == "http://127.0.0.1:8080/")
    page.press("Try it")
    assert tried.wait(WAIT)


def test_an_address_that_is_no_web_address_is_no_link(bench: Bench, panel_of: PanelOf, page_of: PageOf) -> None:
    bench.work["release"] = lambda road, reporter: Made("released", service="housing", url="javascript:alert(1)")
    page = page_of(panel_of(bench.run()))
    page.until_said("housing answers at javascript:alert(1)")
    assert page.page.get_by_role("link").count() == 0


def test_a_failure_shows_cause_evidence_and_what_to_do(bench: Bench, panel_of: PanelOf, page_of: PageOf) -> None:
    bench.work["build"] = breaking
    page = page_of(panel_of(bench.run(), actions=everything()))
    page.until_said("The image could not be built.", "pip found no torchh.", "Name one that exists.", "Evidence")
    expect(page.page.get_by_role("alert")).to_contain_text("The image could not be built.")
    page.until(lambda: f"#7 12.3 {CAUSE}" in page.rows_in_sight())  # the log has gone there by itself
    assert page.page.locator(".sendoff-run-evidence").inner_text() == f"#7 12.3 {CAUSE}"
    page.press("↓ To the end")
    page.until(lambda: "after 199" in page.rows_in_sight())
    page.press("Pin the dependencies done")
    page.press("Evidence")
    page.until(lambda: f"#7 12.3 {CAUSE}" in page.rows_in_sight())
    expect(page.page.get_by_role("log")).to_be_focused()


def test_when_it_is_over_no_word_and_no_notice_is_cut(bench: Bench, panel_of: PanelOf, page_of: PageOf) -> None:
    long = "; ".join(f"a sentence that is number {number}" for number in range(9))

    def work(road: Road, reporter: Reporter) -> Made:
        for number in range(9):
            reporter.notice(f"{number}: {long}.")
        raise BuildError(f"{long}.", "Why.", "Fix.")

    bench.work["build"] = work
    page = page_of(panel_of(bench.run()))
    page.until_said("Fix.")
    cut = """() => [...document.querySelectorAll(".sendoff-run-notices, .sendoff-run-detail")]
        .filter((part) => part.scrollWidth > part.clientWidth + 1 || part.scrollHeight > part.clientHeight + 1).length"""
    assert page.page.evaluate(cut) == 0


def test_a_line_of_json_that_an_error_quotes_in_its_words_is_the_evidence(
    bench: Bench, panel_of: PanelOf, page_of: PageOf
) -> None:
    logged = '{"severity":"CRITICAL","message":"Could not import handler.py: No module named \\"pandas\\"","where":"line 13"}'
    quoted = 'log line 7: CRITICAL: Could not import handler.py: No module named "pandas" (line 13)'

    def crash(road: Road, reporter: Reporter) -> Made:
        reporter.log('{"severity":"CRITICAL","message":"another one"}')
        reporter.log(logged)
        reporter.log("{no json")
        raise BuildError("It did not come up.", "No pandas.", "Add it.", evidence=[quoted])

    bench.work["build"] = crash
    page = page_of(panel_of(bench.run(), actions=everything()))
    page.until_said("It did not come up.", "Evidence")
    assert page.page.locator(".sendoff-run-evidence").all_inner_texts() == [logged]
    expect(page.page.get_by_role("button", name="↓ To the end")).to_have_count(0)  # all of it is in sight


def test_ways_that_lead_nowhere_have_no_button(bench: Bench, panel_of: PanelOf, page_of: PageOf) -> None:
    bench.work["build"] = breaking
    page = page_of(panel_of(bench.run()))
    page.until_said("The image could not be built.", "Evidence")
    assert page.page.get_by_role("button", name="Try again").count() == 0
    assert page.page.get_by_role("button", name="Change").count() == 0


def test_trying_again_shows_the_new_run_in_every_view(bench: Bench, panel_of: PanelOf, page_of: PageOf) -> None:
    bench.work["build"] = breaking
    page = page_of(panel_of(bench.run(), actions=everything()))
    page.page.evaluate("() => window.addView()")
    page.until_said("Try again")
    bench.work["build"] = bench.holding("second time")
    page.carries = False
    page.press("Try again")
    page.until_said("Beginning again …")  # at once, though the kernel has heard nothing yet
    page.carries = True
    page.until(lambda: page.rows_in_sight() == ["second time"] * 1 or page.rows() == ["second time", "second time"])
    assert "The image could not be built." not in page.text
    bench.go.set()
    page.until(lambda: page.text.count("housing answers at") == 2)


def test_a_remedy_is_a_button_that_changes_the_plan_and_goes_on(
    bench: Bench, panel_of: PanelOf, page_of: PageOf
) -> None:
    save_plan(planned(), bench.plan)

    def lock(road: Road, reporter: Reporter) -> Made:
        raise LockError("There is no numpy below 2.", package="numpy", instead={"numpy<2": "numpy<3"})

    bench.work["lock"] = lock
    page = page_of(panel_of(bench.run(), actions=everything()))
    remedy = page.page.get_by_role("button", name=re.compile("numpy<3"))
    page.until(remedy.count)
    bench.work["lock"] = lambda road, reporter: Made("locked")
    remedy.click()
    page.until_said("housing answers at")
    assert load_plan(bench.plan).image.requirements == ("scikit-learn==1.5.2", "numpy<3")


def test_the_commands_by_hand_open_and_close(bench: Bench, panel_of: PanelOf, page_of: PageOf) -> None:
    save_plan(planned(), bench.plan)
    bench.work["build"] = bench.holding("at work")
    page = page_of(panel_of(bench.run()))
    page.until_said("at work")
    page.press("By hand")
    page.until(lambda: page.page.locator(".sendoff-command").count())
    commands = page.page.locator(".sendoff-command").all_inner_texts()
    assert any("docker" in command for command in commands)
    page.page.locator(".sendoff-run-by-hand").get_by_role("button", name="Copy", exact=True).first.click()
    page.until(lambda: page.clipboard() == commands[0])
    page.press("By hand")
    assert page.page.locator(".sendoff-command:visible").count() == 0


# --- pages that come and go -----------------------------------------------------------------------------------


def test_a_reload_brings_everything_back(bench: Bench, panel_of: PanelOf, page_of: PageOf) -> None:
    bench.work["build"] = bench.holding(*(f"line {number}" for number in range(3000)))
    page = page_of(panel_of(bench.run()))
    page.until(lambda: "line 2999" in page.rows_in_sight())
    page.load()
    page.until(lambda: "line 2999" in page.rows_in_sight())
    page.page.get_by_role("log").press("Home")
    page.until(lambda: "line 0" in page.rows_in_sight())
    bench.go.set()
    page.until_said("Done · 3 of 3 stages")


def test_a_page_that_comes_while_a_cell_runs_shows_what_comes_and_then_what_was(
    bench: Bench, panel_of: PanelOf, page_of: PageOf
) -> None:
    feed = Feed()
    feed.put(StageStarted("build", "Build the image"))
    page = page_of(panel_of(feed))
    feed.put(LogLine("build", "early"))
    page.until(lambda: page.rows() == ["early"])
    page.carries = False
    page.load()
    page.until_said("The kernel does not answer")
    page.until(
        lambda: [message["kind"] for message in page.held].count("hello") > 1
    )  # asked again, and it still does not
    page.until_said("The kernel does not answer")
    feed.put(LogLine("build", "late"))
    feed.put(StageStarted("push", "Push the image"))
    page.until_said("Push the image")
    page.press("Build the image cut off")
    assert page.rows() == ["late"]
    page.carries = True
    page.until(lambda: page.rows() == ["early", "late"])
    assert "The kernel does not answer" not in page.text


def test_a_message_that_was_lost_is_asked_for(panel_of: PanelOf, page_of: PageOf) -> None:
    feed = Feed()
    feed.put(StageStarted("build", "Build the image"))
    panel = panel_of(feed)
    page = page_of(panel)
    feed.put(LogLine("build", "one"))
    page.until(lambda: page.rows() == ["one"])
    feed.put(LogLine("build", "two"))
    panel.told(lambda message: bool(message["lines"]))  # taken away on its way to the page
    feed.put(LogLine("build", "three"))
    page.until(lambda: page.rows() == ["one", "two", "three"])


def test_two_views_show_the_same_and_one_can_go(bench: Bench, panel_of: PanelOf, page_of: PageOf) -> None:
    bench.work["build"] = bench.holding("at work")
    page = page_of(panel_of(bench.run()))
    page.page.evaluate("() => { window.removeSecond = window.addView(); }")
    page.until(lambda: page.rows() == ["at work", "at work"])
    page.page.evaluate("() => { window.removeSecond(); document.querySelector('main').lastChild.remove(); }")
    bench.go.set()
    page.until_said("Done · 3 of 3 stages")


def test_a_kernel_that_is_gone_is_said_in_words(bench: Bench, panel_of: PanelOf, page_of: PageOf) -> None:
    bench.work["build"] = bench.holding("at work")
    page = page_of(panel_of(bench.run()))
    page.until_said("at work")
    page.hears = False
    page.page.evaluate("() => window.trigger('comm_live_update')")
    page.until_said(
        "The kernel that ran this is gone.", "run the cell again", "Cut off · 1 of 3 stages", "cut off here"
    )
    assert page.page.get_by_role("button", name="Stop", exact=True).count() == 0


# --- by keyboard, narrow, dark ----------------------------------------------------------------------------------


def test_everything_is_reached_by_tab(bench: Bench, panel_of: PanelOf, page_of: PageOf) -> None:
    bench.work["build"] = bench.holding("at work")
    page = page_of(panel_of(bench.run()))
    page.until_said("at work", "Release")
    page.page.get_by_role("button", name="Stop", exact=True).focus()
    names = []
    for _ in range(10):
        names.append(
            page.page.evaluate(
                "() => document.activeElement.getAttribute('aria-label') || document.activeElement.innerText"
            )
        )
        page.page.keyboard.press("Tab")
    assert [" ".join(name.split()) for name in names][:9] == [
        *("Stop", "Pin the dependencies done", "Build the image at work", "Release to come"),
        *("Log of", "Find in the log", "Copy log", "By hand", "Log of Build the image"),
    ]


@pytest.mark.parametrize("width", [500, 1100])
def test_nothing_is_wider_than_the_page(bench: Bench, panel_of: PanelOf, page_of: PageOf, width: int) -> None:
    bench.work["build"] = breaking
    page = page_of(panel_of(bench.run(), actions=everything()), width=width)
    page.until_said("Try again")
    assert page.page.evaluate("() => document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_nobody_is_kept_out(bench: Bench, panel_of: PanelOf, page_of: PageOf, dark: bool) -> None:
    def build(road: Road, reporter: Reporter) -> Made:
        reporter.progress(1, 4)
        reporter.notice("The base image is old.")
        return bench.holding("at work")(road, reporter)

    bench.work["build"] = build
    page = page_of(panel_of(bench.run(), actions=everything()), dark=dark)
    page.until_said("at work", "1 of 4 steps")
    page.page.get_by_role("searchbox").fill("work")
    page.press("Stop")
    assert barriers(page.page, ".sendoff-run") == []
    bench.go.set()
    page.until_said("Try it")
    assert barriers(page.page, ".sendoff-run") == []
    bench.work["release"] = breaking
    again = Run(
        bench.plan, until="release", redo=frozenset(TITLES), stages=[bench.stage(name) for name in TITLES]
    ).start()
    failed = page_of(panel_of(again, actions=everything()), dark=dark)
    failed.until_said("Evidence")
    failed.press("By hand")
    failed.until(lambda: failed.page.locator(".sendoff-run-by-hand .sendoff-error").count())
    assert barriers(failed.page, ".sendoff-run") == []
