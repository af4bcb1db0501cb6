"""A run as it goes, or as it went: the stages, the log of the one under the cursor, how it ended and what to do then."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import HorizontalGroup, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Button, Static

from tui.clipboard import copy
from tui.run_error import error_of, evidence_in
from tui.screens.by_hand import ByHandScreen
from tui.screens.confirm import ConfirmScreen
from tui.screens.error import ErrorScreen
from tui.slow_call import Answered, SlowCalls
from tui.widgets.failure_panel import FailurePanel
from tui.widgets.key_bar import KeyBar
from tui.widgets.log_lines import LogLines
from tui.widgets.log_pane import LogPane
from tui.widgets.log_tail import LogTail
from tui.widgets.stage_list import StageList
from tui.widgets.stage_row import StageLine
from tui.widgets.success_panel import SuccessPanel
from wizard.errors import CancelledError, SendoffError
from wizard.events import Feed, RunFinished, RunState, Status
from wizard.run import PLAN_NAME, Run
from wizard.run.expected import expected_seconds
from wizard.run.undoing import undone_by_stopping
from wizard.steps.by_hand import StageByHand, by_hand
from wizard.steps.remedies import Remedy, apply, remedies, where_to_change

_INTERVAL = 0.1
"""Seconds between two looks at the feed: a line is seen as soon as a person can tell, and a flood is one drawing."""

_ALL = 1 << 40
"""Lines taken from the feed at a look: all there are. Its ring bounds them, and a feed that is replayed comes but once."""

_BEGINNING = "beginning"
_AHEAD = "what lies ahead"
_REMEDIES = "remedies"
_BY_HAND = "by hand"

Begin = Callable[[Path, bool], Run]
"""Starts a run of the plan, with or without consent. Raises SendoffError where it cannot begin."""


def begin_run(plan_path: Path, consent: bool) -> Run:
    """The whole road of a plan; what is known already is not done again."""
    return Run(plan_path, consent=consent).start()


def stages_ahead(plan_path: Path) -> tuple[tuple[str, str], ...]:
    """(name, title) of every stage on the plan's road. Raises PlanError."""
    from wizard.plan import load_plan
    from wizard.run import STAGES

    kind = load_plan(plan_path).target.kind
    return tuple((stage.name, stage.title) for stage in STAGES if stage.belongs_to(kind))


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
        self.plan_path = run.project.plan_path if isinstance(run, Run) else plan_path or _plan_of(journal)
        self._journal = journal
        self._begin = begin
        self._ahead = ahead
        self._calls = SlowCalls(self)
        self._timer: Timer | None = None
        self._leave: Callable[[], None] | None = None  # what the person wanted when they agreed to stop
        self._titles: dict[str, str] = {}  # stages on this road, begun or not
        self._expected: Mapping[str, float] = {}
        self._remedies: tuple[Remedy, ...] = ()
        self._forget()

    def _forget(self) -> None:
        """Begin to look at a feed from its start."""
        self._next = 0
        self._version = -1
        self._state: RunState = self.feed.snapshot()
        self._logs: dict[str, LogLines] = {}
        self._here = ""
        self._stays = False  # the person chose a stage that is not at work
        self._ended = False
        self._notices = 0

    # --- what is on it --------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        with HorizontalGroup(id="run-head"):
            yield Static("", id="run-title", markup=False)
            yield Button("Stop", id="stop", action="screen.cancel")
        yield StageList(id="stages")
        yield Static("", id="stage-detail", markup=False)
        yield VerticalScroll(id="run-notices", can_focus=False)
        yield LogPane(folder=self.plan_path.parent)
        yield Static("", id="stopping", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(LogTail).focus()
        self._look_ahead()
        self._watch()

    def _watch(self) -> None:
        self._pull()
        if not self._ended:
            self._timer = self.set_interval(_INTERVAL, self._pull)

    def _look_ahead(self) -> None:
        plan_path, ahead = self.plan_path, self._ahead
        self._calls.ask(_AHEAD, lambda: (ahead(plan_path), expected_seconds(plan_path)))

    # --- pulling --------------------------------------------------------------------------------------------

    def _pull(self) -> None:
        """Draw what is new since the last look."""
        if not self.is_attached:
            return
        with self.app.batch_update():
            # The lines after the state: then an end of the run that is seen has no lines behind it.
            state = self.feed.snapshot()
            self._next, lines, missed = self.feed.read(self._next, _ALL)
            by_stage: dict[str, list[str]] = {}
            for line in lines:
                by_stage.setdefault(line.stage, []).append(line.text)
            for stage, texts in by_stage.items():
                gap, missed = missed, 0
                if stage == self._here:
                    self.query_one(LogPane).extend(texts, gap)
                else:
                    self._log_of(stage).append(texts, gap)
            changed = state.version != self._version
            self._state, self._version = state, state.version
            if changed:
                self._choose_stage_at_work()
                self._draw_notices()
            if changed or not self._ended:
                self._draw_stages()
            if state.result is not None and not self._ended:
                self._end(state.result)

    def _log_of(self, stage: str) -> LogLines:
        return self._logs.setdefault(stage, LogLines())

    def _choose_stage_at_work(self) -> None:
        begun = self._state.stages
        if begun and not self._stays and begun[-1].stage != self._here:
            self._show_log(begun[-1].stage)

    def _show_log(self, stage: str) -> None:
        self._here = stage
        self.query_one(LogPane).show(self._log_of(stage), self._title(stage), stage)

    def _title(self, stage: str) -> str:
        return self._titles.get(stage) or next((one.title for one in self._state.stages if one.stage == stage), stage)

    def _draw_stages(self) -> None:
        lines = {
            name: StageLine(name, title, expected=self._expected.get(name)) for name, title in self._titles.items()
        }
        over = self._state.result is not None or self.run_at_work is None
        if over and self._state.result is not None and self._state.result.ok:
            begun = {state.stage for state in self._state.stages}
            lines = {name: line for name, line in lines.items() if name in begun}  # a road walked part of the way
        for state in self._state.stages:
            cut_off = over and state.status is Status.RUNNING
            lines[state.stage] = StageLine(
                state.stage, state.title, state, self._expected.get(state.stage), cut_off=cut_off
            )
        stages = self.query_one(StageList)
        stages.show(tuple(lines.values()), self._here, time.time())
        self._draw_head()
        if not self._ended:
            return
        detail = self.query_one("#stage-detail", Static)
        detail.update(stages.detail)
        detail.display = bool(stages.detail)

    def _draw_head(self) -> None:
        done = sum(one.status in {Status.DONE, Status.SKIPPED} for one in self._state.stages)
        count = max(len(self._titles), len(self._state.stages))
        result = self._state.result
        if result is None:
            doing = "Running" if self.run_at_work is not None else "Cut off"
            if self.stopping:
                doing = "Stopping"
        elif result.ok:
            doing = "Done"
        else:
            doing = "Stopped" if (result.error or {}).get("code") == CancelledError.code else "Failed"
        where = f"{self.plan_path.parent.name}/{self.plan_path.name}"
        past = f" · run of {_when(self._state)}" if self.run_at_work is None and self._state.stages else ""
        head = f"{doing} · {where} · {done} of {count} stages{past}"
        widget = self.query_one("#run-title", Static)
        if widget.content != head:
            widget.update(head, layout=False)

    def _draw_notices(self) -> None:
        notices = self._state.notices[self._notices :]
        self._notices = len(self._state.notices)
        box = self.query_one("#run-notices", VerticalScroll)
        for notice in notices:
            box.mount(Static(Content.assemble(("! ", "bold $text-warning"), notice.text)))
            box.display = True
        if notices:
            box.scroll_end(animate=False)

    # --- the end --------------------------------------------------------------------------------------------

    def _end(self, result: RunFinished) -> None:
        self._ended = True
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self.query_one("#stopping").display = False
        self.query_one("#stop").display = False
        self.add_class("-ended")
        self._draw_stages()
        self.refresh_bindings()
        if self._leave is not None:
            leave, self._leave = self._leave, None
            leave()
        elif result.ok:
            self._show_success(result)
        else:
            self._show_failure(self.error or error_of(result.error or {}))

    @property
    def error(self) -> SendoffError | None:
        """Why the run failed, once it has."""
        if self.run_at_work is not None and self.run_at_work.error is not None:
            return self.run_at_work.error
        result = self._state.result
        return error_of(result.error) if result is not None and result.error is not None else None

    def _show_success(self, result: RunFinished) -> None:
        stages = self._state.stages
        seconds = result.at - stages[0].started if stages else 0.0
        self.mount(SuccessPanel(result.result, seconds), before="#stopping")

    def _show_failure(self, error: SendoffError) -> None:
        stopped = isinstance(error, CancelledError)
        if error.stage and error.stage != self._here:
            self._show_log(error.stage)
            self._draw_stages()
        found = self._evidence_here(error)
        if found:
            self.query_one(LogTail).mark(found)
        self.mount(FailurePanel(error, evidence=bool(found), stopped=stopped), before="#stopping")
        if not stopped:
            plan_path = self.plan_path
            self._calls.ask(_REMEDIES, lambda: _remedies_for(error, plan_path))

    def _evidence_here(self, error: SendoffError) -> tuple[int, ...]:
        return evidence_in(self._log_of(self._here), error.evidence) if self._here else ()

    @on(Answered)
    def _answered(self, answer: Answered) -> None:
        if not self._calls.is_newest(answer):
            return
        if answer.question == _BEGINNING:
            if answer.error is None:
                self._watch_new(answer.value)
            else:
                self._show_refusal(answer.error)
        elif answer.question == _BY_HAND:
            if answer.error is None:
                self.app.push_screen(
                    ByHandScreen("The same thing done by hand", answer.value, "Nothing is typed for it.")
                )
            else:
                self.app.push_screen(ErrorScreen(answer.error))
        elif answer.error is not None:
            return  # without a plan that can be read, nothing more is known than the run itself tells
        elif answer.question == _AHEAD:
            titles, self._expected = answer.value
            self._titles = dict(titles)
            self._draw_stages()
        else:
            self._remedies = answer.value
            for panel in self.query(FailurePanel):
                panel.offer(self._remedies)

    # --- going on -------------------------------------------------------------------------------------------

    def _go_on(self, change: Callable[[], object], consent: bool = False) -> None:
        """Make the change, and run again; what is done is not done twice, so this goes on where it failed."""
        if not self._ended:
            return
        plan_path, begin = self.plan_path, self._begin
        if self.run_at_work is not None:
            consent = consent or self.run_at_work.road.consent

        def work() -> Run:
            change()
            return begin(plan_path, consent)

        for button in self.query("FailurePanel Button"):
            button.disabled = True
        self._calls.ask(_BEGINNING, work)

    def _watch_new(self, run: Run) -> None:
        self.remove_class("-ended")
        self.query("FailurePanel, SuccessPanel").remove()
        self.query_one("#stop").display = True
        self.query_one("#stage-detail").display = False
        self.query_one("#run-notices").remove_children()
        self.query_one("#run-notices").display = False
        self.run_at_work, self.feed = run, run.feed
        self._remedies = ()
        self._forget()
        self.query_one(LogTail).focus()
        self._look_ahead()
        self.refresh_bindings()
        self._watch()

    def _show_refusal(self, error: SendoffError) -> None:
        """It could not even begin: another run is at work, or the plan does not hold."""
        self.query("FailurePanel").remove()
        self.mount(FailurePanel(error, evidence=False, stopped=False), before="#stopping")

    def action_again(self) -> None:
        self._go_on(lambda: None)

    def action_remedy(self, number: int) -> None:
        if number <= len(self._remedies):
            remedy = self._remedies[number - 1]
            plan_path = self.plan_path
            self._go_on(lambda: apply(remedy, plan_path) if remedy.settings else None, remedy.consent)

    def action_change(self) -> None:
        """The wizard, at what the error speaks of."""
        if self._ended and (error := self.error) is not None:
            self._app_way("open_plan", self.plan_path, where_to_change(error) or "")

    def action_try_it(self) -> None:
        for panel in self.query(SuccessPanel):
            if panel.service:
                self._app_way("open_service", panel.service, str(panel.result.get("target") or ""))

    def action_copy_url(self) -> None:
        for panel in self.query(SuccessPanel):
            if panel.url:
                copy(self.app, panel.url, "the address")

    def action_by_hand(self) -> None:
        """The commands for the stage under the cursor; those of the whole road where it has none."""
        plan_path, stage = self.plan_path, self._here
        self._calls.ask(_BY_HAND, lambda: _stages_by_hand(plan_path, stage))

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
            case "evidence":
                return failed and bool(self.query_one(LogTail).evidence) if self.is_mounted else False
            case "try_it" | "copy_url":
                return result is not None and result.ok and bool((result.result or {}).get("service"))
        return True

    # --- the stages and their logs --------------------------------------------------------------------------

    @on(StageList.Chosen)
    def _chosen(self, message: StageList.Chosen) -> None:
        message.stop()
        begun = self._state.stages
        self._stays = not begun or message.stage != begun[-1].stage
        if message.stage != self._here:
            with self.app.batch_update():
                self._show_log(message.stage)
                error = self.error if self._ended else None
                if error is not None and error.stage == message.stage and (found := self._evidence_here(error)):
                    self.query_one(LogTail).mark(found)
                self._draw_stages()

    def action_stage(self, by: int) -> None:
        self.query_one(StageList).action_move(by)

    def action_find(self) -> None:
        self.query_one(LogPane).action_find()

    def action_evidence(self) -> None:
        error = self.error
        if error is None:
            return
        if error.stage != self._here:
            self.query_one(StageList).post_message(StageList.Chosen(error.stage))
        else:
            tail = self.query_one(LogTail)
            tail.mark(self._evidence_here(error))
            tail.focus()

    # --- stopping -------------------------------------------------------------------------------------------

    @property
    def at_work(self) -> bool:
        return self.run_at_work is not None and not self._ended

    @property
    def stopping(self) -> bool:
        """The run was asked to stop, and has not yet."""
        return self.at_work and self.run_at_work is not None and self.run_at_work.cancelling

    def action_interrupt(self) -> None:
        """As people expect of Ctrl-C: a selection is copied; without one, the run is stopped."""
        if self.get_selected_text():
            self.action_copy_text()
        elif self.at_work:
            self.action_cancel()
        else:
            self.app.action_help_quit()

    def action_cancel(self) -> None:
        """Ask, then stop; once more while it stops: leave at once."""
        if self.stopping:
            self._leave_at_once()
        elif self.at_work:
            self._ask("Stop this run?", "Stop it", None)

    def ask_before_leaving(self, leave: Callable[[], None]) -> None:
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
            if stop and self.at_work and self.run_at_work is not None:
                self._leave = leave
                self.run_at_work.cancel()
                self._draw_stopping()
            elif stop and leave is not None:
                leave()  # it has ended meanwhile

        details = f"{undone_by_stopping(self._stage_at_work())} The journal keeps all; the next run goes on from here."
        self.app.push_screen(
            ConfirmScreen(question, yes, details=details, no_label="Let it run", danger=True), answered
        )

    def _draw_stopping(self) -> None:
        stopping = self.query_one("#stopping", Static)
        stopping.update(f"Stopping. {undone_by_stopping(self._stage_at_work())} Once more (F8) to leave at once.")
        stopping.display = True

    def _stage_at_work(self) -> str:
        return next((one.stage for one in reversed(self._state.stages) if one.status is Status.RUNNING), "")

    def _leave_at_once(self) -> None:
        """Without waiting for what is being undone. The journal tells the next run that this one was cut off."""
        leave, self._leave = self._leave, None
        if leave is not None:
            leave()
        else:
            self._app_way("show_home")


def _remedies_for(error: SendoffError, plan_path: Path) -> tuple[Remedy, ...]:
    from wizard.plan import load_plan

    return remedies(error, load_plan(plan_path), plan_path)


def _stages_by_hand(plan_path: Path, stage: str) -> tuple[StageByHand, ...]:
    from wizard.plan import load_plan

    stages = by_hand(load_plan(plan_path), plan_path)
    return tuple(one for one in stages if one.stage == stage) or stages


def _plan_of(journal: Path | None) -> Path:
    """The plan whose run a journal tells of: it lies in PROJECT/.sendoff/journal."""
    return (journal.absolute().parents[2] if journal is not None else Path.cwd()) / PLAN_NAME


def _when(state: RunState) -> str:
    return time.strftime("%d %B, %H:%M", time.localtime(state.stages[0].started))
