"""Real runs over cheap stages that a test steers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wizard.errors import SendoffError
from wizard.events import Reporter
from wizard.run import Run
from wizard.run.road import Road, Stage

TITLES = {"lock": "Pin the dependencies", "build": "Build the image", "rehearse": "Rehearse the service"}


@dataclass(frozen=True)
class Made:
    """What these stages make. The last one's may be a release, as far as anybody who shows it can tell."""

    text: str
    service: str = ""
    url: str = ""
    place: str = ""
    proof: str = ""
    call: str = ""
    undo: str = ""


Work = Callable[[Road, Reporter], Made]


def failing(error: SendoffError, *lines: str) -> Work:
    """A stage that writes the lines and fails."""

    def work(_road: Road, reporter: Reporter) -> Made:
        for line in lines:
            reporter.log(line)
        raise error

    return work


class Bench:
    """A project with three stages. A test says what they do, and lets a stage that holds go on."""

    titles: Mapping[str, str] = TITLES
    """Stage → what it does, in order; a run goes to the last."""

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
            title=self.titles[name],
            work=work,
            note=lambda value: str(value.text),
            kinds=(Made,),
            key=lambda road: name,
        )

    def begin(self, plan_path: Path, consent: bool = False) -> Run:
        self.consents.append(consent)
        return Run(
            plan_path, until=list(self.titles)[-1], consent=consent, stages=[self.stage(name) for name in self.titles]
        ).start()

    def ahead(self, _plan_path: Path) -> Sequence[tuple[str, str]]:
        return tuple(self.titles.items())

    def holding(self, *lines: str) -> Work:
        """A stage that writes the lines, then works until `go`, or until it is stopped."""

        def work(_road: Road, reporter: Reporter) -> Made:
            for line in lines:
                reporter.log(line)
            while not self.go.wait(0.01):
                reporter.check()
            return Made("held")

        return work
