"""The live part of a wizard in a cell: its form, its run, its service; one of them in sight."""

from __future__ import annotations

import threading
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import ipywidgets

from jupyter_ext.beside import beside
from jupyter_ext.closing import close_within
from jupyter_ext.form.steps_box import StepsBox
from jupyter_ext.looks import style_html
from wizard.errors import SendoffError, own_fault

if TYPE_CHECKING:
    from jupyter_ext.after.service_box import ServiceBox
    from jupyter_ext.run_panel.panel import RunPanel
    from jupyter_ext.wizard import Wizard
    from wizard.events import Feed
    from wizard.run import Run


class Sight(StrEnum):
    """What can be in sight; the value stands on its button."""

    FORM = "Plan"
    RUN = "Run"
    SERVICE = "Service"


class WizardBox(ipywidgets.VBox):
    """Switches between the parts, and makes each when it is first wanted. Thread-safe; nothing slow is done in a callback."""

    children: Any

    def __init__(self, wizard: Wizard) -> None:
        self._wizard = wizard
        self._lock = threading.RLock()
        self.form = StepsBox(wizard.deploy, start=self._start, notices=wizard.notices, overwrites=wizard.overwrites)
        self.panel: RunPanel | None = None
        """How the newest run goes; None before one was begun or looked at."""
        self.service: ServiceBox | None = None
        """The service, once somebody wanted to try it."""
        self.sight = Sight.FORM
        """The part in sight."""
        self._buttons = {one: self._way_to(one) for one in Sight}
        self._ways = ipywidgets.HBox(list(self._buttons.values()))
        self._ways.add_class("sendoff-buttons").add_class("sendoff-ways")
        self._ways.layout.display = "none"
        self._left = self._left_buttons()
        super().__init__([ipywidgets.HTML(style_html()), self._ways, self._left, self.form])
        self.add_class("sendoff").add_class("sendoff-live")
        if wizard.run is not None:
            self.show_run(wizard.run)

    def _way_to(self, sight: Sight) -> Any:
        button = ipywidgets.Button(description=sight.value)
        button.on_click(lambda _button: self.show(sight))
        return button

    def show(self, sight: Sight, *, focus: bool = False) -> None:
        """Bring a part into sight; the form, where the part is not there. With `focus` the page scrolls to it: what was in sight
        may have been longer."""
        parts: dict[Sight, Any] = {Sight.FORM: self.form, Sight.RUN: self.panel, Sight.SERVICE: self.service}
        with self._lock:
            self.sight = sight if parts[sight] is not None else Sight.FORM
            for one, button in self._buttons.items():
                button.layout.display = None if parts[one] is not None else "none"
                (button.add_class if one is self.sight else button.remove_class)("mod-active")
                button.tooltip = f"{one.value}, in sight" if one is self.sight else f"Show the {one.value.lower()}"
            self._ways.layout.display = None if self.panel is not None else "none"
            self._left.layout.display = None if self.sight is Sight.FORM and self._left.children else "none"
            children = (*self.children[:3], parts[self.sight])
            if self.children != children:
                self.children = children
            if focus:
                self._buttons[self.sight].focus()

    # --- the run --------------------------------------------------------------------------------------------

    def show_run(self, run: Run | Feed, *, focus: bool = False) -> None:
        """Watch a run, at work or over; `focus` as in `show`."""
        from jupyter_ext.run_panel.panel import RunPanel
        from wizard.run import Run
        from wizard.steps.run_questions import begin_run

        with self._lock:
            self._left.children = ()  # whatever was left: this goes on from it
            plan_path = run.project.plan_path if isinstance(run, Run) else self._wizard.deploy.plan_path
            if self.panel is None:
                self.panel = RunPanel(run, plan_path=plan_path, actions=self._actions(), begin=begin_run)
            elif self.panel.run is not run:
                self.panel.watch(run)
            self.show(Sight.RUN, focus=focus)

    def _actions(self) -> Any:
        from jupyter_ext.run_panel.actions import RunActions

        return RunActions(begun=self._wizard.watch, change=self._change, try_it=self._try_it)

    def _start(self) -> None:
        """The form is done and the plan written. In a thread of the form, which shows a SendoffError."""
        self._wizard.run_plan(self._wizard.deploy.plan_path)
        self.show(Sight.RUN, focus=True)

    def _change(self, field: str) -> None:
        self.show(Sight.FORM, focus=True)
        if field:
            self.form.go_to(field)

    # --- the service ----------------------------------------------------------------------------------------

    def _try_it(self) -> None:
        """Look at the service. In a thread of the panel, which shows a SendoffError."""
        from jupyter_ext.after.service_box import ServiceBox

        result = self._wizard.result
        with self._lock:
            if self.service is not None:
                self.service.close()
            self.service = ServiceBox(result.service, result.target)
            self.show(Sight.SERVICE, focus=True)

    # --- a run that was left --------------------------------------------------------------------------------

    def _left_buttons(self) -> Any:
        """The ways on from a run that did not come to its end. What there is to say of it is a notice of the form."""
        left = self._wizard.left
        buttons = []
        if left is not None and left.run is not None:
            see = ipywidgets.Button(description="See that run")
            see.on_click(lambda _button: self._beside("Looking up that run", self._see_left))
            buttons = [see]
            if not left.at_work:
                go_on = ipywidgets.Button(description="Go on from there").add_class("sendoff-primary")
                go_on.on_click(lambda _button: self._beside("Starting the run", self._go_on))
                buttons = [go_on, see]
        box = ipywidgets.HBox(buttons).add_class("sendoff-buttons")
        box.layout.display = None if buttons else "none"
        return box

    def _go_on(self) -> None:
        self._wizard.start()
        self.show(Sight.RUN, focus=True)

    def _see_left(self) -> None:
        from wizard.run.replay import replay

        left = self._wizard.left
        assert left is not None and left.run is not None
        self.show_run(replay(left.run.journal), focus=True)

    def _beside(self, doing: str, work: Callable[[], None]) -> None:
        """Do something slow in a thread; what goes wrong is shown in the form."""

        def at_work() -> None:
            try:
                work()
            except SendoffError as error:
                self.form.fail(error)
            except Exception as error:
                self.form.fail(own_fault(error))
            finally:
                self.form.busy("")

        self.form.fail(None)
        self.form.busy(doing)
        beside(at_work, "sendoff-wizard")

    def close(self) -> None:
        """Ends what is at work for the parts, and takes them off the page."""
        with self._lock:
            parts = [part for part in (self.form, self.panel, self.service) if part is not None]
        for part in parts:
            part.close()
        close_within(self, *parts)
        super().close()
