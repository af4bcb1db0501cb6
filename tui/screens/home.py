"""Where one begins: deploy a model, go on with a plan, look at what runs and how the last runs ended."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, HorizontalGroup, Vertical
from textual.screen import Screen
from textual.widgets import Button, Static

from tui.clipboard import copy
from tui.screens.picker import PickerScreen
from tui.slow_call import Answered, SlowCalls
from tui.while_shown import while_shown
from tui.widgets.error_panel import ErrorPanel
from tui.widgets.file_preview import PLAN_ENDINGS
from tui.widgets.home_card import HomeCard, actions
from tui.widgets.home_entries import HomeEntry, Section, plan_of, plans_section, runs_section, services_section
from tui.widgets.home_list import HomeList
from tui.widgets.key_bar import KeyBar
from wizard.run.recent import RecentPlan
from wizard.run.run_summary import RunSummary
from wizard.targets import ServiceStatus

if TYPE_CHECKING:
    from tui.app import SendoffApp

_RUNS = 5
"""Last runs that are listed."""
_EMPTY = (
    "Nothing was deployed from here yet.\n\n"
    "Choose a model file, saved with joblib or pickle. Everything else is proposed, with its reason, "
    "and nothing is done before you have seen all of it and agreed."
)


class HomeScreen(Screen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n,f2", "deploy", "Deploy a model", tooltip="Choose a model file, or a plan that was written"),
        Binding("enter", "open", "Open", tooltip="Open what is under the cursor"),
        Binding("g", "go_on", "Go on", tooltip="Take up the answers where they were left"),
        Binding("o", "open_plan", "Open the plan", tooltip="Look through the plan and change it"),
        Binding("r", "run", "Run it", tooltip="Walk the whole road of the plan under the cursor"),
        Binding("l", "last_run", "See the last run", tooltip="The stages and the log of a run that is over"),
        Binding("y", "copy", "Copy address", show=False, tooltip="Copy the service's address"),
        Binding("f5,ctrl+r", "refresh", "Refresh", show=False, tooltip="Look again what there is"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._calls = SlowCalls(self)
        self._services: Section | None = None
        self._plans: tuple[Section, ...] | None = None

    @property
    def sendoff(self) -> SendoffApp:
        return cast("SendoffApp", self.app)

    def compose(self) -> ComposeResult:
        with HorizontalGroup(id="home-head"):
            with Vertical(id="home-words"):
                yield Static("Sendoff", id="home-title")
                yield Static("From a trained model to a running service.", id="home-claim")
            yield Button("Deploy a model", id="deploy", variant="primary")
        yield ErrorPanel(id="home-error")
        with Horizontal(id="home-panes"):
            with Vertical(id="home-left"):
                yield HomeList()
                yield Static(_EMPTY, id="home-empty", markup=False)
            yield HomeCard()
        with HorizontalGroup(id="home-foot"):
            yield Static("", id="home-state", markup=False)
            yield Button("Refresh", id="refresh")
        yield KeyBar()

    @while_shown
    def on_mount(self) -> None:
        self.query_one("#home-empty").display = False
        self.query_one(HomeCard).display = False
        self.query_one("#deploy", Button).focus()
        # What answers has much to import, and the screen is to be seen first.
        self.call_after_refresh(self.action_refresh)

    @while_shown
    def action_refresh(self) -> None:
        """Both questions at once: what runs may take seconds to say, what was worked on is known at once."""
        self.query_one("#home-state", Static).update("Looking what runs …")
        self.query_one("#home-error", ErrorPanel).show(None)
        self._calls.ask("plans", _worked_on)
        self._calls.ask("services", _running)

    @on(Answered)
    @while_shown
    def _answered(self, answer: Answered) -> None:
        answer.stop()
        if not self._calls.is_newest(answer):
            return
        if answer.error is not None:
            self.query_one("#home-error", ErrorPanel).show(answer.error)
        value: Any = answer.value
        if answer.question == "services":
            self._services = value or Section("Services", ())
            self.query_one("#home-state", Static).update("")
        else:
            self._plans = value or ()
        self._draw()

    def _draw(self) -> None:
        sections = (*((self._services,) if self._services is not None else ()), *(self._plans or ()))
        some = any(section.entries for section in sections)
        all_known = self._services is not None and self._plans is not None
        entries = self.query_one(HomeList)
        had_some = entries.display and entries.option_count > 0
        entries.display = some
        self.query_one("#home-empty").display = all_known and not some
        entries.show(sections)
        if some and not had_some and self.focused is self.query_one("#deploy", Button):
            entries.focus()

    # What is under the cursor

    @property
    def entry(self) -> HomeEntry | None:
        return self.query_one(HomeList).current

    @on(HomeList.Moved)
    def _moved(self, message: HomeList.Moved) -> None:
        message.stop()
        self.query_one(HomeCard).show(self.entry)
        self.refresh_bindings()

    @on(HomeList.Chosen)
    def _chosen(self, message: HomeList.Chosen) -> None:
        message.stop()
        self.action_open()

    @on(Button.Pressed)
    async def _pressed(self, message: Button.Pressed) -> None:
        message.stop()
        await self.run_action(f"screen.{message.button.id}")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offered only where it can be done with what is under the cursor."""
        del parameters
        if action in ("go_on", "open_plan", "run", "last_run", "copy", "open"):
            entry = self.entry if self.is_mounted else None
            return entry is not None and (action == "open" or action in actions(entry))
        return True

    # What can be done

    def action_deploy(self) -> None:
        def chosen(path: Path | None) -> None:
            if path is not None and path.suffix.lower() in PLAN_ENDINGS:
                self.sendoff.open_plan(path)
            elif path is not None:
                self.sendoff.open_model(path)

        self.app.push_screen(PickerScreen(self.sendoff.folder, title="Choose a model, or a plan", plans=True), chosen)

    def action_open(self) -> None:
        """What one most likely wants with it."""
        entry = self.entry
        if entry is None:
            return
        match entry.of:
            case ServiceStatus() as status:
                self.sendoff.open_service(status.name, entry.target)
            case RecentPlan(draft=Path() as draft):
                self.sendoff.open_draft(draft)
            case RecentPlan() as plan:
                self.sendoff.open_plan(plan.plan_path)
            case RunSummary() as run:
                self.sendoff.open_run(run.journal)

    def action_go_on(self) -> None:
        if self.entry is not None and isinstance(self.entry.of, RecentPlan) and self.entry.of.draft is not None:
            self.sendoff.open_draft(self.entry.of.draft)

    def action_open_plan(self) -> None:
        if (path := self._plan_path) is not None:
            self.sendoff.open_plan(path)

    def action_run(self) -> None:
        if (path := self._plan_path) is not None:
            self.sendoff.start_run(path)

    @property
    def _plan_path(self) -> Path | None:
        of = self.entry.of if self.entry is not None else None
        if isinstance(of, RecentPlan):
            return of.plan_path
        return plan_of(of) if isinstance(of, RunSummary) else None

    def action_last_run(self) -> None:
        of = self.entry.of if self.entry is not None else None
        run = of.last_run if isinstance(of, RecentPlan) else of
        if isinstance(run, RunSummary):
            self.sendoff.open_run(run.journal)

    def action_copy(self) -> None:
        if self.entry is not None and isinstance(self.entry.of, ServiceStatus):
            copy(self.app, self.entry.of.url, "the address")


def _running() -> Section:
    """Called in a thread."""
    from wizard import targets

    return services_section(targets.services())


def _worked_on() -> tuple[Section, ...]:
    """Called in a thread: plans, and their last runs, newest first."""
    from wizard.run.project import Project
    from wizard.run.recent import recent
    from wizard.run.run_summary import runs

    plans = recent()
    found = {
        run.journal: (plan.service or plan.plan_path.parent.name, run)
        for plan in plans
        for run in runs(Project.of_plan(plan.plan_path), _RUNS)
    }
    newest = sorted(found.values(), key=lambda named: named[1].began, reverse=True)[:_RUNS]
    return plans_section(plans), runs_section(newest)
