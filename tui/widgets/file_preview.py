"""What the file under the cursor is: a model with its inspection, no model and why, or a folder with what it holds."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static

from tui.slow_call import Answered, SlowCalls
from tui.while_shown import while_shown
from tui.widgets.error_panel import ErrorPanel
from tui.widgets.folder_contents import Entry, EntryKind, read_folder
from tui.widgets.inspection_panel import InspectionPanel
from wizard.errors import SendoffError
from wizard.events import Cancel, Event, Reporter, StageProgress
from wizard.in_words import bytes_in_words, day_in_words
from wizard.inspection import Inspection, inspect_model
from wizard.printable import one_line

PAUSE = 0.12
"""Seconds the cursor rests on a file before it is read."""
_KEPT = 100
"""Outcomes remembered: going back to a file shows it at once."""
_NAMES = 12
PLAN_ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Folder:
    """What is in a folder, in short."""

    folders: int
    models: int
    files: int
    names: tuple[str, ...]
    """The first of them."""


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A plan that was written before."""

    service: str
    model: str
    target: str


Outcome = Inspection | PlanFile | Folder | SendoffError


class FilePreview(VerticalScroll, can_focus=True):
    """Reads what it is shown in a thread; moving on stops the reading."""

    class Known(Message):
        """It is known now what `path` is."""

        def __init__(self, path: Path, outcome: Outcome) -> None:
            super().__init__()
            self.path = path
            self.outcome = outcome

    def __init__(self, *, plans: bool = False, id: str | None = None) -> None:  # noqa: A002  (Textual's name for it)
        """With `plans`, a plan that was written is something to choose, too."""
        super().__init__(id=id)
        self._plans = plans
        self._calls = SlowCalls(self)
        self._known: dict[tuple[Path, float, int], Outcome] = {}
        self._path: Path | None = None
        self._entry: Entry | None = None
        self._cancel = Cancel()
        self._progress: StageProgress | None = None
        self._pause: Timer | None = None
        self._pulse: Timer | None = None
        self.outcome: Outcome | None = None
        """What is known of the file in sight; None while it is being read."""

    def compose(self) -> ComposeResult:
        yield Static(id="preview-name", markup=False)
        yield Static(id="preview-state", markup=False)
        yield InspectionPanel(id="preview-inspection")
        yield ErrorPanel(id="preview-error")

    def show(self, folder: Path, entry: Entry | None) -> None:
        """Show this one, and stop reading what was shown before."""
        self._leave()
        self._path = None if entry is None else folder / entry.name
        self._entry, self.outcome = entry, None
        self.scroll_home(animate=False)
        if entry is None or self._path is None:
            self._draw()
            return
        self.outcome = self._known.get((self._path, entry.modified, entry.size))
        self._draw()
        if self.outcome is not None:
            self.post_message(self.Known(self._path, self.outcome))
        else:
            self._pause = self.set_timer(PAUSE, self._read)

    def on_unmount(self) -> None:
        """A reading does not outlive its screen."""
        self._leave()

    def _leave(self) -> None:
        self._cancel.set()
        self._calls.forget("preview")
        for timer in (self._pause, self._pulse):
            if timer is not None:
                timer.stop()
        self._pause = self._pulse = None

    @while_shown
    def _read(self) -> None:
        if self._path is None or self._entry is None:
            return
        self._cancel, self._progress = Cancel(), None
        if self._entry.kind is EntryKind.FOLDER:
            self._calls.ask("preview", partial(_folder, self._path))
        elif self._plans and self._path.suffix.lower() in PLAN_ENDINGS:
            self._calls.ask("preview", partial(_plan, self._path))
        else:
            reporter = Reporter("inspect", self._hear, self._cancel)
            self._calls.ask("preview", partial(inspect_model, self._path, reporter=reporter))
        self._pulse = self.set_interval(0.2, self._draw_state)

    def _hear(self, event: Event) -> None:
        """Called from the reading thread: keeps the newest, which the pulse looks at."""
        if isinstance(event, StageProgress):
            self._progress = event

    @on(Answered)
    @while_shown
    def _answered(self, answer: Answered) -> None:
        answer.stop()
        if not self._calls.is_newest(answer) or self._path is None or self._entry is None:
            return
        if self._pulse is not None:
            self._pulse.stop()
        self.outcome = answer.value if answer.error is None else answer.error
        while len(self._known) >= _KEPT:
            del self._known[next(iter(self._known))]
        self._known[self._path, self._entry.modified, self._entry.size] = self.outcome
        self._draw()
        self.post_message(self.Known(self._path, self.outcome))

    def _draw(self) -> None:
        self.query_one("#preview-name", Static).update(self._entry.shown if self._entry else "")
        self._draw_state()
        panel, error = self.query_one(InspectionPanel), self.query_one(ErrorPanel)
        panel.display = isinstance(self.outcome, Inspection)
        error.display = isinstance(self.outcome, SendoffError)
        if isinstance(self.outcome, Inspection):
            panel.show(self.outcome)
        elif isinstance(self.outcome, SendoffError):
            error.show(self.outcome)

    @while_shown
    def _draw_state(self) -> None:
        self.query_one("#preview-state", Static).update("\n".join(self._state()))

    def _state(self) -> tuple[str, ...]:
        entry = self._entry
        if entry is None:
            return ()
        if isinstance(self.outcome, Folder):
            return _folder_in_words(self.outcome)
        if isinstance(self.outcome, PlanFile):
            plan = self.outcome
            return (f"The plan of the service {plan.service}", f"model: {plan.model}", f"where to: {plan.target}")
        if entry.kind is EntryKind.FOLDER:
            return ("folder",)
        facts = bytes_in_words(entry.size)
        if entry.modified:
            facts += f", {day_in_words(entry.modified, time.time())}"
        if self.outcome is not None or self._pulse is None:
            return (facts,)
        progress = self._progress
        if progress is not None and progress.total:
            return (facts, f"Reading it … {100 * progress.done / progress.total:.0f} %")
        return (facts, "Reading it …")


def _folder(path: Path) -> Folder:
    """Raises SendoffError where it cannot be read."""
    entries = [entry for entry in read_folder(path) if not entry.hidden]
    kinds = [entry.kind for entry in entries]
    names = tuple(f"{entry.name}/" if entry.kind is EntryKind.FOLDER else entry.name for entry in entries[:_NAMES])
    return Folder(kinds.count(EntryKind.FOLDER), kinds.count(EntryKind.MODEL), kinds.count(EntryKind.OTHER), names)


def _plan(path: Path) -> PlanFile:
    """Raises PlanError where it is none."""
    from wizard.plan import load_plan

    plan = load_plan(path)
    return PlanFile(plan.service.name, plan.model.path, plan.target.kind)


def _folder_in_words(folder: Folder) -> tuple[str, ...]:
    counts = ((folder.folders, "folder"), (folder.models, "model file"), (folder.files, "other file"))
    said = ", ".join(f"{count:,} {what}{'' if count == 1 else 's'}" for count, what in counts if count)
    more = folder.folders + folder.models + folder.files - len(folder.names)
    rest = (f"… and {more:,} more",) if more else ()
    return (said or "empty", *([""] if folder.names else []), *map(one_line, folder.names), *rest)
