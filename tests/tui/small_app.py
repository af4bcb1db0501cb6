"""The app on the small way."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from tests.steps.small_way import SmallWay
from tui.app import Opening, SendoffApp
from wizard.steps.deploy import Deploy


class SmallApp(SendoffApp):
    """Opens with the small way; starts no run, but tells that it would."""

    def __init__(self, way: SmallWay) -> None:
        super().__init__(opening=Opening(), folder=way.folder)
        self.way = way
        self.started: list[Path] = []

    def show_home(self) -> None:
        self.open_wizard(cast(Deploy, self.way))

    def start_run(self, plan_path: Path, *, redo: frozenset[str] = frozenset(), consent: bool = False) -> None:
        self.started.append(plan_path)
