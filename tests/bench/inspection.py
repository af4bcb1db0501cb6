"""How quickly a 500 MB forest is inspected, and with how much memory: each measured in a fresh process.

The files are made once and kept under ${SENDOFF_CACHE:-~/.cache/sendoff-ci}. Beside each compressed file stands plain
inflating of the same bytes, which is the floor.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from tests.bench.rows import Row

CACHE = Path(os.environ.get("SENDOFF_CACHE", Path.home() / ".cache" / "sendoff-ci"))
SIZE = 500_000_000
RUNS = 5
SECONDS, MEGABYTES = 1.0, 80
BEYOND_INFLATING = 0.25
"""Seconds a compressed file may take beyond inflating it: the description, and what the SHA-256, which runs beside it on the
second core, needs longer. They do not grow with the inflated size."""

_MAKE = """
import sys
from pathlib import Path
import joblib
import numpy as np
from sklearn.ensemble import RandomForestRegressor

folder, size = Path(sys.argv[1]), int(sys.argv[2])
random = np.random.RandomState(0)
rows = random.rand(60_000, 10)
forest = RandomForestRegressor(4, random_state=0).fit(rows, rows @ random.rand(10) + random.rand(60_000))
probe = folder / "probe.part"
joblib.dump(forest, probe)
each = probe.stat().st_size // 4
probe.unlink()
forest.set_params(n_estimators=size // each + 1, warm_start=True).fit(rows, rows @ random.rand(10) + random.rand(60_000))
for name, compress in (("forest.joblib", 0), ("forest-zlib.joblib", ("zlib", 3)), ("forest-lz4.joblib", ("lz4", 3))):
    part = folder / (name + ".part")
    joblib.dump(forest, part, compress=compress)
    part.rename(folder / name)
"""

_MAKE_SMALL = """
import sys
import joblib
from sklearn.linear_model import LinearRegression
joblib.dump(LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0]), sys.argv[1])
"""

_INFLATE = """
import sys
if "zlib" in sys.argv[1]:
    import zlib
    decoder = zlib.decompressobj()
else:
    import lz4.frame
    decoder = lz4.frame.LZ4FrameDecompressor()
with open(sys.argv[1], "rb", buffering=0) as stream:
    while piece := stream.read(1 << 17):
        decoder.decompress(piece)
"""


def files() -> dict[str, Path]:
    """The three forests, made if they are not there."""
    folder = CACHE / "bench-forest"
    folder.mkdir(parents=True, exist_ok=True)
    found = {
        kind: folder / name
        for kind, name in (("plain", "forest.joblib"), ("zlib", "forest-zlib.joblib"), ("lz4", "forest-lz4.joblib"))
    }
    if not all(path.exists() for path in found.values()):
        subprocess.run([sys.executable, "-c", _MAKE, str(folder), str(SIZE)], check=True)
    return found


def measured(command: list[str]) -> dict[str, float]:
    """The best of several runs in fresh processes, the file in the page cache: seconds, CPU seconds, peak MB."""
    runs = []
    for _ in range(RUNS):
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"{command} ended with {process.returncode}")
        wall = time.perf_counter() - began
        runs.append({"wall": wall, "cpu": used.ru_utime + used.ru_stime, "rss": used.ru_maxrss / 1024})
    return min(runs, key=lambda run: run["wall"])


def run() -> tuple[list[Row], str]:
    """The bars, and the raw figures beside them."""
    sendoff = str(Path(sys.executable).with_name("sendoff"))
    paths = files()
    little = small_model()
    small = measured([sendoff, "inspect", str(little)])
    plain = measured([sendoff, "inspect", str(paths["plain"])])
    lines = [
        "Whole processes, the command's own start included; the best of "
        f"{RUNS} runs, the file in the page cache. Inflating alone is done in a bare Python process.",
        "",
        "| `sendoff inspect` of | on disk | seconds | CPU s | peak MB | inflating alone |",
        "|---|---|---|---|---|---|",
        _line("a small model", little, small),
        _line("a plain joblib forest", paths["plain"], plain),
    ]
    rows = [
        Row(
            f"`sendoff inspect` of a plain {paths['plain'].stat().st_size / 1e6:.0f} MB joblib forest",
            f"{plain['wall']:.2f} s, {plain['rss']:.0f} MB",
            f"under {SECONDS:.0f} s and {MEGABYTES} MB",
            plain["wall"] < SECONDS and plain["rss"] < MEGABYTES,
        )
    ]
    for kind in ("zlib", "lz4"):
        found = measured([sendoff, "inspect", str(paths[kind])])
        floor = measured([sys.executable, "-c", _INFLATE, str(paths[kind])])
        beyond = found["wall"] - small["wall"]
        lines.append(_line(f"it compressed with {kind}", paths[kind], found, f"{floor['wall']:.2f} s"))
        rows.append(
            Row(
                f"the same compressed with {kind}, beyond a small model",
                f"{beyond:.2f} s, {found['rss']:.0f} MB",
                f"the speed of inflating it ({floor['wall']:.2f} s in a bare process), at most {BEYOND_INFLATING} s more",
                beyond <= floor["wall"] + BEYOND_INFLATING and found["rss"] < MEGABYTES,
            )
        )
    return rows, "\n".join(lines)


def _line(what: str, path: Path, seen: dict[str, float], inflating: str = "") -> str:
    size = path.stat().st_size / 1e6
    return f"| {what} | {size:.1f} MB | {seen['wall']:.2f} | {seen['cpu']:.2f} | {seen['rss']:.0f} | {inflating} |"


def small_model() -> Path:
    """A linear model of a kilobyte: what is left is the command's own start. Made elsewhere, to keep this process small."""
    path = CACHE / "bench-forest" / "small.joblib"
    subprocess.run([sys.executable, "-c", _MAKE_SMALL, str(path)], check=True)
    return path
