"""The panel itself: the thread that tells its pages what is new, and what is done when a page asks for something."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import anywidget

from jupyter_ext.run_panel.actions import RunActions
from jupyter_ext.run_panel.line_batches import sendable
from jupyter_ext.run_panel.page_files import joined_modules, joined_styles
from jupyter_ext.run_panel.run_in_words import error_in_words
from jupyter_ext.run_panel.watched import Watched
from wizard.errors import CancelledError, SendoffError, own_fault
from wizard.events import Feed
from wizard.printable import printable
from wizard.run import Run
from wizard.run.expected import expected_seconds
from wizard.steps.remedies import apply, where_to_change
from wizard.steps.run_questions import begin_run, remedies_for, stages_ahead, stages_by_hand

_INTERVAL = 0.1
"""Seconds between two looks at the feed: a line is seen as soon as a person can tell, and a flood is one message."""

_HERE = Path(__file__).parent
_MODULES = (
    "elements.js",
    "log_lines.js",
    "log_view.js",
    "log_pane.js",
    "stages.js",
    "ending.js",
    "run_in_page.js",
    "panel.js",
)

T = TypeVar("T")


def _heard_where_asked(comm: Any) -> None:
    """Let the kernel hand over what pages say on the shell that they ask for.

    ipykernel hands it to the shell that wrote to the widget last (from 7.4 on: `BaseComm._reply_subshell_for`). That is not
    for the panel: its thread writes in the name of whatever was asked last, on a shell that may be gone by now, and then
    nothing is heard any more; or on the main one, and then nothing is heard while a cell runs.
    """
    comm._reply_subshell_for = lambda _data, asked: asked


class RunPanel(anywidget.AnyWidget):
    """Shows a run at work, or one that is over, in as many views and pages as there are.

    Nothing of the run is in its traits, so nothing of it is saved with the notebook. Callbacks come on any thread and are
    answered at once; what takes time is done in threads of its own.
    """

    _esm = joined_modules(_HERE / name for name in _MODULES)
    _css = joined_styles((_HERE.parent / "style.css", _HERE / "panel.css"))

    def __init__(
        self,
        run: Run | Feed,
        *,
        plan_path: Path,
        actions: RunActions | None = None,
        begin: Callable[[Path, bool], Run] = begin_run,
        ahead: Callable[[Path], Sequence[tuple[str, str]]] = stages_ahead,
    ) -> None:
        """`run`: one at work, or the feed of one that is over. `begin` starts a run of the plan, with or without consent;
        `ahead` tells the stages on the plan's road.
        """
        self._lock = threading.RLock()
        self._plan_path = plan_path
        self._actions = actions or RunActions()
        self._begin = begin
        self._ahead = ahead
        self._greeted = False  # a page is there, or was
        self._watched = Watched(1, run, plan_path)
        self.on_msg(self._heard)
        super().__init__()  # from here on pages know of it, and may say hello on another thread
        _heard_where_asked(self.comm)
        self._start_watching()

    @property
    def run(self) -> Run | None:
        """The run it shows; None where it shows the feed of one that is over."""
        return self._watched.run

    def watch(self, run: Run | Feed) -> None:
        """Show another run of the plan in place of the one it shows."""
        with self._lock:
            self._watched.left.set()
            self._watched = Watched(self._watched.number + 1, run, self._plan_path)
            self._start_watching()

    def close(self) -> None:
        """End its threads and take it away from every page; the run goes on."""
        self._watched.left.set()
        super().close()

    # --- telling ----------------------------------------------------------------------------------------------

    def _start_watching(self) -> None:
        watched, plan_path = self._watched, self._plan_path

        def know(known: tuple[dict[str, str], dict[str, float]]) -> None:
            watched.titles, watched.expected = known

        # Without a plan that can be read, no more is known than the run itself tells.
        self._slowly(watched, lambda: (dict(self._ahead(plan_path)), expected_seconds(plan_path)), know, lambda _: None)
        threading.Thread(target=self._tell, args=(watched,), name="sendoff-run-panel", daemon=True).start()

    def _tell(self, watched: Watched) -> None:
        """Until the run is over and told, tell what is new."""
        left = False
        while not left:
            left = watched.left.wait(_INTERVAL)
            over = watched.over
            with self._lock:
                news = watched.news() if self._greeted and not left else None
                if news is not None:
                    self._say(news)
            if over and news is None:
                break
        if not left:
            self._look_for_remedies(watched)

    def _look_for_remedies(self, watched: Watched) -> None:
        error = watched.error
        if error is None or isinstance(error, CancelledError) or self._actions.begun is None:
            return

        def know(remedies: Any) -> None:
            watched.remedies = remedies

        # Without a plan that can be read, nothing is known to help.
        self._slowly(watched, lambda: remedies_for(error, self._plan_path), know, lambda _: None)

    def _slowly(
        self,
        watched: Watched,
        work: Callable[[], T],
        know: Callable[[T], None],
        refuse: Callable[[SendoffError], None],
    ) -> None:
        """Do something in a thread, keep what came of it, and tell the pages."""

        def at_work() -> None:
            try:
                value = work()
            except SendoffError as error:
                self._now_known(watched, refuse, error)
            except Exception as error:
                self._now_known(watched, refuse, own_fault(error))
            else:
                self._now_known(watched, know, value)

        threading.Thread(target=at_work, name="sendoff-run-panel-call", daemon=True).start()

    def _now_known(self, watched: Watched, keep: Callable[[T], None], what: T) -> None:
        with self._lock:
            keep(what)
            watched.changed = True
            self._tell_now(watched)

    def _tell_now(self, watched: Watched) -> None:
        """Without waiting for the thread that tells, which may have ended with the run."""
        if watched is self._watched and self._greeted and (news := watched.news()) is not None:
            self._say(news)

    def _say(self, message: dict[str, Any]) -> None:
        # A kernel that goes down closes its sockets under us, each kernel with an error of its own: nobody is left to be told.
        with contextlib.suppress(Exception):
            self.send(sendable(message))

    # --- listening --------------------------------------------------------------------------------------------

    def _heard(self, _widget: object, message: Any, _buffers: object) -> None:
        """A page says something: on any thread, at any time, perhaps late, perhaps of a run that is shown no more."""
        kind = message.get("kind") if isinstance(message, dict) else None
        with self._lock:
            watched = self._watched
            this_run = kind is not None and message.get("run") == watched.number
            try:
                if kind == "hello":
                    self._greet(watched, message.get("have") if this_run else 0)
                elif this_run:
                    self._do(watched, str(kind), message)
            except Exception as error:  # what leaves here is printed where nobody looks
                watched.refused, watched.changed = own_fault(error), True

    def _greet(self, watched: Watched, have: Any) -> None:
        message = watched.since(have if isinstance(have, int) and have > 0 else 0)
        message["ways"] = {
            "again": self._actions.begun is not None,
            "change": self._actions.change is not None,
            "tryIt": self._actions.try_it is not None,
        }
        if not self._greeted:
            self._greeted = True
            watched.from_here()
        self._say(message)

    def _do(self, watched: Watched, kind: str, message: dict[str, Any]) -> None:
        run, actions, error = watched.run, self._actions, watched.error
        match kind:
            case "cancel" if run is not None and not watched.over:
                self._slowly(watched, run.cancel, lambda _: None, lambda _: None)
            case "again":
                self._go_on(watched, None)
            case "remedy" if isinstance(number := message.get("number"), int) and 0 <= number < len(watched.remedies):
                self._go_on(watched, number)
            case "change" if (change := actions.change) is not None and error is not None:
                self._lead(watched, lambda: change(where_to_change(error) or ""))
            case "try" if actions.try_it is not None:
                self._lead(watched, actions.try_it)
            case "byhand":
                self._tell_by_hand(watched, str(message.get("stage") or ""))

    def _lead(self, watched: Watched, way: Callable[[], None]) -> None:
        def refuse(error: SendoffError) -> None:
            watched.refused = error

        self._slowly(watched, way, lambda _: None, refuse)

    def _go_on(self, watched: Watched, number: int | None) -> None:
        """Run again, with a remedy or as it is; what is done is not done twice, so this goes on where it failed."""
        begun = self._actions.begun
        if begun is None or watched.going_on or not watched.over:
            return
        remedy = watched.remedies[number] if number is not None else None
        watched.going_on, watched.refused, watched.changed = True, None, True
        self._tell_now(watched)

        def work() -> Run:
            if remedy is not None and remedy.settings:
                apply(remedy, self._plan_path)
            return self._begin(self._plan_path, watched.consent or (remedy is not None and remedy.consent))

        def know(run: Run) -> None:
            self.watch(run)
            self._lead(self._watched, lambda: begun(run))

        def refuse(error: SendoffError) -> None:  # another run is at work, or the plan does not hold
            watched.going_on, watched.refused = False, error

        self._slowly(watched, work, know, refuse)

    def _tell_by_hand(self, watched: Watched, stage: str) -> None:
        """The commands for a stage; those of the whole road where it has none."""

        def tell(**said: Any) -> None:
            self._say({"kind": "byhand", "run": watched.number, "stages": [], "error": None, **said})

        def know(stages: Any) -> None:
            told = [
                {
                    "title": one.title if len(stages) > 1 else "",
                    "why": one.why,
                    "commands": [[printable(command.text), command.why] for command in one.commands],
                    "api": f"Sendoff calls the API instead: {one.api}" if one.api else "",
                }
                for one in stages
            ]
            tell(stages=told)

        def refuse(error: SendoffError) -> None:
            tell(error=error_in_words(error))

        self._slowly(watched, lambda: stages_by_hand(self._plan_path, stage), know, refuse)
