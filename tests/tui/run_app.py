"""An app that shows nothing but the run screen."""

from __future__ import annotations

from typing import ClassVar

from textual.app import App

from tests.run import staged
from tui.app import SendoffApp
from tui.screens.run import RunScreen
from tui.themes import DARK, THEMES
from wizard.run import Run


class Bench(staged.Bench):
    """With the screen for its runs."""

    def screen(self, run: Run | None = None) -> RunScreen:
        return RunScreen(run or self.begin(self.plan), begin=self.begin, ahead=self.ahead)


class RunApp(App[None]):
    """The run screen alone, with the product's own styles; the ways to other screens are noted."""

    CSS_PATH = SendoffApp.CSS_PATH
    HORIZONTAL_BREAKPOINTS: ClassVar[list[tuple[int, str]] | None] = SendoffApp.HORIZONTAL_BREAKPOINTS
    VERTICAL_BREAKPOINTS: ClassVar[list[tuple[int, str]] | None] = SendoffApp.VERTICAL_BREAKPOINTS

    def __init__(self, screen: RunScreen) -> None:
        super().__init__()
        self.shown = screen
        self.went: list[tuple[object, ...]] = []
        self.copied: list[str] = []
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = DARK.name

    def on_mount(self) -> None:
        self.push_screen(self.shown)

    def copy_to_clipboard(self, text: str) -> None:
        self.copied.append(text)

    def open_plan(self, *where: object) -> None:
        self.went.append(("plan", *where))

    def open_service(self, *where: object) -> None:
        self.went.append(("service", *where))

    def show_home(self) -> None:
        self.went.append(("home",))
