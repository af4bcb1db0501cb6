"""Where the person is among the steps, where they have been, and where they want to go."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from wizard.steps.answers import FactFailed, Pending
from wizard.steps.fields import Step
from wizard.steps.resolution import Resolution
from wizard.steps.views import FieldsChanged, Finished, SessionEvent, StepChanged, StepState


class Journey:
    """Where the person wants to go: to a step, or (None) one on."""

    __slots__ = ("arrived", "to")

    def __init__(self, to: str | None) -> None:
        self.to, self.arrived = to, False


class Way:
    """Called with the session's lock held; `tell` notes what has happened."""

    def __init__(self, steps: Mapping[str, Step], tell: Callable[[SessionEvent], None]) -> None:
        self._steps = steps
        self._order = tuple(steps)
        self._tell = tell
        self.here = self._order[0]
        self.left: set[str] = set()
        """Steps that were left with Next."""
        self.visited: set[str] = set()
        """Fields the person has been at, so that they are told what is wrong with them."""
        self.journey: Journey | None = None
        self.finished = False

    def place(self, step: str) -> int:
        return self._order.index(step)

    def visible(self, resolution: Resolution) -> tuple[str, ...]:
        """The steps that are visible, and those of which it is not known."""
        return tuple(name for name in self._order if maybe_visible(name, resolution))

    def wrong(self, step: str, resolution: Resolution) -> bool:
        return any(resolution.judged(field.name).wrong for field in self._steps[step].fields)

    def busy(self, step: str, resolution: Resolution) -> bool:
        return _visibility_comes(step, resolution) or any(
            resolution.judged(field.name).busy for field in self._steps[step].fields
        )

    def state(self, step: str, resolution: Resolution) -> StepState:
        if step == self.here:
            return StepState.HERE
        if step not in self.left:
            return StepState.OPEN
        return StepState.WRONG if self.wrong(step, resolution) else StepState.DONE

    def withdraw(self) -> None:
        """The person does something else than wait."""
        if self.journey is not None or self.finished:
            self.journey, self.finished = None, False
            self._tell(FieldsChanged())

    def move(self, step: str) -> None:
        """To a step at once, whatever is there."""
        self.withdraw()
        if step != self.here:
            self.here = step
            self._tell(StepChanged(step))

    def back(self, resolution: Resolution) -> None:
        before = [name for name in self.visible(resolution) if self.place(name) < self.place(self.here)]
        self.move(before[-1] if before else self.here)

    def set_out(self, to: str | None) -> Journey:
        self._visit(self.here)
        self.journey = Journey(to)
        return self.journey

    def keep_in_sight(self, resolution: Resolution) -> None:
        """The step in sight is a visible one: where it has been hidden, the one before it, or else the next."""
        if not maybe_visible(self.here, resolution):
            at = self.place(self.here)
            near = (*reversed(self._order[:at]), *self._order[at:])
            self.move(next((name for name in near if maybe_visible(name, resolution)), self.here))

    def advance(self, resolution: Resolution) -> None:
        """As far on the journey as it goes now. It stays pending where something is being found out."""
        while (journey := self.journey) is not None:
            if self.wrong(self.here, resolution):
                self.withdraw()
                return
            if self.busy(self.here, resolution):
                return
            on = next((name for name in self.visible(resolution) if self.place(name) > self.place(self.here)), None)
            if on is None and journey.to is None:
                self._finish(journey, resolution)
                return
            if on is None or (journey.to is not None and self.place(on) > self.place(journey.to)):
                self.withdraw()  # the step to go to has been hidden meanwhile
                return
            if _visibility_comes(on, resolution):
                return
            self.left.add(self.here)
            journey.arrived = journey.to in (None, on)
            self.move(on)
            if not journey.arrived:
                self._visit(on)
                self.journey = journey

    def _finish(self, journey: Journey, resolution: Resolution) -> None:
        visible = self.visible(resolution)
        self.left.update(visible)  # those that a draft passed over are checked as well
        wrong = next((name for name in visible if self.wrong(name, resolution)), None)
        if wrong is not None:
            self._visit(wrong)
            self.move(wrong)
        elif not any(self.busy(name, resolution) for name in visible):
            self.journey, self.finished, journey.arrived = None, True, True
            self._tell(FieldsChanged())
            self._tell(Finished())

    def _visit(self, step: str) -> None:
        self.visited.update(field.name for field in self._steps[step].fields)


def maybe_visible(step: str, resolution: Resolution) -> bool:
    """Visible, or not known."""
    try:
        return resolution.step_visible(step)
    except (Pending, FactFailed):
        return True


def _visibility_comes(step: str, resolution: Resolution) -> bool:
    """Whether it is still being found out if the step is visible."""
    try:
        resolution.step_visible(step)
    except Pending:
        return True
    except FactFailed:
        pass
    return False
