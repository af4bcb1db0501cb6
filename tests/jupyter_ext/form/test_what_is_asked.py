"""What is seen in the form of a small way and what is given in it, driven as the page drives it: messages of widgets."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import ipywidgets

from jupyter_ext.form.steps_box import StepsBox
from tests.jupyter_ext.form.page import Page, buttons, control, give, in_sight, press, words
from tests.jupyter_ext.form.walking import Started, at, drawn, to_lists
from tests.steps.small_way import SmallWay
from wizard.steps.deploy import Deploy


def test_every_field_of_a_step_has_its_label_its_value_and_who_says_so(box: StepsBox) -> None:
    values = {
        label: control(box, label).value for label in ("Model file", "Name", "CPUs", "Memory", "Public", "Account")
    }
    assert values == {
        "Model file": "model.pkl",
        "Name": "tame-otter",
        "CPUs": "1",
        "Memory": "512Mi",
        "Public": False,
        "Account": "",
    }
    said = words(box)
    for text in ("Made from the file's name. (from the model file)", "The model takes 80 MB. (measured)", "vCPU"):
        assert text in said


def test_the_form_is_whole_at_once_and_not_only_once_it_was_drawn_in_its_thread(
    page: Page, way: SmallWay, started: Started
) -> None:
    box = StepsBox(cast(Deploy, way), start=started)
    assert control(box, "Name").value == "tame-otter"
    box.close()


def test_notices_are_read_above_the_steps(opened: Callable[..., StepsBox]) -> None:
    assert words(opened(notices=["A draft of <yesterday> was taken up."])).startswith("A draft of <yesterday>")


def test_the_step_in_sight_is_marked_for_eyes_and_ears(box: StepsBox) -> None:
    trail = next(one for one in in_sight(box) if "sendoff-trail" in one._dom_classes)
    here = trail.children[0]
    assert 'aria-current="step"' in here.value and "● First" in here.value
    assert [one.description for one in trail.children[1:]] == ["○ Where to", "○ Lists", "○ Review"]


def test_everything_in_every_step_can_be_reached_by_keyboard_and_has_a_name(box: StepsBox, way: SmallWay) -> None:
    native = (
        ipywidgets.Text,
        ipywidgets.Textarea,
        ipywidgets.Password,
        ipywidgets.Dropdown,
        ipywidgets.Checkbox,
        ipywidgets.Button,
    )
    still = (ipywidgets.HTML, ipywidgets.Box)
    to_lists(box, way)
    press(box, "Next")
    drawn(box)
    for step in ("First", "Where to", "Lists", "Review"):
        if at(box) != step.lower():
            press(box, step) if f"● {step}" not in words(box) else None
            drawn(box)
        for one in in_sight(box):
            assert isinstance(one, native + still), f"{type(one).__name__} has no keyboard of its own"
            if isinstance(one, native):
                assert one.description and one.tabbable is not False


def test_the_keys_pressed_in_the_form_are_kept_from_jupyter(box: StepsBox) -> None:
    keeping = [one for one in in_sight(box) if isinstance(one, ipywidgets.HTML) and "suppress-shortcuts" in one.value]
    assert len(keeping) == 1


def test_rarely_used_settings_come_and_go_and_what_was_set_stays_in_sight(box: StepsBox) -> None:
    assert "Rare" not in words(box)
    press(box, "All settings (1 more)")
    drawn(box)
    press(box, "Fewer settings")
    drawn(box)
    assert "Rare" not in words(box)
    press(box, "All settings (1 more)")
    drawn(box)
    give(control(box, "Rare"), "mine")
    drawn(box)
    press(box, "Fewer settings")
    drawn(box)
    assert control(box, "Rare").value == "mine"


def test_what_is_given_reaches_the_session_and_is_the_persons(box: StepsBox) -> None:
    give(control(box, "Name"), "otter")
    assert box.session.field("name").raw == "otter"
    drawn(box)
    assert "What the service is called. (your choice)" in words(box)


def test_what_is_drawn_never_comes_back_as_the_persons(box: StepsBox) -> None:
    box.session.set("memory", "2Gi")
    drawn(box)
    assert control(box, "Memory").value == "2Gi"
    box.session.clear("memory")
    drawn(box)
    assert control(box, "Memory").value == "512Mi"
    assert box.session.field("memory").source == "measured"
    assert all(view.source != "person" for view in box.session.view().fields)


def test_a_value_is_given_as_it_was_typed_and_stays_so_in_the_control(page: Page, box: StepsBox) -> None:
    memory = control(box, "Memory")
    give(memory, " 2Gi ")
    drawn(box)
    assert memory.value == " 2Gi "
    assert box.session.field("memory").value == 2**31


def test_a_tick_hides_what_is_not_asked_any_more_and_the_row_comes_back(box: StepsBox) -> None:
    account = control(box, "Account")
    give(control(box, "Public"), True)
    drawn(box)
    assert box.session.field("public").value is True
    assert "Account" not in words(box)
    give(control(box, "Public"), False)
    drawn(box)
    assert control(box, "Account") is account


def test_the_default_is_taken_again_with_a_button(page: Page, box: StepsBox) -> None:
    give(control(box, "Name"), "otter")
    drawn(box)
    press(box, "Take the default")
    drawn(box)
    assert control(box, "Name").value == "tame-otter"
    assert box.session.field("name").source == "file"
    assert "Take the default" not in buttons(box)
    assert page.focus == "Name", "the button is gone, and the focus with it"


def test_rows_and_controls_are_the_same_ones_whatever_is_typed(page: Page, box: StepsBox) -> None:
    before = list(in_sight(box))
    for name in ("a", "ab", "abc"):
        give(control(box, "Name"), name)
        give(control(box, "CPUs"), "2")
        drawn(box)
    after = list(in_sight(box))
    assert [one for one in before if one not in after] == []
    opened = len([1 for _, kind, _ in page.messages if kind == "comm_open"])
    give(control(box, "Name"), "abcd")
    drawn(box)
    assert len([1 for _, kind, _ in page.messages if kind == "comm_open"]) == opened, "nothing is made at an edit"


def test_a_row_that_appears_leaves_the_places_of_the_others_alone(page: Page, box: StepsBox) -> None:
    form = next(one for one in in_sight(box) if "sendoff-step" in one._dom_classes)
    places = form.children
    press(box, "All settings (1 more)")
    drawn(box)
    assert form.children == places


def test_nothing_is_sent_while_nothing_happens(page: Page, box: StepsBox) -> None:
    before = len(page.messages)
    box.busy("")  # everything is drawn once more
    drawn(box)
    assert len(page.messages) == before


def test_lines_are_several_values_and_empty_ones_are_none(box: StepsBox, way: SmallWay) -> None:
    to_lists(box, way)
    give(control(box, "Variables"), "A=1\n\nB=2\n")
    drawn(box)
    assert box.session.field("env").value == {"A": "1", "B": "2"}
    assert control(box, "Variables").value == "A=1\n\nB=2\n", "what is typed stays as it is"


def test_packages_are_pinned_with_a_button_that_is_there_only_where_it_does_something(
    box: StepsBox, way: SmallWay
) -> None:
    to_lists(box, way)
    assert "Pin versions" not in buttons(box)
    give(control(box, "Packages"), "scikit-learn==1.5.2\npandas")
    drawn(box)
    press(box, "Pin versions")
    drawn(box)
    assert box.session.field("packages").raw == ("scikit-learn==1.5.2", "pandas==2.2.3")
    assert control(box, "Packages").value == "scikit-learn==1.5.2\npandas==2.2.3"
    assert "Pin versions" not in buttons(box)


def test_a_secret_is_taken_and_no_widget_holds_it(page: Page, box: StepsBox, way: SmallWay) -> None:
    to_lists(box, way)
    token = control(box, "Token")
    assert isinstance(token, ipywidgets.Password)
    give(token, "hunter2")
    drawn(box)
    assert box.session.field("token").raw == "hunter2"
    assert token.value == "" and "given" in token.placeholder
    assert not any("hunter2" in str(one.get_state()) for one in in_sight(box))
    give(token, "hunter3")
    drawn(box)
    assert box.session.field("token").raw == "hunter3"
    press(box, "Take it back")
    drawn(box)
    assert box.session.field("token").raw == "" and "given" not in token.placeholder
