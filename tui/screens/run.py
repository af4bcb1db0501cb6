"""A run as it goes, or as it went: the stages, the log of the one under the cursor, how it ended and what to do then."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import HorizontalGroup
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Button, Static

from tui.clipboard import copy
from tui.screens.by_hand import ByHandScreen
from tui.screens.error import ErrorScreen
from tui.screens.notices import NoticesScreen
from tui.slow_call import Answered, SlowCalls
from tui.while_shown import while_shown
from tui.widgets.key_bar import KeyBar
from tui.widgets.run_end import Begin, RunEnd
from tui.widgets.run_notices import RunNotices
from tui.widgets.stage_list import StageList
from tui.widgets.stage_logs import StageLogs
from tui.widgets.stopping_line import StoppingLine
from wizard.errors import SendoffError, error_of
from wizard.events import Feed, RunFinished, RunState
from wizard.run import Run
from wizard.run.expected import expected_seconds
from wizard.run.outline import headline, stage_lines
from wizard.steps.remedies import where_to_change
from wizard.steps.run_questions import begin_run, plan_of, stages_ahead, stages_by_hand

_INTERVAL = 0.1
"""Seconds between two looks at the feed: a line is seen as soon as a person can tell, and a flood is one drawing."""

_ALL = 1 << 40
"""Lines taken from the feed at a look: all there are. Its ring bounds them, and a feed that is replayed comes but once."""

_LOW = 20
"""Rows below which how a run ended gets a few of them only."""

_AHEAD = "what lies ahead"
_BY_HAND = "by hand"


class RunScreen(Screen[None]):
    """Pulls from a feed at 10 Hz; nobody pushes. It draws a run at work and one that is over alike."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f8,ctrl+k", "cancel", "Stop", tooltip="Stop the run; what is half done is undone"),
        Binding("ctrl+c", "interrupt", "Copy, or stop", show=False, tooltip="Copy what is selected; else stop the run"),
        Binding("e", "evidence", "Evidence", tooltip="Go to the line of the log that shows the cause"),
        Binding("r", "again", "Try again", tooltip="Run again; what is done is not done twice"),
        Binding("c", "change", "Change", tooltip="Change what the error speaks of in the wizard"),
        Binding("t", "try_it", "Try it", tooltip="Send the service a request"),
        Binding("u", "copy_url", "Copy address", show=False, tooltip="Copy the service's address"),
        Binding("f4", "by_hand", "By hand", tooltip="The same thing done by hand, stage by stage"),
        Binding("i", "notices", "Notices", show=False, tooltip="Read all the run has to say beside its log"),
        Binding("slash", "find", "Find", key_display="/", tooltip="Find a text in the log"),
        Binding("left_square_bracket", "stage(-1)", "Stage above", show=False, tooltip="The log of the stage above"),
        Binding("right_square_bracket", "stage(1)", "Stage below", show=False, tooltip="The log of the stage below"),
        *(Binding(str(n), f"remedy({n})", f"Remedy {n}", show=False) for n in range(1, 10)),
    ]

    def __init__(
        self,
        run: Run | Feed,
        *,
        journal: Path | None = None,
        plan_path: Path | None = None,
        begin: Begin = begin_run,
        ahead: Callable[[Path], Sequence[tuple[str, str]]] = stages_ahead,
    ) -> None:
        """`run`: one at work, or the feed of one that is over, then with its `journal` or `plan_path`."""
        super().__init__()
        self.run_at_work = run if isinstance(run, Run) else None
        self.feed = run.feed if isinstance(run, Run) else run
        self.plan_path = run.project.plan_path if isinstance(run, Run) else plan_path or plan_of(journal)
        self._begin = begin
        self._ahead = ahead
        self._calls = SlowCalls(self)
        self._timer: Timer | None = None
        self._titles: Mapping[str, str] = {}  # stages on this road, begun or not
        self._expected: Mapping[str, float] = {}
        self._forget()

    def _forget(self) -> None:
        """Begin to look at a feed from its start."""
        self._next = 0
        self._state: RunState = self.feed.snapshot()
        self._drawn = -1  # version of the state in sight
        self._stays = False  # the person chose a stage that is not at work
        self._ended = False

    # --- what is on it --------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        with HorizontalGroup(id="run-head"):
            yield Static("", id="run-title", markup=False)
            yield Button("", id="notices", action="screen.notices")
            yield Button("Stop", id="stop", action="screen.cancel")
        yield StageList(id="stages")
        yield Static("", id="stage-detail", markup=False)
        yield RunNotices()
        yield StageLogs(folder=self.plan_path.parent)
        yield RunEnd(self.plan_path, self._begin)
        yield StoppingLine()
        yield KeyBar()

    @while_shown
    def on_mount(self) -> None:
        self.logs.tail.focus()
        self._watch()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.height < _LOW, "-low")

    def _watch(self) -> None:
        plan_path, ahead = self.plan_path, self._ahead
        self._calls.ask(_AHEAD, lambda: (dict(ahead(plan_path)), expected_seconds(plan_path)))
        self.query_one(StoppingLine).take(self.run_at_work)
        self._pull()
        if not self._ended:
            self._timer = self.set_interval(_INTERVAL, self._pull)

    @property
    def logs(self) -> StageLogs:
        return self.query_one(StageLogs)

    # --- pulling --------------------------------------------------------------------------------------------

    @while_shown
    def _pull(self) -> None:
        """Draw what is new since the last look."""
        with self.app.batch_update():
            # The lines after the state: then an end of the run that is seen has no lines behind it.
            self._state = self.feed.snapshot()
            self._next, lines, missed = self.feed.read(self._next, _ALL)
            self.logs.take(lines, missed)
            changed = self._state.version != self._drawn
            self._drawn = self._state.version
            if changed:
                self._choose_stage_at_work()
                self._draw_notices()
            if changed or not self._ended:
                self._draw_stages()
            if self._state.result is not None and not self._ended:
                self._end(self._state.result)

    def _choose_stage_at_work(self) -> None:
        begun = self._state.stages
        if begun and not self._stays and begun[-1].stage != self.logs.here:
            self._show_log(begun[-1].stage)

    def _show_log(self, stage: str) -> None:
        known = next((one.title for one in self._state.stages if one.stage == stage), stage)
        self.logs.show_stage(stage, self._titles.get(stage, known))

    def _draw_stages(self) -> None:
        live = self.run_at_work is not None
        stages = self.query_one(StageList)
        stages.show(stage_lines(self._state, self._titles, self._expected, live), self.logs.here, time.time())
        head = headline(self._state, len(self._titles), self.plan_path, live=live, stopping=self.stopping)
        title = self.query_one("#run-title", Static)
        if title.content != head:
            title.update(head, layout=False)
        if self._ended:
            detail = self.query_one("#stage-detail", Static)
            detail.update(stages.detail)
            detail.display = bool(stages.detail)

    def _draw_notices(self) -> None:
        notices = self._state.notices
        self.query_one(RunNotices).show(notices)
        button = self.query_one("#notices", Button)
        label = f"! {len(notices)} notice{'' if len(notices) == 1 else 's'}"
        if notices and str(button.label) != label:
            button.label = label
            button.refresh(layout=True)  # the framework keeps a button's width when its label changes
        button.display = bool(notices)

    # --- the end --------------------------------------------------------------------------------------------

    def _end(self, result: RunFinished) -> None:
        self._ended = True
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self.query_one("#stop").display = False
        self.add_class("-ended")
        self._draw_stages()
        self.refresh_bindings()
        if self.query_one(StoppingLine).over():
            return
        if result.ok:
            seconds = result.at - self._state.stages[0].started if self._state.stages else 0.0
            self.query_one(RunEnd).show_success(result, seconds)
        else:
            self._show_failure(self.error or error_of(result.error or {}))

    @property
    def error(self) -> SendoffError | None:
        """Why the run failed, once it has."""
        if self.run_at_work is not None and self.run_at_work.error is not None:
            return self.run_at_work.error
        result = self._state.result
        return error_of(result.error) if result is not None and result.error is not None else None

    def _show_failure(self, error: SendoffError) -> None:
        if error.stage and error.stage != self.logs.here:
            self._show_log(error.stage)
            self._draw_stages()
        self.query_one(RunEnd).show_failure(error, self.logs.mark_evidence(error))

    @on(Answered)
    @while_shown
    def _answered(self, answer: Answered) -> None:
        answer.stop()
        if not self._calls.is_newest(answer):
            return
        if answer.question == _BY_HAND:
            title = "The same thing done by hand"
            screen = (
                ErrorScreen(answer.error) if answer.error else ByHandScreen(title, answer.value, "Nothing is typed.")
            )
            self.app.push_screen(screen)
        elif answer.error is None:  # else without a plan that can be read, no more is known than the run itself tells
            self._titles, self._expected = answer.value
            self._draw_stages()

    # --- going on -------------------------------------------------------------------------------------------

    @on(RunEnd.Begun)
    def _watch_new(self, message: RunEnd.Begun) -> None:
        message.stop()
        self.remove_class("-ended")
        self.query_one(RunEnd).clear()
        self.query_one(RunNotices).clear()
        self.query_one("#stop").display = True
        self.query_one("#stage-detail").display = False
        self.run_at_work, self.feed = message.run, message.run.feed
        self._forget()
        self.logs.forget()
        self.set_focus(self.logs.tail)
        self.refresh_bindings()
        self._watch()

    @property
    def _consent(self) -> bool:
        """What the person agreed to once holds for the runs that go on from that one."""
        return self.run_at_work is not None and self.run_at_work.road.consent

    def action_again(self) -> None:
        if self._ended:
            self.query_one(RunEnd).again(self._consent)

    def action_remedy(self, number: int) -> None:
        if self._ended:
            self.query_one(RunEnd).take_remedy(number, self._consent)

    def action_change(self) -> None:
        """The wizard, at what the error speaks of."""
        if self._ended and (error := self.error) is not None:
            self._app_way("open_plan", self.plan_path, where_to_change(error) or "")

    def action_try_it(self) -> None:
        if (released := self.query_one(RunEnd).released) is not None and released.service:
            self._app_way("open_service", released.service, str(released.result.get("target") or ""))

    def action_copy_url(self) -> None:
        if (released := self.query_one(RunEnd).released) is not None and released.url:
            copy(self.app, released.url, "the address")

    def action_by_hand(self) -> None:
        """The commands for the stage under the cursor; those of the whole road where it has none."""
        plan_path, stage = self.plan_path, self.logs.here
        self._calls.ask(_BY_HAND, lambda: stages_by_hand(plan_path, stage))

    def action_notices(self) -> None:
        self.app.push_screen(NoticesScreen(self._state.notices))

    def _app_way(self, name: str, *arguments: Any) -> None:
        """One of the app's ways to another screen."""
        getattr(self.app, name)(*arguments)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Keys that lead nowhere now are not named."""
        result = self._state.result
        failed = result is not None and not result.ok
        match action:
            case "cancel":
                return self.at_work
            case "again" | "change":
                return failed
            case "notices":
                return bool(self._state.notices)
            case "evidence":
                return failed and self.is_mounted and bool(self.logs.tail.evidence)
            case "try_it" | "copy_url":
                return result is not None and result.ok and bool((result.result or {}).get("service"))
        return True

    # --- the stages and their logs --------------------------------------------------------------------------

    @on(StageList.Chosen)
    def _chosen(self, message: StageList.Chosen) -> None:
        message.stop()
        begun = self._state.stages
        self._stays = not begun or message.stage != begun[-1].stage
        if message.stage != self.logs.here:
            with self.app.batch_update():
                self._show_log(message.stage)
                error = self.error if self._ended else None
                if error is not None and error.stage == message.stage:
                    self.logs.mark_evidence(error)
                self._draw_stages()

    def action_stage(self, by: int) -> None:
        self.query_one(StageList).action_move(by)

    def action_find(self) -> None:
        self.logs.action_find()

    def action_evidence(self) -> None:
        error = self.error
        if error is None:
            return
        if error.stage != self.logs.here:
            self.query_one(StageList).post_message(StageList.Chosen(error.stage))
        else:
            self.logs.mark_evidence(error)
            self.set_focus(self.logs.tail)

    # --- stopping -------------------------------------------------------------------------------------------

    @property
    def at_work(self) -> bool:
        return self.run_at_work is not None and not self._ended

    @property
    def stopping(self) -> bool:
        """The run was asked to stop, and has not yet."""
        return self.query_one(StoppingLine).stopping

    def action_interrupt(self) -> None:
        """As people expect of Ctrl-C: a selection is copied; without one, the run is stopped."""
        if self.get_selected_text():
            self.action_copy_text()
        elif self.at_work:
            self.action_cancel()
        else:
            self.app.action_help_quit()

    def action_cancel(self) -> None:
        self.query_one(StoppingLine).stop()

    def ask_before_leaving(self, leave: Callable[[], None]) -> None:
        """A run that is at work is stopped first, if the person agrees."""
        self.query_one(StoppingLine).before_leaving(leave)
