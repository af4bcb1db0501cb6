"""The generated service in its container, beside a tutorial Flask service, a tutorial FastAPI service and a bare ASGI app."""

from __future__ import annotations

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker
import joblib
import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression

from tests.bench.rows import Row
from wizard.locking import Lock
from wizard.plan.plan import MIB
from wizard.run import Run, from_data
from wizard.run.journal import Ledger

HERE = Path(__file__).parent
SECONDS = int(os.environ.get("BENCH_SECONDS", "5"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
STARTS = int(os.environ.get("BENCH_STARTS", "5"))
PORT = 8080


@dataclass(frozen=True)
class Contender:
    """A service to measure: what to run and how."""

    name: str
    image: str
    command: list[str] | None = None
    volumes: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass
class Figures:
    """What was seen of one contender."""

    rps: dict[int, list[float]] = field(default_factory=dict)
    p50: dict[int, list[float]] = field(default_factory=dict)
    p99: dict[int, list[float]] = field(default_factory=dict)
    failed: int = 0
    start: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)

    def median(self, kind: str, connections: int) -> float:
        return statistics.median(getattr(self, kind)[connections])


def models() -> dict[str, tuple[Any, list[float]]]:
    """The two models with a row for each."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(5_000, 8))
    linear = LinearRegression().fit(x, x @ rng.normal(size=8) + rng.normal(size=5_000))
    z = rng.normal(size=(4_000, 20))
    classes = np.digitize(z[:, 0] + np.sin(2 * z[:, 1]) + rng.normal(size=4_000), [-0.7, 0.7])
    forest = RandomForestClassifier(100, random_state=0).fit(z, classes)
    return {"LinearRegression": (linear, x[0].round(3).tolist()), "RandomForest": (forest, z[0].round(3).tolist())}


def contenders(client: docker.DockerClient, folder: Path, name: str, model: Any) -> tuple[list[Contender], Run]:
    """Sendoff's image, made by the road itself, and the others with the same pins."""
    folder.mkdir()
    path = folder / "model.pkl"
    joblib.dump(model, path)
    sendoff = str(Path(sys.executable).with_name("sendoff"))
    subprocess.run([sendoff, "plan", str(path), "--yes", "--set", f"service.name=bench-{name.lower()}"], check=True)
    run = Run(folder / "sendoff.yaml", until="build").start()
    run.wait()
    if run.error is not None:
        raise run.error
    image = run.road.image
    assert image is not None, "the serving bars need a container engine"
    data = Ledger(run.project)._last["lock"]["value"]
    lock = from_data(Lock, data)
    pins = [f"{package}=={lock.version(package)}" for package in ("scikit-learn", "numpy", "scipy", "joblib")]
    found = [Contender("sendoff", image.id)]
    shutil.copy(HERE / "peers" / "bare" / "bare.py", folder / "bare.py")
    found.append(
        Contender(
            "bare",
            image.id,
            ["uvicorn", "--app-dir", "/bench", "bare:app", "--host", "0.0.0.0", "--port", str(PORT), "--no-access-log"],
            {str(folder): {"bind": "/bench", "mode": "ro"}},
        )
    )
    for peer, needs in (("flask", ["flask"]), ("fastapi", ["fastapi", "uvicorn[standard]"])):
        context = folder / peer
        shutil.copytree(HERE / "peers" / peer, context)
        shutil.copy(path, context / "model.pkl")
        (context / "requirements.txt").write_text("\n".join([*pins, *needs]) + "\n")
        tag = f"bench-{peer}:{name.lower()}"
        client.images.build(path=str(context), tag=tag, rm=True, forcerm=True)
        found.append(Contender(peer, tag))
    return found, run


@contextmanager
def running(client: docker.DockerClient, contender: Contender) -> Iterator[tuple[Any, float]]:
    """The contender in a container with one CPU, and the seconds to its first answer."""
    began = time.perf_counter()
    container = client.containers.run(
        contender.image,
        contender.command,
        detach=True,
        volumes=contender.volumes,
        environment={"PORT": str(PORT)},
        nano_cpus=1_000_000_000,
        cpuset_cpus="0",
        mem_limit=1024 * MIB,
        ports={f"{PORT}/tcp": ("127.0.0.1", None)},
    )
    try:
        yield container, began
    finally:
        container.remove(force=True)


def first_answer(container: Any, body: bytes, began: float) -> float:
    """Seconds from `docker run` to the first prediction."""
    container.reload()
    port = container.ports[f"{PORT}/tcp"][0]["HostPort"]
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/predict", data=body, headers={"Content-Type": "application/json"}
    )
    while True:
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                answer.read()
            return time.perf_counter() - began
        except (OSError, urllib.error.URLError):
            container.reload()
            if container.status == "exited":
                raise RuntimeError(container.logs().decode()[-2000:]) from None
            if time.perf_counter() - began > 60:
                raise
            time.sleep(0.01)


def resident(container: Any) -> float:
    """Resident megabytes of all its processes."""
    top = container.top(ps_args="-o pid,rss")
    return sum(int(row[1]) for row in top["Processes"]) / 1024


def load(container: Any, body: str, connections: int, seconds: int) -> tuple[float, float, float, int]:
    """Requests a second, p50 and p99 in ms, failures, as wrk sees them from the other core."""
    pid = container.attrs["State"]["Pid"]
    command = ["nsenter", "-n", "-t", str(pid), "taskset", "-c", "1", "wrk", "-t1", f"-c{connections}", f"-d{seconds}s"]
    command += ["--latency", "-s", str(HERE / "post.lua"), f"http://127.0.0.1:{PORT}/predict"]
    out = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, "SENDOFF_BODY": body}
    ).stdout
    rps = float(re.search(r"Requests/sec:\s*([\d.]+)", out)[1])  # type: ignore[index]
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    return rps, _milliseconds(out, "50%"), _milliseconds(out, "99%"), int(bad[1]) if bad else 0


def _milliseconds(out: str, percent: str) -> float:
    match = re.search(rf"{percent}\s+([\d.]+)(us|ms|s)", out)
    assert match is not None, out
    return float(match[1]) * {"us": 0.001, "ms": 1, "s": 1000}[match[2]]


def measure(client: docker.DockerClient, found: list[Contender], row: list[float]) -> dict[str, Figures]:
    """All contenders, in turn, several rounds."""
    figures = {contender.name: Figures() for contender in found}
    body = json.dumps({"features": row})
    for number in range(max(STARTS, ROUNDS)):
        for contender in found:
            seen = figures[contender.name]
            with running(client, contender) as (container, began):
                seen.start.append(first_answer(container, body.encode(), began))
                seen.memory.append(resident(container))
                if number >= ROUNDS:
                    continue
                for connections in (1, 32):
                    load(container, body, connections, 1)
                    rps, p50, p99, failed = load(container, body, connections, SECONDS)
                    seen.rps.setdefault(connections, []).append(rps)
                    seen.p50.setdefault(connections, []).append(p50)
                    seen.p99.setdefault(connections, []).append(p99)
                    seen.failed += failed
    return figures


def table(name: str, figures: dict[str, Figures]) -> str:
    lines = [
        f"**{name}**, medians of {ROUNDS} rounds of {SECONDS} s, {max(STARTS, ROUNDS)} starts:",
        "",
        "| | requests/s at 1 | p50 ms | requests/s at 32 | p50 ms | p99 ms | failed | start s | idle MB |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for who, seen in figures.items():
        lines.append(
            f"| {who} | {seen.median('rps', 1):.0f} | {seen.median('p50', 1):.2f} | {seen.median('rps', 32):.0f} | "
            f"{seen.median('p50', 32):.1f} | {seen.median('p99', 32):.1f} | {seen.failed} | "
            f"{statistics.median(seen.start):.2f} | {statistics.median(seen.memory):.0f} |"
        )
    return "\n".join(lines)


def bars(name: str, figures: dict[str, Figures]) -> list[Row]:
    ours, bare, flask = figures["sendoff"], figures["bare"], figures["flask"]
    over_flask = ours.median("rps", 32) / flask.median("rps", 32)
    rows: list[Row] = []
    if name == "LinearRegression":
        over_bare = ours.median("rps", 32) / bare.median("rps", 32)
        slower = ours.median("p50", 1) / bare.median("p50", 1)
        rows += [
            Row(f"{name}, 32 at a time, against Flask", f"{over_flask:.1f} ×", "at least 3 ×", over_flask >= 3),
            Row(f"{name}, 32 at a time, against bare", f"{over_bare:.2f} ×", "at least 0.85 ×", over_bare >= 0.85),
            Row(f"{name}, latency of one, against bare", f"{slower:.2f} ×", "at most 1.2 ×", slower <= 1.2),
        ]
    else:
        tail = ours.median("p99", 32) / flask.median("p99", 32)
        rows += [
            Row(f"{name}, 32 at a time, against Flask", f"{over_flask:.1f} ×", "at least 8 ×", over_flask >= 8),
            Row(f"{name}, p99 of 32 at a time, against Flask", f"{tail:.2f} ×", "below 0.25 ×", tail < 0.25),
        ]
    later = statistics.median(ours.start) - statistics.median(bare.start)
    heavier = statistics.median(ours.memory) / statistics.median(bare.memory)
    rows += [
        Row(f"{name}, start to first answer, after bare", f"{later:+.2f} s", "at most +0.3 s", later <= 0.3),
        Row(f"{name}, idle memory, against bare", f"{heavier:.2f} ×", "at most 1.15 ×", heavier <= 1.15),
    ]
    return rows


def image_size(client: docker.DockerClient, run: Run) -> Row:
    """The image beside its base, the installed wheels and their bytecode; test folders do not count as needed."""
    image = run.road.image
    assert image is not None
    script = (
        "import os, sys\n"
        "total = 0\n"
        "for top, _, names in os.walk('/venv'):\n"
        "    if '/tests' in top: continue\n"
        "    total += sum(os.lstat(os.path.join(top, n)).st_size for n in names)\n"
        "print(total)"
    )
    wheels = int(client.containers.run(image.id, ["python", "-c", script], remove=True))
    base = client.images.get(run.road.plan.image.base).attrs["Size"]
    model = Path(run.road.inspection.path).stat().st_size
    ratio = (image.size - model) / (base + wheels)
    parts = {"base": base, "wheels and bytecode": wheels, "model": model}
    listed = ", ".join(f"{name} {size / 1e6:.0f}" for name, size in parts.items())
    shown = f"{ratio:.3f} × ({image.size / 1e6:.0f} MB: {listed})"
    return Row(
        "Image without the model, against base + wheels + their bytecode", shown, "at most 1.05 ×", ratio <= 1.05
    )


def run() -> tuple[list[Row], str]:
    client = docker.from_env(timeout=600)
    rows: list[Row] = []
    tables: list[str] = []
    with tempfile.TemporaryDirectory(prefix="sendoff-bench-") as temporary:
        for name, (model, row) in models().items():
            found, road = contenders(client, Path(temporary) / name.lower(), name, model)
            figures = measure(client, found, row)
            rows += bars(name, figures)
            tables.append(table(name, figures))
            if name == "LinearRegression":
                rows.append(image_size(client, road))
    return rows, "\n\n".join(tables)
