"""One service that was released: tried, called, watched, divided, priced, taken down."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import HorizontalGroup, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Button, Static, TabbedContent, TabPane

from tui.clipboard import copy
from tui.slow_call import Answered, SlowCalls
from tui.while_shown import while_shown
from tui.widgets.call_pane import CallPane
from tui.widgets.cost_pane import CostPane
from tui.widgets.down_pane import DownPane
from tui.widgets.error_panel import ErrorPanel
from tui.widgets.key_bar import KeyBar
from tui.widgets.logs_pane import LogsPane
from tui.widgets.service_pane import ServicePane
from tui.widgets.service_words import state_content
from tui.widgets.traffic_pane import TrafficPane
from tui.widgets.try_pane import TryPane
from wizard.steps.service_words import facts_of, place_of

if TYPE_CHECKING:
    from wizard.targets import ReleasedService, ServiceStatus

TABS: tuple[tuple[str, str, type[ServicePane]], ...] = (
    ("try", "Try it", TryPane),
    ("call", "Call it", CallPane),
    ("traffic", "Traffic", TrafficPane),
    ("logs", "Logs", LogsPane),
    ("cost", "Cost", CostPane),
    ("down", "Take down", DownPane),
)


class ServiceScreen(Screen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(f"{number},alt+{number}", f"tab('{name}')", title, show=False, tooltip=f"The tab {title!r}")
            for number, (name, title, _) in enumerate(TABS, 1)
        ),
        Binding("f6,ctrl+pagedown", "next_tab(1)", "Next tab"),
        Binding("shift+f6,ctrl+pageup", "next_tab(-1)", "Previous tab", show=False),
        Binding("f2,alt+u", "copy_address", "Copy address", show=False, tooltip="Copy the service's address"),
    ]

    def __init__(self, name: str, target: str | None = None) -> None:
        super().__init__()
        self.service_name = name
        self._target = target
        self._calls = SlowCalls(self)
        self.service: ReleasedService | None = None
        self.status: ServiceStatus | None = None

    def compose(self) -> ComposeResult:
        with Vertical(id="service-head"):
            with HorizontalGroup():
                yield Static(Content.styled(self.service_name, "bold"), id="service-name")
                yield Static("Looking how it is …", id="service-state")
                yield Static("", id="service-facts", markup=False)
                yield Button("Copy address", id="copy_address")
            yield Static("", id="service-address", markup=False)
            yield Static("", id="service-place", markup=False)
            yield Static("", id="service-note", markup=False)
        with Vertical(id="service-gone"):
            yield ErrorPanel(id="service-error")
            with HorizontalGroup(classes="pane-buttons"):
                yield Button("Try again", id="again", variant="primary")
                yield Button("Home", id="leave")
        with TabbedContent(id="service-tabs"):
            for name, title, pane in TABS:
                with TabPane(title, id=name):
                    yield pane()
        yield KeyBar()

    @while_shown
    def on_mount(self) -> None:
        self.query_one("#service-gone").display = False
        self.query_one("#service-note").display = False
        self.query_one("#copy_address").display = False
        self._find()

    def on_unmount(self) -> None:
        if self.service is not None:
            self.service.close()

    def _find(self) -> None:
        self._calls.ask("service", partial(_find, self.service_name, self._target))

    @on(Answered)
    @while_shown
    def _answered(self, answer: Answered) -> None:
        answer.stop()
        if not self._calls.is_newest(answer):
            return
        error = answer.error
        self.query_one("#service-gone").display = error is not None
        self.query_one("#service-tabs").display = error is None
        self.query_one("#service-error", ErrorPanel).show(error)
        if error is not None:
            self.query_one("#service-state", Static).update("")
            self.query_one("#again", Button).focus()
            return
        self.service, self.status = answer.value
        self._draw_head()
        self._start_tab()
        if self.pane is not None and not self.pane.has_focus_within:
            self.call_after_refresh(self._focus_tab)

    def _draw_head(self) -> None:
        status = self.status
        if status is None:
            return
        self.query_one("#service-state", Static).update(state_content(status))
        self.query_one("#service-facts", Static).update(facts_of(status))
        self.query_one("#service-address", Static).update(status.url)
        self.query_one("#service-place", Static).update(place_of(status))
        self.query_one("#copy_address").display = bool(status.url)
        note = self.query_one("#service-note", Static)
        note.update(status.note)
        note.display = bool(status.note)

    @property
    def pane(self) -> ServicePane | None:
        """The tab in sight."""
        active = self.query_one(TabbedContent).active_pane
        return active.query_one(ServicePane) if active is not None else None

    @on(TabbedContent.TabActivated)
    def _tab_came(self, message: TabbedContent.TabActivated) -> None:
        message.stop()
        self._start_tab()

    def _start_tab(self) -> None:
        pane = self.pane
        if pane is not None and self.service is not None and self.status is not None:
            pane.start(self.service, self.status)

    @on(ServicePane.Changed)
    def _changed(self, message: ServicePane.Changed) -> None:
        """Something was done to the service: look again how it is."""
        message.stop()
        if message.gone:
            self.app.notify(f"{self.service_name} is stopped and removed.", markup=False)
            self.call_later(self.run_action, "app.go_home")
        else:
            self._find()

    @on(Button.Pressed, "#again, #leave, #copy_address")
    async def _pressed(self, message: Button.Pressed) -> None:
        message.stop()
        await self.run_action(f"screen.{message.button.id}")

    def action_again(self) -> None:
        self._find()

    async def action_leave(self) -> None:
        await self.run_action("app.go_home")

    def action_copy_address(self) -> None:
        if self.status is not None and self.status.url:
            copy(self.app, self.status.url, "the address")

    def action_tab(self, name: str) -> None:
        tabs = self.query_one(TabbedContent)
        if tabs.active != name:
            # The tab that goes out of sight must not have the focus: it would be handed on to some other tab, which would
            # come into sight for that.
            self.query_one("ContentTabs").focus()
            tabs.active = name
        self.call_after_refresh(self._focus_tab)

    def action_next_tab(self, by: int) -> None:
        tabs = self.query_one(TabbedContent)
        names = [name for name, _, _ in TABS]
        self.action_tab(names[(names.index(tabs.active) + by) % len(names)])

    @while_shown
    def _focus_tab(self) -> None:
        """Into the tab, so that its keys are in force."""
        pane = self.pane
        if pane is not None:
            pane.focus_first()


def _find(name: str, target: str | None) -> tuple[ReleasedService, ServiceStatus]:
    """Called in a thread. Raises TargetError where there is none."""
    from wizard import targets

    service = targets.find(name, target)
    return service, service.status()
