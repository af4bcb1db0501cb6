"""From a model file to a written plan, through the form: the real session of a deploy, without a browser."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ipywidgets
import pytest

from jupyter_ext.form.steps_box import StepsBox
from tests.jupyter_ext.form.page import DEADLINE, Page, buttons, control, give, in_sight, press, words
from wizard.plan import load_plan
from wizard.steps.deploy import Deploy

Open = Callable[[Deploy], StepsBox]


@pytest.fixture
def started() -> list[str]:
    return []


@pytest.fixture
def open_box(page: Page, started: list[str]) -> Iterator[Open]:
    made: list[tuple[StepsBox, Deploy]] = []

    def opened(deploy: Deploy) -> StepsBox:
        box = StepsBox(deploy, start=lambda: started.append(str(deploy.plan_path)))
        made.append((box, deploy))
        assert box.settled(DEADLINE)
        return box

    yield opened
    for box, deploy in made:
        box.close()
        deploy.close()


def on(box: StepsBox, *names: str) -> None:
    for name in names:
        press(box, name)
        assert box.settled(DEADLINE)


def test_the_whole_way_from_a_model_to_a_written_plan(open_box: Open, housing: Path, started: list[str]) -> None:
    deploy = Deploy.new(housing.parent, model=housing)
    box = open_box(deploy)
    assert "LinearRegression" in words(box), "what the model says is open while the model is asked about"
    on(box, "Next")
    give(control(box, "Server"), "Flask")
    on(box, "Next")
    packages = control(box, "Packages")
    assert "scikit-learn" in packages.value
    give(packages, packages.value + "\nnot a package!!")
    on(box, "Next")
    assert box.session.view().step.name == "image"
    assert f"Line {len(packages.value.splitlines())}:" in words(box)
    give(packages, packages.value.rpartition("\n")[0])
    on(box, "Next")
    assert control(box, "Where to").value == "local"
    on(box, "Next")
    give(control(box, "Memory"), "1Gi")
    give(control(box, "Environment variables"), "LOG_LEVEL=info")
    on(box, "Next")
    said = words(box)
    for text in ("What will be done", "Write the plan to sendoff.yaml", "Change Model", "1Gi", "Your choice"):
        assert text in said
    assert not (housing.parent / "sendoff.yaml").exists(), "nothing has been done so far"
    on(box, "Start")
    plan = load_plan(housing.parent / "sendoff.yaml")
    assert started == [str(housing.parent / "sendoff.yaml")]
    assert (plan.serving.server, plan.service.memory, dict(plan.service.env)) == ("flask", 2**30, {"LOG_LEVEL": "info"})


def test_from_the_review_a_button_leads_to_each_step_and_the_trail_back(open_box: Open, housing: Path) -> None:
    box = open_box(Deploy.new(housing.parent, model=housing))
    on(box, "Next", "Next", "Next", "Next", "Next", "Change Where to")
    assert box.session.view().step.name == "place"
    give(control(box, "Where to"), "Google Cloud Run")
    assert box.settled(DEADLINE)
    assert "Project" in words(box)
    on(box, "Next")
    assert box.session.view().step.name == "place" and "Project is missing." in words(box)


def test_what_is_wrong_on_the_review_leads_to_its_field(open_box: Open, page: Page, housing: Path) -> None:
    box = open_box(Deploy.new(housing.parent, model=housing))
    on(box, "Next", "Next", "Next", "Next", "Next")
    box.session.set("service.cpu", "99")
    assert box.settled(DEADLINE)
    assert "Go to the field" in buttons(box)
    on(box, "Go to the field")
    assert box.session.view().step.name == "settings" and page.focus == "CPUs"
    nearest = next(name for name in buttons(box) if name.startswith("Use "))
    on(box, nearest, "Review")
    assert "Change Settings" in buttons(box) and "Go to the field" not in buttons(box)


def test_what_no_step_asks_leads_to_the_step_that_decides_it(open_box: Open, housing: Path) -> None:
    box = open_box(Deploy.new(housing.parent, model=housing))
    on(box, "Next", "Next")
    box.go_to("model.sha256")
    assert box.settled(DEADLINE)
    assert box.session.view().step.name == "model"
    box.go_to("nothing.of.the.kind")
    assert box.settled(DEADLINE)


def test_by_hand_shows_the_commands_of_a_step_and_of_the_whole_way(open_box: Open, housing: Path) -> None:
    box = open_box(Deploy.new(housing.parent, model=housing))
    on(box, "By hand")
    assert "sendoff inspect model.pkl" in words(box)
    on(box, "Next", "Next", "Next", "Next", "Next")
    said = words(box)
    assert "By hand: the whole way" in said and "docker build" in said and "Or all of it at once" in said


def test_a_written_plan_opens_at_its_review_and_is_not_asked_about(
    open_box: Open, housing: Path, started: list[str]
) -> None:
    first = open_box(Deploy.new(housing.parent, model=housing))
    on(first, "Next", "Next", "Next", "Next", "Next", "Start")
    again = open_box(Deploy.of_plan(housing.parent / "sendoff.yaml"))
    assert "What will be done" in words(again)
    on(again, "Start")
    assert len(started) == 2


def test_a_plan_of_another_model_is_asked_about(open_box: Open, housing: Path, started: list[str]) -> None:
    (housing.parent / "sendoff.yaml").write_text("# somebody's\n")
    box = open_box(Deploy.new(housing.parent, model=housing))
    on(box, "Next", "Next", "Next", "Next", "Next", "Start")
    assert "Replace the plan sendoff.yaml?" in words(box) and not started
    on(box, "Replace it")
    assert len(started) == 1 and load_plan(housing.parent / "sendoff.yaml").service.name == "housing"


def test_without_a_model_the_files_that_lie_there_are_suggested(open_box: Open, housing: Path) -> None:
    box = open_box(Deploy.new(housing.parent.parent))
    field = control(box, "Model file")
    assert isinstance(field, ipywidgets.Combobox) and field.options == ("housing/model.pkl",)
    assert "The model" not in " ".join(buttons(box))
    give(field, "housing/model.pkl")
    assert box.settled(DEADLINE)
    assert field.options == ("housing/model.pkl",), "written as it was typed"
    assert "LinearRegression" in words(box)
    on(box, "Next")
    assert box.session.view().step.name == "serving"


def test_a_file_that_is_no_model_is_an_error_at_its_field(open_box: Open, tmp_path: Path) -> None:
    (tmp_path / "notes.pkl").write_text("just text")
    box = open_box(Deploy.new(tmp_path, model=tmp_path / "notes.pkl"))
    on(box, "Next")
    alerts = [one for one in in_sight(box) if isinstance(one, ipywidgets.HTML) and "role=alert" in one.value]
    assert box.session.view().step.name == "model" and alerts


class _Dangerous:
    def __reduce__(self) -> tuple[Any, ...]:
        return (eval, ("1 + 1",))


def test_a_dangerous_file_asks_whether_the_person_insists(open_box: Open, tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(_Dangerous()))
    box = open_box(Deploy.new(tmp_path, model=tmp_path / "model.pkl"))
    assert control(box, "This file is dangerous").value == "no"
    on(box, "Next")
    assert box.session.view().step.name == "model"


def test_a_secret_looking_variable_is_not_shown_on_the_review(open_box: Open, housing: Path) -> None:
    box = open_box(Deploy.new(housing.parent, model=housing))
    on(box, "Next", "Next", "Next", "Next")
    give(control(box, "Environment variables"), "API_TOKEN=xyzzy-42")
    on(box, "Next")
    if box.session.view().step.name == "review":
        assert "xyzzy-42" not in words(box)
    else:
        assert "API_TOKEN" in words(box), "it is refused at its field"
