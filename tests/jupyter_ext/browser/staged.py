"""In a kernel: a real run of a wizard's plan over stages that a test's cells let go on, in place of minutes of building."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from jupyter_ext import Wizard
from jupyter_ext.opening.unattended import write_plan
from wizard.events import Reporter
from wizard.run import Run
from wizard.run.road import Road, Stage

TITLES = {"lock": "Pin the dependencies", "build": "Build the image", "rehearse": "Rehearse the service"}
FIRST_LINES = 500
_BETWEEN = 0.02
"""Seconds between two lines of a build that goes on."""


@dataclass(frozen=True)
class Made:
    text: str


class Staged:
    """The run, which the wizard shows; its build writes lines until `go` is set or it is stopped."""

    def __init__(self, wizard: Wizard) -> None:
        self.go = threading.Event()
        self.run = Run(write_plan(wizard.deploy), until="rehearse", stages=[self._stage(name) for name in TITLES])
        wizard.watch(self.run)
        self.run.start()

    def _stage(self, name: str) -> Stage[Any]:
        def work(_road: Road, reporter: Reporter) -> Made:
            if name == "build":
                self._build(reporter)
            return Made(name)

        return Stage(
            name=name,
            title=TITLES[name],
            work=work,
            note=lambda value: str(value.text),
            kinds=(Made,),
            key=lambda _: name,
        )

    def _build(self, reporter: Reporter) -> None:
        for number in range(FIRST_LINES):
            reporter.log(f"#{number:06d}# a line of the build")
        number = FIRST_LINES
        while not self.go.wait(_BETWEEN):
            reporter.log(f"#{number:06d}# a line of the build")
            reporter.check()
            number += 1
