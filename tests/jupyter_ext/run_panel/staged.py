"""Runs to a release, and a panel whose messages a test reads."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jupyter_ext.run_panel import RunPanel
from tests.run import staged
from tests.run.staged import Made
from wizard.run import Run

TITLES = {"lock": "Pin the dependencies", "build": "Build the image", "release": "Release"}
WAIT = 20.0
"""Seconds anything may take: a deadline, not a pace."""

RELEASED = Made(
    "released",
    service="housing",
    url="http://127.0.0.1:8080/",
    place="local, this machine",
    proof="It predicts what the model predicts on 8 rows.",
    call="curl http://127.0.0.1:8080/predict -d @request.json",
    undo="sendoff down housing",
)


class Bench(staged.Bench):
    """Its last stage is a release."""

    titles: Mapping[str, str] = TITLES

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.work["release"] = lambda road, reporter: RELEASED

    def run(self) -> Run:
        return self.begin(self.plan)


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
