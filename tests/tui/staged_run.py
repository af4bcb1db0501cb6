"""Real runs over cheap stages a test makes up, and an app that shows nothing but the run screen."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from textual.app import App

from tui.app import SendoffApp
from tui.screens.run import RunScreen
from tui.themes import DARK, THEMES
from wizard.events import Reporter
from wizard.run import Run
from wizard.run.road import Road, Stage


@dataclass(frozen=True)
class Made:
    """What these stages make."""

    text: str


Work = Callable[[Road, Reporter], Made]

TITLES = {"lock": "Pin the dependencies", "build": "Build the image", "rehearse": "Rehearse the service"}


class Bench:
    """A project with three stages. A test changes what they do, and lets a stage that holds go on."""

    def __init__(self, folder: Path) -> None:
        self.plan = folder / "sendoff.yaml"
        self.worked: list[str] = []
        self.work: dict[str, Work] = {}
        self.go = threading.Event()
        self.consents: list[bool] = []

    def stage(self, name: str) -> Stage[Any]:
        def work(road: Road, reporter: Reporter) -> Made:
            self.worked.append(name)
            return self.work.get(name, lambda road, reporter: Made(name))(road, reporter)

        return Stage(
            name=name,
            title=TITLES[name],
            work=work,
            note=lambda value: str(value.text),
            kinds=(Made,),
            key=lambda road: name,
        )

    def begin(self, plan_path: Path, consent: bool = False) -> Run:
        self.consents.append(consent)
        return Run(plan_path, until="rehearse", consent=consent, stages=[self.stage(name) for name in TITLES]).start()

    def ahead(self, _plan_path: Path) -> Sequence[tuple[str, str]]:
        return tuple(TITLES.items())

    def holding(self, *lines: str) -> Work:
        """A stage that writes the lines, then works until `go`, or until it is stopped."""

        def work(_road: Road, reporter: Reporter) -> Made:
            for line in lines:
                reporter.log(line)
            while not self.go.wait(0.01):
                reporter.check()
            return Made("held")

        return work

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
