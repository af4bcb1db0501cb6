"""The app: which screen is in sight, and the ways from one to another. Screens are imported when they are come to."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from tui.opening import Opening
from tui.themes import DARK, THEMES
from wizard.errors import SendoffError, own_fault

if TYPE_CHECKING:
    from wizard.steps.deploy import Deploy, Workshop

__all__ = ["AsksBeforeLeaving", "Opening", "SendoffApp"]

_STYLES = Path(__file__).parent / "styles"
_STILL_THERE = 2.0
"""Seconds between two looks whether the terminal is still there."""
KEPT = "What you answered is kept: sendoff resume goes on here."


@runtime_checkable
class AsksBeforeLeaving(Protocol):
    """A screen that something is at work on. It calls `leave` once the person has agreed, or at once."""

    def ask_before_leaving(self, leave: Callable[[], None]) -> None: ...


class SendoffApp(App[None]):
    """Opens with what `opening` says. A screen goes to another by the methods here, and knows none of the others."""

    TITLE = "Sendoff"
    CSS_PATH = [  # noqa: RUF012
        _STYLES / "app.tcss",
        *sorted(path for path in _STYLES.glob("*.tcss") if path.name != "app.tcss"),
    ]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (80, "-medium"), (100, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (26, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f10", "go_home", "Home", priority=True),
        Binding("ctrl+q", "quit", "Quit", priority=True),
    ]

    def __init__(
        self,
        *,
        opening: Opening | None = None,
        find_workshop: Callable[[], Workshop | None] = lambda: None,
        folder: Path | None = None,
    ) -> None:
        super().__init__()
        self.opening = opening or Opening()
        self.find_workshop = find_workshop
        self.folder = folder or Path.cwd()
        """Where files are looked for."""
        self.farewell = ""
        """What is said on the terminal once the screens are gone."""
        self.fault: SendoffError | None = None
        """A fault of Sendoff's own that ended the app."""
        self._deploy: Deploy | None = None
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = DARK.name

    def on_mount(self) -> None:
        if self._driver is not None and not self.is_headless and not self.is_web:
            self.set_interval(_STILL_THERE, self._leave_a_closed_terminal)
            hang_up = getattr(signal, "SIGHUP", None)  # none on Windows
            if hang_up is not None and signal.getsignal(hang_up) is signal.SIG_DFL:
                asyncio.get_running_loop().add_signal_handler(hang_up, self._hang_up)
        match self.opening:
            case Opening("model", Path() as path):
                self.open_model(path)
            case Opening("plan", Path() as path):
                self.open_plan(path)
            case Opening("draft", Path() as path):
                self.open_draft(path)
            case Opening("run", Path() as path):
                self.open_run(path)
            case _:
                self.show_home()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every action of the screen in sight, and the app's own."""
        seen: set[str] = set()
        for _node, binding, enabled, tooltip in screen.active_bindings.values():
            if not enabled or not binding.description or binding.action in seen or binding.system:
                continue
            if binding.action.endswith("command_palette"):  # it is what this is a list in
                continue
            seen.add(binding.action)
            if binding.show or binding.tooltip:
                yield SystemCommand(
                    binding.description,
                    f"{tooltip or binding.description} · {self.get_key_display(binding)}",
                    _run(self, _node, binding.action),
                )
        for theme in THEMES:
            name = theme.name.removeprefix("sendoff-")
            yield SystemCommand(f"Colours: {name}", "Change the colours of the screens", _set_theme(self, theme.name))

    # The ways

    def show_home(self) -> None:
        """Recent plans, running services, last runs."""
        from tui.screens.home import HomeScreen

        self._let_go()
        self._show(HomeScreen())

    def open_model(self, model: Path | None = None) -> None:
        """A new way from this model; without one, the model is the first question."""
        from wizard.steps.deploy import Deploy

        self._open(lambda: Deploy.new(self.folder, model=model, workshop=self.find_workshop()))

    def open_plan(self, plan_path: Path, field: str = "") -> None:
        """The wizard on a written plan: at the review, or at the step that asks for `field`, a name of a field or step."""
        from wizard.steps.deploy import Deploy

        self._open(lambda: Deploy.of_plan(plan_path, workshop=self.find_workshop()), field)

    def open_draft(self, draft_path: Path) -> None:
        """The wizard where it was left."""
        from wizard.steps.deploy import Deploy

        self._open(lambda: Deploy.of_draft(draft_path, workshop=self.find_workshop()))

    def open_wizard(self, deploy: Deploy, field: str = "") -> None:
        """The step screens for this way, which the app closes when it is left."""
        from tui.screens.wizard import WizardScreen

        self._let_go()
        self._deploy = deploy
        self._show(WizardScreen(deploy, field))

    def start_run(self, plan_path: Path, *, redo: frozenset[str] = frozenset(), consent: bool = False) -> None:
        """Walk the whole road of a plan, and show it."""
        from tui.screens.run import RunScreen
        from wizard.steps.run_questions import begin_run

        try:
            run = begin_run(plan_path, consent, redo=redo)
        except SendoffError as error:
            self.show_error(error)
            return
        self._let_go()
        self._show(RunScreen(run))

    def open_run(self, journal: Path) -> None:
        """A run that is over, as its journal has it."""
        from tui.screens.run import RunScreen
        from wizard.run.replay import replay

        try:
            feed = replay(journal)
        except SendoffError as error:
            self.show_error(error)
            return
        self._let_go()
        self._show(RunScreen(feed, journal=journal))

    def open_service(self, name: str, target: str | None = None) -> None:
        """One service that was released: try it, its traffic, its logs."""
        from tui.screens.service import ServiceScreen

        self._let_go()
        self._show(ServiceScreen(name, target))

    def go_home(self) -> None:
        """To the home screen, once the screen in sight agrees."""
        self._leave(self.show_home)

    def action_go_home(self) -> None:
        self.go_home()

    async def action_quit(self) -> None:
        self._leave(self._quit)

    def show_error(self, error: SendoffError) -> None:
        """Say what went wrong, over the screen in sight (the home screen where there is none yet)."""
        from tui.screens.error import ErrorScreen

        if len(self.screen_stack) < 2:
            self.show_home()
        self.push_screen(ErrorScreen(error))

    # How

    def _open(self, make: Callable[[], Deploy], field: str = "") -> None:
        try:
            deploy = make()
        except SendoffError as error:
            self.show_error(error)
            return
        self.open_wizard(deploy, field)

    def _show(self, screen: Screen[None]) -> None:
        """In place of whatever is in sight; the framework's own empty screen stays below."""
        while len(self.screen_stack) > 2:
            self.pop_screen()
        if len(self.screen_stack) == 2:
            self.switch_screen(screen)
        else:
            self.push_screen(screen)

    def _leave(self, leave: Callable[[], None]) -> None:
        busy = [screen for screen in self.screen_stack if isinstance(screen, AsksBeforeLeaving)]
        if busy:
            busy[-1].ask_before_leaving(leave)
        else:
            leave()

    def _let_go(self) -> None:
        """Close the wizard that was open, if one was. Its draft stays."""
        if self._deploy is not None:
            self._deploy.close()
            self._deploy = None

    def _fatal_error(self) -> None:
        """The framework paints a traceback with the values of the variables, which may be secrets. Ours goes to a file."""
        self.fault = own_fault(self._exception or RuntimeError("unknown"))
        self._let_go()
        self._close_messages_no_wait()

    def _hang_up(self) -> None:
        """The terminal was closed: the newest answers are kept, then the program ends as it would have."""
        self._let_go()
        asyncio.get_running_loop().remove_signal_handler(signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGHUP)

    def _leave_a_closed_terminal(self) -> None:
        """A terminal that closes sends SIGHUP; where nobody hears it (nohup), the framework would read its end for ever."""
        if sys.__stdin__ is not None and not sys.__stdin__.isatty():
            self._quit()

    def _quit(self) -> None:
        if self._deploy is not None and self._deploy.draft_path is not None and self._deploy.draft_path.exists():
            self.farewell = KEPT
        self._let_go()
        self.exit()


def _set_theme(app: SendoffApp, name: str) -> Callable[[], None]:
    def set_it() -> None:
        app.theme = name

    return set_it


def _run(app: SendoffApp, node: object, action: str) -> Callable[[], object]:
    from textual.dom import DOMNode

    async def run_it() -> None:
        await app.run_action(action, node if isinstance(node, DOMNode) else None)

    return run_it
