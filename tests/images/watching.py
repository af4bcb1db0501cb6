"""What the tests look at a stage through: a feed that remembers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from wizard.bundle.bundle import Bundle
from wizard.events import Cancel, Event, LogLine, Notice, Reporter, StageProgress

MakeBundle = Callable[..., Bundle]


@dataclass
class Watcher:
    """Remembers what a stage said; `on` is called with each event."""

    on: Callable[[Event], None] = lambda event: None
    events: list[Event] = field(default_factory=list)
    cancel: Cancel = field(default_factory=Cancel)

    def _take(self, event: Event) -> None:
        self.events.append(event)
        self.on(event)

    @property
    def reporter(self) -> Reporter:
        return Reporter("build", self._take, self.cancel)

    @property
    def lines(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, LogLine)]

    @property
    def notices(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Notice)]

    def progress(self, unit: str) -> list[StageProgress]:
        return [event for event in self.events if isinstance(event, StageProgress) and event.unit == unit]
