"""The terminal wizard: a build that floods, the first paint, how soon a key is seen, and a folder of ten thousand files."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.bench.flood import LINES, RATE
from tests.bench.journals import lines_in_order
from tests.bench.pty_program import PtyProgram
from tests.bench.rows import Row
from tests.bench.watched_screen import WatchedScreen
from wizard.run.run_summary import summary_of

ROOT = Path(__file__).parents[2]
SENDOFF = str(Path(sys.executable).with_name("sendoff"))
SECONDS = float(os.environ.get("BENCH_FLOOD_SECONDS", "15"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))

_EMPTY = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("ready")
Empty().run()
"""


def run() -> tuple[list[Row], str]:
    flood, flood_table = flooding()
    paint, paint_table = first_paint()
    keys, keys_table = key_to_screen()
    return [*flood, paint, keys, *many_files()], "\n\n".join([flood_table, paint_table, keys_table])


def p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)] if values else float("inf")


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "SENDOFF_HOME": str(folder / "home"), "PYTHONPATH": str(ROOT)}


# --- a build that floods -------------------------------------------------------------------------------------


def flooding() -> tuple[list[Row], str]:
    """2,000 lines a second for a while, then 200,000 in all; with the run screen, and with nobody looking."""
    rounds = []
    for _ in range(ROUNDS):
        alone = flood(screen=False)
        shown = flood(screen=True)
        cpu = (shown["cpu"] - alone["cpu"]) / SECONDS
        rounds.append(
            (
                cpu,
                p95(shown["lags"]),
                p95(shown["ages"]),
                shown["rss"],
                shown["kept"],
                alone["cpu"] / SECONDS,
                shown["told"],
            )
        )
    table = [
        "| round | CPU of the run alone | beyond it, with the screen | loop lag p95 | newest line's age p95 | memory after "
        f"{LINES:,} lines | lines in the journal | its end found in |",
        "|---|---|---|---|---|---|---|---|",
    ]
    table += [
        f"| {number} | {own:.1%} | {cpu:.1%} | {lag * 1000:.0f} ms | {age * 1000:.0f} ms | {rss:.0f} MB | {kept:,} "
        f"| {told * 1000:.0f} ms |"
        for number, (cpu, lag, age, rss, kept, own, told) in enumerate(rounds, 1)
    ]
    cpu, lag, age, rss, kept, _, told = (statistics.median(column) for column in zip(*rounds, strict=True))
    what = f"{RATE:,} lines/s of build output"
    return [
        Row(f"{what}: CPU of the screen, beyond the run's own", f"{cpu:.0%} of a core", "under 25 %", cpu < 0.25),
        Row(f"{what}: event loop late, p95", f"{lag * 1000:.0f} ms", "under 150 ms", lag < 0.15),
        Row(f"{what}: age of the newest line on the screen, p95", f"{age * 1000:.0f} ms", "under 250 ms", age < 0.25),
        Row(
            f"memory after {LINES:,} lines, the whole program, what reads a plan in it",
            f"{rss:.0f} MB",
            "under 60 MB",
            rss < 60,
        ),
        Row("lines of them in the journal, in order", f"{kept:,.0f}", f"all {LINES:,}", kept == LINES),
        Row("how that run ended, found in its journal", f"{told * 1000:.0f} ms", "under 50 ms", told < 0.05),
    ], "\n".join(table)


def flood(screen: bool) -> dict[str, Any]:
    """One such run; with the screen in a terminal of 120 by 40, read as it paints."""
    with tempfile.TemporaryDirectory(prefix="sendoff-bench-") as name:
        folder = Path(name)
        command = [sys.executable, "-m", "tests.bench.flood", name, str(SECONDS)]
        seen: list[tuple[float, int]] = []
        if screen:
            with PtyProgram([*command, "--screen"], environment(folder)) as program:
                tail = b""
                for at, data in program.read(30):
                    tail += data
                    if numbers := re.findall(rb"#(\d{6})#", tail):
                        seen.append((at, max(map(int, numbers))))
                    tail = tail[-8:]
                program.process.wait(30)
        else:
            subprocess.run(command, check=True, env=environment(folder), cwd=ROOT)
        cost: dict[str, Any] = json.loads((folder / "cost.json").read_text())
        cost["ages"] = ages(seen, cost["began"])
        cost["kept"] = lines_in_order(folder)
        cost["told"] = told_in(folder)
        return cost


def ages(seen: list[tuple[float, int]], began: float) -> list[float]:
    """How old the newest line in sight was, looked at every 10 ms: just before it is painted over it is oldest."""
    found: list[float] = []
    newest, after = -1, 0
    moment = began + 0.5
    while moment < began + SECONDS:
        while after < len(seen) and seen[after][0] <= moment:
            newest = max(newest, seen[after][1])
            after += 1
        written = int((moment - began) * RATE)
        found.append(max(0.0, (written - newest) / RATE))
        moment += 0.01
    return found


def told_in(folder: Path) -> float:
    """Seconds until it is known from the run's journal how it ended."""
    (journal,) = (folder / ".sendoff" / "journal").glob("*.jsonl")
    began = time.perf_counter()
    assert summary_of(journal) is not None
    return time.perf_counter() - began


# --- first paint ---------------------------------------------------------------------------------------------


def first_paint() -> tuple[Row, str]:
    """`sendoff` and an empty Textual app, in turn."""
    times: dict[str, list[float]] = {"an empty Textual app": [], "sendoff": []}
    with tempfile.TemporaryDirectory(prefix="sendoff-bench-") as name:
        for number in range(7 + 1):
            for what, command in (("an empty Textual app", [sys.executable, "-c", _EMPTY]), ("sendoff", [SENDOFF])):
                with PtyProgram(command, environment(Path(name))) as program:
                    took = program.first_paint()
                if number:  # the first one warms the file cache
                    times[what].append(took)
    medians = {what: statistics.median(values) for what, values in times.items()}
    more = medians["sendoff"] - medians["an empty Textual app"]
    table = ["| from start to first paint | median | slowest |", "|---|---|---|"]
    table += [f"| {what} | {medians[what]:.2f} s | {max(values):.2f} s |" for what, values in times.items()]
    return Row(
        "`sendoff` to its first paint, beyond an empty Textual app", f"{more:.2f} s", "at most 0.5 s", more <= 0.5
    ), "\n".join(table)


# --- from a key to the screen --------------------------------------------------------------------------------

_TYPE = ((b"x",) * 20 + (b"\x7f",) * 20) * 3
_TAB = (b"\t",) * 120
_NOW_AND_THEN = 6
"""Before every so many keys the typing pauses long enough for whatever is slow to have begun."""
_PAUSE = 0.4

_END = b"\x1b[F"
"""A field that comes into focus is selected whole: the End key puts the cursor behind it."""

_STEPS: tuple[tuple[str, bytes, tuple[bytes, ...]], ...] = (
    ("Model", _END, _TYPE),  # each key has the file looked for and read anew
    ("Serving", b"", _TAB),
    ("Image", _END, _TYPE),  # each key has the packages resolved anew for another Python
    ("Where to", b"", _TAB),
    ("Settings", _END, _TYPE),
    ("Review", b"", _TAB),
)
"""Title of a step, what is pressed first, and the keys that are measured there. What is typed is taken back."""


_ONE_LINE = """
from textual.app import App
from textual.widgets import Input
class OneLine(App):
    def compose(self):
        yield Input("ready")
OneLine().run()
"""
_ALONE = "a line to type in, alone in a Textual app"


def press(screen: WatchedScreen, keys: tuple[bytes, ...]) -> list[float]:
    seen = []
    for number, key in enumerate(keys):
        if number % _NOW_AND_THEN == 0:
            time.sleep(_PAUSE)
        seen.append(screen.painted_after(key))
    return seen


def key_to_screen() -> tuple[Row, str]:
    """The wizard on a model, walked from step to step: from each key to what it paints. Beside it, in the same run, the least
    that Textual can do."""
    times: dict[str, list[float]] = {}
    with (
        tempfile.TemporaryDirectory(prefix="sendoff-bench-") as name,
        PtyProgram([sys.executable, "-c", _ONE_LINE], environment(Path(name))) as program,
    ):
        screen = WatchedScreen(program)
        screen.wait_for("ready")
        alone = press(screen, _TYPE)
    with tempfile.TemporaryDirectory(prefix="sendoff-bench-") as name:
        folder = Path(name)
        shutil.copy(ROOT / "examples" / "housing" / "model.pkl", folder)
        with PtyProgram([SENDOFF, str(folder / "model.pkl")], environment(folder)) as program:
            screen = WatchedScreen(program)
            for title, before, keys in _STEPS:
                screen.wait_for(f"● {title}")
                screen.settle()
                if before:
                    program.write(before)
                times[title] = press(screen, keys)
                screen.settle()
                program.write(b"\x1bOQ")  # F2: next
    table = ["| step | keys | median | p95 | slowest |", "|---|---|---|---|---|"]
    table += [
        f"| {title} | {len(seen)} | {statistics.median(seen) * 1000:.0f} ms | {p95(seen) * 1000:.0f} ms "
        f"| {max(seen) * 1000:.0f} ms |"
        for title, seen in (*times.items(), (_ALONE, alone))
    ]
    worst = max(times, key=lambda title: p95(times[title]))
    return Row(
        "from a key to the screen, p95, on the slowest step, while things are looked up",
        f"{p95(times[worst]) * 1000:.0f} ms ({worst}; alone in a Textual app: {p95(alone) * 1000:.0f} ms)",
        "under 50 ms",
        p95(times[worst]) < 0.05,
    ), "\n".join(table)


# --- a folder of ten thousand files ---------------------------------------------------------------------------


def many_files() -> list[Row]:
    """The picker opens the folder, and the cursor moves in it."""
    opened, moved = asyncio.run(_many_files())
    return [
        Row("a folder of 10,000 files opens", f"{opened * 1000:.0f} ms", "under 500 ms", opened < 0.5),
        Row("a move in it until its rows are drawn, p95", f"{moved * 1000:.0f} ms", "under 50 ms", moved < 0.05),
    ]


async def _many_files() -> tuple[float, float]:
    """Seconds; each the median, or p95, without a terminal: what the terminal adds is in the figures above."""
    from textual.events import Key

    from tui.app import SendoffApp
    from tui.screens.picker import PickerScreen
    from tui.widgets.file_list import FileList

    with tempfile.TemporaryDirectory(prefix="sendoff-bench-") as name:
        folder = Path(name) / "many"
        folder.mkdir()
        for number in range(10_000):
            (folder / f"model-{number:05}.pkl").touch()
        app = SendoffApp(folder=Path(name))
        openings, moves = [], []
        async with app.run_test(size=(120, 40)):
            for _ in range(ROUNDS):
                picker = PickerScreen(folder)
                began = time.perf_counter()
                await app.push_screen(picker)
                files = picker.query_one(FileList)
                while files.current is None:
                    await asyncio.sleep(0.001)
                openings.append(time.perf_counter() - began)
                for key in ["down"] * 20 + ["pagedown"] * 10 + ["up", "ctrl+end"]:
                    before, drawn, began = files.cursor, asyncio.Event(), time.perf_counter()
                    app.post_message(Key(key, None))
                    while files.cursor == before:
                        await asyncio.sleep(0)
                    files.call_after_refresh(drawn.set)
                    await drawn.wait()
                    moves.append(time.perf_counter() - began)
                picker.dismiss(None)
    return statistics.median(openings), p95(moves)
