"""A run whose build floods: 2,000 lines a second for a while, then the rest as fast as a pipe gives them.

    python -m tests.bench.flood FOLDER SECONDS [--screen]

With `--screen` the product's run screen shows it; without, nobody looks. What it cost goes to FOLDER/cost.json.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wizard.events import Reporter
from wizard.run import Run
from wizard.run.road import Road, Stage

RATE = 2_000
LINES = 200_000
_TICKS = 100
"""Bursts a second: output of a build comes in pieces."""


@dataclass(frozen=True)
class Built:
    lines: int


def line(number: int) -> str:
    """As long as a line of pip's or apt's."""
    return f"#{number:06d}# Collecting scikit-learn=={number % 9}.{number % 7} (from -r requirements.txt (line {number % 40}))"


class Flood:
    """What the build stage does, and what it saw."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.began = 0.0
        self.cpu = 0.0
        self.steady = False
        self.rss = 0.0
        """MB before the first line."""

    def work(self, _road: Road, reporter: Reporter) -> Built:
        per_tick = RATE // _TICKS
        number = 0
        self.rss = rss_mb()
        self.began, cpu = time.time(), time.process_time()
        self.steady = True
        for tick in range(int(self.seconds * _TICKS)):
            for _ in range(per_tick):
                reporter.log(line(number))
                number += 1
            reporter.progress(number, LINES, unit="lines")
            time.sleep(max(0.0, self.began + (tick + 1) / _TICKS - time.time()))
        self.cpu = time.process_time() - cpu
        self.steady = False
        while number < LINES:
            for _ in range(per_tick * 10):
                reporter.log(line(number))
                number += 1
            time.sleep(1 / _TICKS)
        time.sleep(0.5)
        return Built(number)


def stage(flood: Flood) -> Stage[Any]:
    return Stage(name="build", title="Build the image", work=flood.work, note=lambda built: f"{built.lines} lines")


def rss_mb() -> float:
    """What the process has in memory now."""
    text = Path("/proc/self/status").read_text()
    return int(text.split("VmRSS:")[1].split()[0]) / 1024


def main() -> None:
    folder, seconds = Path(sys.argv[1]), float(sys.argv[2])
    flood = Flood(seconds)
    lags: list[float] = []

    def begin() -> Run:
        import wizard.plan.plan  # noqa: F401  # what reads a plan is in memory before a run begins, as in the app

        return Run(folder / "sendoff.yaml", until="build", stages=[stage(flood)]).start()

    if "--screen" in sys.argv:
        show(begin, flood, lags)
    else:
        begin().wait()
    cost = {
        "cpu": flood.cpu,
        "began": flood.began,
        "lags": lags,
        "rss_before": flood.rss,
        "rss": rss_mb(),
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    (folder / "cost.json").write_text(json.dumps(cost))


def show(begin: Any, flood: Flood, lags: list[float]) -> None:
    """The run screen in the product's own app, which ends with the run."""
    from tui.app import SendoffApp
    from tui.screens.run import RunScreen

    class App(SendoffApp):
        def show_home(self) -> None:
            run = begin()
            self.push_screen(RunScreen(run, ahead=lambda _path: [("build", "Build the image")]))
            self.set_interval(0.1, lambda: self.exit() if run.wait(0) is not None else None)
            self.watching = asyncio.create_task(self.watch_loop())

        async def watch_loop(self) -> None:
            """How late the loop comes back to one who asked for 20 ms."""
            while True:
                asked = time.perf_counter()
                await asyncio.sleep(0.02)
                if flood.steady:
                    lags.append(time.perf_counter() - asked - 0.02)

    App().run()


if __name__ == "__main__":
    main()
