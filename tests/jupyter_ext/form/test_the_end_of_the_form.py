"""What explains the form, its end, and its threads, driven as the page drives it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from jupyter_ext.form.steps_box import StepsBox
from tests.jupyter_ext.form.page import DEADLINE, Page, buttons, control, give, press, words
from tests.jupyter_ext.form.walking import Started, drawn, to_cloud, to_review
from tests.steps.small_way import SmallWay
from wizard.errors import PlanError, SendoffError


def test_why_explains_every_field_in_sight_and_is_closed_again(box: StepsBox) -> None:
    press(box, "Why")
    drawn(box)
    said = words(box)
    assert "The step First" in said and "How much memory." in said and "Its value: measured." in said
    assert "Hardly ever changed." not in said
    press(box, "Why")
    drawn(box)
    assert "The step First" not in words(box)


def test_why_tells_when_one_takes_which_choice(box: StepsBox, way: SmallWay) -> None:
    way.regions.open.set()
    to_cloud(box)
    press(box, "Why")
    drawn(box)
    assert "Belgium Near most of your callers." in words(box)


def test_by_hand_says_why_there_are_no_commands_yet(box: StepsBox, way: SmallWay) -> None:
    way.regions.open.set()  # the first problem of all steps is looked for
    give(control(box, "CPUs"), "99")
    press(box, "By hand")
    drawn(box)
    assert "The commands are known once the plan is right. So many processors" in words(box)


def test_start_writes_the_plan_and_starts_the_run(box: StepsBox, way: SmallWay, started: Started) -> None:
    to_review(box, way)
    assert (started.times, way.written) == (0, 0)
    press(box, "Start")
    drawn(box)
    assert (started.times, way.written) == (1, 1)


def test_a_plan_that_would_be_lost_is_asked_about_first(
    page: Page, box: StepsBox, way: SmallWay, started: Started
) -> None:
    way.overwrites = way.plan_path
    to_review(box, way)
    press(box, "Start")
    drawn(box)
    assert "Replace the plan sendoff.yaml?" in words(box) and page.focus == "No, leave it"
    press(box, "No, leave it")
    drawn(box)
    assert (started.times, way.written) == (0, 0) and "Replace the plan" not in words(box)
    press(box, "Start")
    drawn(box)
    press(box, "Replace it")
    drawn(box)
    assert (started.times, way.written) == (1, 1)


def test_who_has_agreed_already_is_not_asked(opened: Callable[..., StepsBox], way: SmallWay, started: Started) -> None:
    way.overwrites = way.plan_path
    box = opened(overwrites=True)
    to_review(box, way)
    press(box, "Start")
    drawn(box)
    assert started.times == 1


def test_going_back_withdraws_the_question_about_the_lost_plan(box: StepsBox, way: SmallWay) -> None:
    way.overwrites = way.plan_path
    to_review(box, way)
    press(box, "Start")
    drawn(box)
    press(box, "Back")
    drawn(box)
    assert "Replace the plan" not in words(box)


def test_a_plan_that_cannot_be_written_is_said_above_the_buttons_until_the_person_goes_on(
    box: StepsBox, way: SmallWay, started: Started
) -> None:
    to_review(box, way)
    way.refuses = PlanError("The plan cannot be written.", "The disk is full.", "Make room.")
    press(box, "Start")
    drawn(box)
    assert "The plan cannot be written. The disk is full. Make room." in words(box)
    assert not started.times and "Start" in buttons(box)
    press(box, "Back")
    drawn(box)
    assert "The disk is full." not in words(box)


def test_a_run_that_cannot_be_started_is_said_and_can_be_tried_again(
    box: StepsBox, way: SmallWay, started: Started
) -> None:
    to_review(box, way)
    started.error = SendoffError("Another run is at work.", "", "Wait for it.")
    press(box, "Start")
    drawn(box)
    assert "Another run is at work." in words(box)
    started.error = None
    press(box, "Start")
    drawn(box)
    assert started.times == 1 and "Another run is at work." not in words(box)


def test_a_fault_of_our_own_is_said_in_three_parts_and_no_traceback(
    box: StepsBox, way: SmallWay, started: Started
) -> None:
    to_review(box, way)
    started.error = ZeroDivisionError("division by zero")
    press(box, "Start")
    drawn(box)
    assert "Sendoff itself failed. ZeroDivisionError: division by zero Please report it" in words(box)
    assert "Traceback" not in words(box) and "Start" in buttons(box)


def test_nothing_is_started_while_something_is_being_done(box: StepsBox, way: SmallWay, started: Started) -> None:
    to_review(box, way)
    box.busy("Starting the run")
    drawn(box)
    assert "◌ Starting the run …" in words(box) and "Start" not in buttons(box)
    box.busy("")
    drawn(box)
    assert "Starting the run" not in words(box) and "Start" in buttons(box)


def test_an_error_from_outside_is_shown_and_withdrawn(box: StepsBox) -> None:
    box.fail(SendoffError("The service has gone.", "", "Deploy it again.", evidence=["404 Not Found"]))
    assert "The service has gone. 404 Not Found Deploy it again." in words(box)
    box.fail(None)
    assert "gone" not in words(box)


def test_edits_from_several_threads_all_arrive_and_the_form_shows_what_the_session_holds(box: StepsBox) -> None:
    def edit(label: str, values: range) -> None:
        for value in values:
            give(control(box, label), str(value))

    threads = [
        threading.Thread(target=edit, args=("CPUs", range(1, 40))),
        threading.Thread(target=edit, args=("Name", range(1000, 1040))),
        threading.Thread(target=edit, args=("Account", range(2000, 2040))),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    drawn(box)
    assert [box.session.field(name).raw for name in ("cpu", "name", "account")] == ["39", "1039", "2039"]
    assert [control(box, label).value for label in ("CPUs", "Name", "Account")] == ["39", "1039", "2039"]


def test_a_closed_form_is_gone_from_the_page_and_the_kernel_and_hears_nothing(
    page: Page, box: StepsBox, way: SmallWay
) -> None:
    to_review(box, way)
    press(box, "✓ First")
    drawn(box)
    box.close()
    made = {widget for widget, kind, _ in page.messages if kind == "comm_open"}
    closed = {widget for widget, kind, _ in page.messages if kind == "comm_close"}
    assert made == closed
    sent = len(page.messages)
    box.session.set("name", "otter")
    assert box.session.settled(DEADLINE)
    assert len(page.messages) == sent
    box.close()


def test_two_forms_of_one_way_show_the_same(opened: Callable[..., StepsBox], tmp_path: Path) -> None:
    one, other = opened(), opened()
    give(control(one, "Name"), "otter")
    drawn(one)
    drawn(other)
    assert control(other, "Name").value == "otter"
