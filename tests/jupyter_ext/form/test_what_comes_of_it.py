"""Errors, late answers, forth and back in the form of a small way, driven as the page drives it."""

from __future__ import annotations

import ipywidgets

from jupyter_ext.form.steps_box import StepsBox
from tests.jupyter_ext.form.page import Page, buttons, control, give, in_sight, press, words
from tests.jupyter_ext.form.walking import at, drawn, to_cloud, to_lists
from tests.steps.small_way import LONG_FIX, SmallWay
from wizard.errors import SendoffError


def test_an_error_is_an_alert_under_its_field_with_its_fix_whole(box: StepsBox) -> None:
    give(control(box, "CPUs"), "99")
    drawn(box)
    said = words(box)
    assert "So many processors are not to be had. 99 were asked for, at most 8 are there." in said
    assert LONG_FIX in said
    under = next(one for one in in_sight(box) if isinstance(one, ipywidgets.HTML) and "So many" in one.value)
    assert "role=alert" in under.value


def test_the_nearest_right_value_is_taken_with_a_button(page: Page, box: StepsBox) -> None:
    give(control(box, "CPUs"), "99")
    drawn(box)
    press(box, "Use 8")
    drawn(box)
    assert box.session.field("cpu").value == 8
    assert control(box, "CPUs").value == "8"
    assert "So many" not in words(box) and "Use 8" not in buttons(box)
    assert page.focus == "CPUs"


def test_next_with_something_wrong_stays_and_goes_to_the_first_wrong_field(page: Page, box: StepsBox) -> None:
    give(control(box, "CPUs"), "0")
    give(control(box, "Memory"), "much")
    press(box, "Next")
    drawn(box)
    assert at(box) == "first" and page.focus == "CPUs"


def test_far_too_long_a_text_is_refused_with_its_length_and_nothing_is_lost(box: StepsBox) -> None:
    give(control(box, "Name"), "x" * 1_000_000)
    drawn(box)
    assert "The text has 1,000,000 characters" in words(box)
    assert control(box, "Name").value == "tame-otter"
    assert box.session.field("name").source == "file"
    give(control(box, "Name"), "otter")
    drawn(box)
    assert "1,000,000" not in words(box)


def test_what_is_wrong_with_a_line_is_said_with_its_number(box: StepsBox, way: SmallWay) -> None:
    to_lists(box, way)
    give(control(box, "Packages"), "numpy==2.1.3\nscikit-learn==1.5.2\nnumpy")
    drawn(box)
    assert "Line 3: The package numpy is there twice. Remove one of the two." in words(box)
    give(control(box, "Variables"), "A=1\n\nnothing")
    drawn(box)
    assert "Line 3:" in words(box).partition("Variables")[2]


def test_markup_in_what_is_typed_is_shown_as_it_is(box: StepsBox) -> None:
    give(control(box, "CPUs"), "<img src=x onerror=alert(1)>")
    drawn(box)
    assert not any("<img src=x" in one.value for one in in_sight(box) if isinstance(one, ipywidgets.HTML))
    assert "<img" in words(box)


def test_late_choices_appear_and_what_is_no_choice_any_more_is_shown_still(
    page: Page, box: StepsBox, way: SmallWay
) -> None:
    box.session.set("region", "mars-north1")
    press(box, "Next")
    page.until(lambda: "asking for the regions" in words(box))
    region = control(box, "Region")
    assert region.value == "mars-north1"
    way.regions.open.set()
    page.until(lambda: any(label == "Belgium" for label, _ in region.options))
    drawn(box)
    assert control(box, "Region") is region
    assert [label for label, _ in region.options] == ["Belgium", "Iowa", "mars-north1"]
    assert region.value == "mars-north1" and box.session.field("region").raw == "mars-north1"
    give(region, "Iowa")
    drawn(box)
    assert box.session.field("region").value == "us-central1"


def test_new_choices_do_not_choose_the_first_for_the_person(page: Page, box: StepsBox, way: SmallWay) -> None:
    press(box, "Next")
    page.until(lambda: "asking for the regions" in words(box))
    way.regions.open.set()
    drawn(box)
    assert control(box, "Region").value == "europe-west1"
    assert box.session.field("region").source == "house"


def test_a_late_list_that_fails_is_an_error_at_its_field(box: StepsBox, way: SmallWay) -> None:
    way.regions_error = SendoffError("The regions cannot be asked for.", "There is no network.", "Try again.")
    way.regions.open.set()
    to_cloud(box)
    assert "The regions cannot be asked for. There is no network." in words(box)


def test_next_waits_for_a_probe_says_so_and_goes_on_by_itself(page: Page, box: StepsBox, way: SmallWay) -> None:
    way.regions.open.set()
    to_cloud(box)
    give(control(box, "Project"), "somewhere")
    press(box, "Next")
    page.until(lambda: "Checking …" in buttons(box) and "asking the cloud" in words(box))
    assert at(box) == "cloud"
    way.project.open.set()
    page.until(lambda: at(box) == "lists" and "Packages" in words(box))
    drawn(box)
    assert page.focus == "Packages"


def test_a_probe_that_says_no_brings_the_focus_to_its_field(page: Page, box: StepsBox, way: SmallWay) -> None:
    way.regions.open.set()
    to_cloud(box)
    give(control(box, "Project"), "nowhere")
    press(box, "Next")
    page.until(lambda: "Checking …" in buttons(box))
    way.project.open.set()
    drawn(box)
    assert at(box) == "cloud" and "The project nowhere does not exist." in words(box)
    assert page.focus == "Project"


def test_an_edit_while_next_waits_withdraws_it_and_the_focus_stays_where_the_person_is(
    page: Page, box: StepsBox, way: SmallWay
) -> None:
    way.regions.open.set()
    to_cloud(box)
    give(control(box, "Project"), "nowhere")
    press(box, "Next")
    page.until(lambda: "Checking …" in buttons(box))
    asked = page.focus
    give(control(box, "Region"), "Iowa")
    way.project.open.set()
    drawn(box)
    assert at(box) == "cloud" and "Next" in buttons(box)
    assert page.focus == asked


def test_the_focus_goes_to_the_first_field_of_a_step_that_was_asked_for(page: Page, box: StepsBox) -> None:
    assert page.focus == "", "nothing takes the focus by itself: other cells may be at work"
    press(box, "Next")
    page.until(lambda: page.focus == "Project")


def test_back_keeps_what_was_given(box: StepsBox, way: SmallWay) -> None:
    way.regions.open.set()
    give(control(box, "Name"), "otter")
    to_cloud(box)
    press(box, "Back")
    drawn(box)
    assert at(box) == "first" and control(box, "Name").value == "otter"


def test_the_trail_leads_back_and_forth(box: StepsBox, way: SmallWay) -> None:
    to_lists(box, way)
    press(box, "✓ First")
    drawn(box)
    assert at(box) == "first"
    press(box, "Lists")
    drawn(box)
    assert at(box) == "lists"


def test_a_step_that_has_become_wrong_is_marked(box: StepsBox, way: SmallWay) -> None:
    to_lists(box, way)
    box.session.set("cpu", "99")
    drawn(box)
    assert "✗ First" in buttons(box)


def test_a_field_is_opened_by_its_name_even_a_rare_one(page: Page, box: StepsBox, way: SmallWay) -> None:
    to_lists(box, way)
    box.go_to("rare")
    drawn(box)
    assert at(box) == "first" and page.focus == "Rare"
    box.go_to("lists")
    drawn(box)
    assert at(box) == "lists" and page.focus == "Packages"
    box.go_to("env.LOG_LEVEL")
    drawn(box)
    assert page.focus == "Variables"
