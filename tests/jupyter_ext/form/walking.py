"""Through the steps of the small way, as far as a test needs it."""

from __future__ import annotations

from jupyter_ext.form.steps_box import StepsBox
from tests.jupyter_ext.form.page import DEADLINE, control, give, press
from tests.steps.small_way import SmallWay


class Started:
    """What the run is begun with."""

    def __init__(self) -> None:
        self.times = 0
        self.error: Exception | None = None

    def __call__(self) -> None:
        if self.error is not None:
            raise self.error
        self.times += 1


def drawn(box: StepsBox) -> None:
    assert box.settled(DEADLINE)


def at(box: StepsBox) -> str:
    return box.session.view().step.name


def to_cloud(box: StepsBox) -> None:
    press(box, "Next")
    drawn(box)
    assert at(box) == "cloud"


def to_lists(box: StepsBox, way: SmallWay) -> None:
    way.regions.open.set()
    way.project.open.set()
    press(box, "Next")
    drawn(box)
    give(control(box, "Project"), "somewhere")
    press(box, "Next")
    drawn(box)
    assert at(box) == "lists"


def to_review(box: StepsBox, way: SmallWay) -> None:
    to_lists(box, way)
    press(box, "Next")
    drawn(box)
    assert at(box) == "review"
