"""How quickly the command answers."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

from tests.bench.rows import Row

RUNS = 15


def seconds(command: list[str]) -> list[float]:
    """Wall times of several runs in fresh processes, after one that warms the file cache."""
    times: list[float] = []
    for _ in range(RUNS + 1):
        began = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - began)
    return times[1:]


def run() -> tuple[list[Row], str]:
    sendoff = str(Path(sys.executable).with_name("sendoff"))
    bare = statistics.median(seconds([sys.executable, "-c", "pass"]))
    measured = {name: seconds([sendoff, *name.split()[1:]]) for name in ("sendoff --help", "sendoff --version")}
    help_time = statistics.median(measured["sendoff --help"])
    rows = [Row("`sendoff --help`", f"{help_time:.2f} s", "under 0.3 s", help_time < 0.3)]
    lines = ["| command | median | slowest |", "|---|---|---|", f"| an empty Python program | {bare:.3f} s | |"]
    lines += [f"| `{name}` | {statistics.median(t):.3f} s | {max(t):.3f} s |" for name, t in measured.items()]
    return rows, "\n".join(lines)
