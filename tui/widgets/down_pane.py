"""Taking a service down: what goes with it is listed first, then asked."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import HorizontalGroup
from textual.widgets import Button, Checkbox, Static

from tui.screens.confirm import ConfirmScreen
from tui.widgets.service_pane import ServicePane
from tui.widgets.tick import Tick


class DownPane(ServicePane):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f9,alt+d", "down", "Take down", tooltip="Remove all that is listed, after asking"),
    ]

    def content(self) -> ComposeResult:
        yield Static("", id="down-title", markup=False)
        yield Static("", id="going", markup=False)
        yield Tick("Delete its images too", True, id="images")
        with HorizontalGroup(classes="pane-buttons"):
            yield Button("Take down …", id="down", variant="error")

    def load(self) -> None:
        images = self.query_one("#images", Tick)
        images.display = self.status.target != "local"
        self.ask("going", "Looking what would go", partial(self.service.what_goes, images=images.value))

    async def answered(self, question: str, value: Any) -> None:
        if question == "down":
            self.post_message(self.Changed(gone=True))
            return
        self._going: tuple[str, ...] = value
        self.query_one("#down-title", Static).update("This would be removed for good:")
        self.query_one("#going", Static).update("\n".join(f"✗ {each}" for each in self._going))

    @on(Checkbox.Changed, "#images")
    def _images(self, message: Checkbox.Changed) -> None:
        message.stop()
        if self.started:
            self.load()

    @on(Button.Pressed, "#down")
    def _pressed(self, message: Button.Pressed) -> None:
        message.stop()
        self.action_down()

    def action_down(self) -> None:
        """Not while what goes is being looked up: what is confirmed is what was listed."""
        if self.busy or not self.query_one(".pane-content").display:
            return
        images = self.query_one("#images", Tick).value

        def go(yes: bool | None) -> None:
            if yes:
                self.ask("down", "Taking it down", partial(self.service.down, images=images))

        details = "\n".join(f"✗ {each}" for each in self._going)
        question = f"Take {self.service.name} down, for good?"
        self.app.push_screen(ConfirmScreen(question, "Take down", details=details, danger=True), go)
