"""What the engine says while it builds, made into progress, clean lines and, at the end, an image or an error."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from typing import Any

from wizard.events import Reporter

_KEPT = 30
_STEP = re.compile(r"^Step (\d+)/(\d+) : (.*)$")
_RUNNING = re.compile(r"^ ?---> Running in ([0-9a-f]{12,64})$")
_NOISE = re.compile(
    r"^( ?---> [0-9a-f]{12,64}|Removing intermediate container [0-9a-f]+|Successfully (built|tagged) .*)$"
)
# CSI and OSC sequences, and other two-character escapes.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def clean(line: str) -> str:
    """A line as it stands on the screen in the end: no colours, and of a line that was overwritten the last state."""
    plain = _ESCAPES.sub("", line)
    last = next((part for part in reversed(plain.split("\r")) if part.strip()), "")
    return _CONTROL.sub("", last).rstrip()


class BuildStream:
    """Fed with the engine's messages one by one; its attributes say where the build stands."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._rest = ""
        self._layers: dict[str, tuple[int, int]] = {}
        self._pulling = ""
        self.image = ""
        """Id of the last image made: of the result, once the build has ended well."""
        self.error = ""
        """The engine's message where the build failed."""
        self.code: int | None = None
        """Exit code of the command that failed."""
        self.step = 0
        self.steps = 0
        self.instruction = ""
        """The Dockerfile's instruction under way."""
        self.container = ""
        """The container that instruction runs in."""
        self.lines: deque[str] = deque(maxlen=_KEPT)
        """The last lines the instruction put out."""
        self.finished = False
        """The engine said that the whole build is done."""

    def feed(self, message: Mapping[str, Any]) -> None:
        """Take one message."""
        if "stream" in message:
            *whole, self._rest = (self._rest + message["stream"]).split("\n")
            for line in whole:
                self._line(line)
        elif "error" in message or "errorDetail" in message:
            self.close()
            detail = message.get("errorDetail") or {}
            self.error = clean(str(detail.get("message") or message.get("error")))
            self.code = detail.get("code")
        elif "aux" in message:
            self.image = (message["aux"] or {}).get("ID", self.image)
        elif "status" in message:
            self._pull(message)

    def close(self) -> None:
        """No more messages come: an unfinished line is one."""
        if self._rest:
            self._line(self._rest)
            self._rest = ""

    def _line(self, raw: str) -> None:
        line = clean(raw)
        if not line:
            return
        if step := _STEP.match(line):
            self.step, self.steps, self.instruction = int(step[1]), int(step[2]), step[3]
            self.lines.clear()
            self.container = ""
            self._reporter.progress(self.step - 1, self.steps, unit="steps", what=line)
        elif running := _RUNNING.match(line):
            self.container = running[1]
            return
        elif _NOISE.match(line):
            if line.startswith("Removing"):
                self.container = ""
            elif line.startswith("Successfully built"):
                self.finished = True
                self._reporter.progress(self.steps, self.steps, unit="steps", what="built")
            return
        else:
            self.lines.append(line)
        self._reporter.log(line)

    def _pull(self, message: Mapping[str, Any]) -> None:
        status, layer = str(message["status"]), str(message.get("id", ""))
        detail = message.get("progressDetail") or {}
        if status.startswith("Pulling from"):
            self._pulling = f"{status.removeprefix('Pulling from ')}:{layer}"
            self._reporter.log(f"Pulling {self._pulling}")
        elif status == "Downloading" and detail.get("total"):
            self._layers[layer] = (int(detail["current"]), int(detail["total"]))
        elif status in ("Download complete", "Pull complete") and layer in self._layers:
            total = self._layers[layer][1]
            self._layers[layer] = (total, total)
        elif status.startswith(("Digest:", "Status:")):
            self._reporter.log(clean(status))
            return
        if self._layers:
            done, total = (sum(column) for column in zip(*self._layers.values(), strict=True))
            self._reporter.progress(done, total, unit="bytes", what=f"pulling {self._pulling}")
