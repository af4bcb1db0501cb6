"""The same thing done by hand: the commands one would type, each with what it does, to be copied."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import HorizontalGroup, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from tui.clipboard import copy
from tui.while_shown import while_shown
from tui.widgets.key_bar import KeyBar
from wizard.steps.by_hand import Command, StageByHand


class CommandBox(Vertical):
    """One command. It has the focus as a whole; enter copies it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,c", "copy", "Copy")]
    can_focus = True

    def __init__(self, command: Command) -> None:
        super().__init__()
        self.command = command

    def compose(self) -> ComposeResult:
        yield Static(self.command.why, markup=False, classes="command-why")
        yield Static(self.command.text, markup=False, classes="command-text")

    def action_copy(self) -> None:
        copy(self.app, self.command.text, "the command")


class ByHandScreen(ModalScreen[None]):
    """Stages with their commands; `nothing` is said where there are none."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "copy_all", "Copy all"),
        Binding("escape,f4", "close", "Close"),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    def __init__(self, title: str, stages: Sequence[StageByHand], nothing: str = "") -> None:
        super().__init__()
        self._title = title
        self._stages = stages
        self._nothing = nothing

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -large"):
            yield Static(self._title, markup=False, classes="dialog-title")
            with VerticalScroll(can_focus=False):
                if not self._stages:
                    yield Static(self._nothing, markup=False, classes="dialog-text")
                for stage in self._stages:
                    if len(self._stages) > 1:
                        yield Static(stage.title, markup=False, classes="command-stage")
                    if stage.why:
                        yield Static(stage.why, markup=False, classes="command-why")
                    for command in stage.commands:
                        yield CommandBox(command)
                    if stage.api:
                        yield Static(f"Sendoff calls the API instead: {stage.api}", markup=False, classes="command-why")
            with HorizontalGroup(classes="dialog-buttons"):
                if self._stages:
                    yield Button("Copy all", id="copy-all")
                yield Button("Close", id="close", variant="primary")
        yield KeyBar()

    @while_shown
    def on_mount(self) -> None:
        for box in self.query(CommandBox):
            box.focus(scroll_visible=False)  # what stands above the first command is read first
            return
        self.query_one("#close", Button).focus()

    @on(Button.Pressed, "#copy-all")
    def action_copy_all(self) -> None:
        texts = [command.text for stage in self._stages for command in stage.commands]
        if texts:
            copy(self.app, "\n\n".join(texts), f"{len(texts)} commands" if len(texts) > 1 else "the command")

    @on(Button.Pressed, "#close")
    def action_close(self) -> None:
        self.dismiss(None)
