"""Stopping a run: asked first, told what is being undone meanwhile, and left at once by who asks once more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.widgets import Static

from tui.screens.confirm import ConfirmScreen
from wizard.events import Status
from wizard.run import Run
from wizard.run.undoing import undone_by_stopping


class StoppingLine(Static):
    """Out of sight until a run is being stopped."""

    def __init__(self) -> None:
        super().__init__("", id="stopping", markup=False)
        self._run: Run | None = None
        self._leave: Callable[[], None] | None = None  # what the person wanted when they agreed to stop
        self._asking = False

    def take(self, run: Run | None) -> None:
        """The run that may be stopped; None: there is none at work."""
        self._run = run
        self._leave = None
        self.display = False

    def over(self) -> bool:
        """The run has ended. Whether the person leaves now, as they wanted to."""
        leave = self._leave
        self.take(None)
        if leave is not None:
            leave()
        return leave is not None

    @property
    def at_work(self) -> bool:
        return self._run is not None

    @property
    def stopping(self) -> bool:
        """The run was asked to stop, and has not yet."""
        return self._run is not None and self._run.cancelling

    def stop(self) -> None:
        """Ask, then stop; once more while it stops: leave at once."""
        if self.stopping:
            self._leave_at_once()
        elif self.at_work:
            self._ask("Stop this run?", "Stop it", None)

    def before_leaving(self, leave: Callable[[], None]) -> None:
        """A run that is at work is stopped first, if the person agrees."""
        if self.stopping:
            self._leave = leave
            self._leave_at_once()
        elif self.at_work:
            self._ask("The run is still at work. Stop it and leave?", "Stop it and leave", leave)
        else:
            leave()

    def _ask(self, question: str, yes: str, leave: Callable[[], None] | None) -> None:
        def answered(stop: bool | None) -> None:
            self._asking = False
            if stop and self._run is not None:
                self._leave = leave
                self._run.cancel()
                self._draw()
            elif stop and leave is not None:
                leave()  # it has ended meanwhile

        if self._asking:
            return
        self._asking = True
        details = f"{self._undone} The journal keeps all; the next run goes on from here."
        self.app.push_screen(
            ConfirmScreen(question, yes, details=details, no_label="Let it run", danger=True), answered
        )

    def _draw(self) -> None:
        self.update(f"Stopping. {self._undone} Once more (F8) to leave at once.")
        self.display = True

    @property
    def _undone(self) -> str:
        stages = self._run.feed.snapshot().stages if self._run is not None else ()
        return undone_by_stopping(next((one.stage for one in reversed(stages) if one.status is Status.RUNNING), ""))

    def _leave_at_once(self) -> None:
        """Without waiting for what is being undone. The journal tells the next run that this one was cut off."""
        leave, self._leave = self._leave, None
        app: Any = self.app
        (leave or app.show_home)()
