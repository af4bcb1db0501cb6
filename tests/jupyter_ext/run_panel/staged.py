"""Real runs over cheap stages that a test steers, and a panel whose messages a test reads."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_ext.run_panel import RunPanel
from wizard.events import Reporter
from wizard.run import Run
from wizard.run.road import Road, Stage

TITLES = {"lock": "Pin the dependencies", "build": "Build the image", "release": "Release"}
WAIT = 20.0
"""Seconds anything may take: a deadline, not a pace."""


@dataclass(frozen=True)
class Made:
    """What these stages make. The last one's is a release, as far as a panel can tell."""

    text: str
    service: str = ""
    url: str = ""
    place: str = ""
    proof: str = ""
    call: str = ""
    undo: str = ""


RELEASED = Made(
    "released",
    service="housing",
    url="http://127.0.0.1:8080/",
    place="local, this machine",
    proof="It predicts what the model predicts on 8 rows.",
    call="curl http://127.0.0.1:8080/predict -d @request.json",
    undo="sendoff down housing",
)

Work = Callable[[Road, Reporter], Made]


class Bench:
    """A project with three stages. A test says what they do, and lets a stage that holds go on."""

    def __init__(self, folder: Path) -> None:
        self.plan = folder / "sendoff.yaml"
        self.work: dict[str, Work] = {"release": lambda road, reporter: RELEASED}
        self.go = threading.Event()
        self.consents: list[bool] = []

    def stage(self, name: str) -> Stage[Any]:
        def work(road: Road, reporter: Reporter) -> Made:
            return self.work[name](road, reporter) if name in self.work else Made(name)

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
        return Run(plan_path, until="release", consent=consent, stages=[self.stage(name) for name in TITLES]).start()

    def run(self) -> Run:
        return self.begin(self.plan)

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


class HeardPanel(RunPanel):
    """Its messages go to the test in place of a kernel's pages."""

    def __init__(self, *given: Any, **named: Any) -> None:
        self.said: queue.Queue[dict[str, Any]] = queue.Queue()
        super().__init__(*given, **named)

    def send(self, content: Any, buffers: Any = None) -> None:
        self.said.put(content)

    def hear(self, kind: str, **what: Any) -> None:
        """A page says something; by default of the run that is shown."""
        data = {"method": "custom", "content": {"kind": kind, "run": self._watched.number, **what}}
        self._handle_msg({"content": {"data": data}, "buffers": []})

    def told(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The next message that is as wanted; those before it are passed over."""
        end = time.monotonic() + WAIT
        while True:
            message = self.said.get(timeout=max(0.01, end - time.monotonic()))
            if wanted(message):
                return message
