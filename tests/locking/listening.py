"""What the tests of locking listen with, and the type of their plan maker."""

from collections.abc import Callable

from wizard.events import Cancel, Event, LogLine, Notice, Reporter
from wizard.plan.plan import Plan

PlanOf = Callable[..., Plan]


class Listener:
    """A reporter with all it was told."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.cancel = Cancel()
        self.reporter = Reporter("lock", self.events.append, self.cancel)

    @property
    def notices(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Notice)]

    @property
    def lines(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, LogLine)]

    @property
    def told(self) -> str:
        return "\n".join(str(event) for event in self.events)
