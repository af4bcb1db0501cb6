"""A release to the local Cloud Run, many releases at once, and what its gateway costs a request."""

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
from pathlib import Path
from typing import Any

from tests.bench.rows import Row
from wizard.runtimes.ports import free_port

SENDOFF = str(Path(sys.executable).with_name("sendoff"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "5"))
TRAIN = Path(__file__).parents[2] / "examples" / "housing" / "train.py"


class Desk:
    """A folder with the housing model, and a local Cloud Run over the engine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "SENDOFF_HOME": str(folder / "home")}
        shutil.copy(TRAIN, folder / "train.py")
        subprocess.run([sys.executable, "train.py"], cwd=folder, check=True, stdout=subprocess.DEVNULL)

    def run(self, *arguments: str) -> list[dict[str, Any]]:
        done = subprocess.run(
            [SENDOFF, *arguments, "--json"], cwd=self.folder, env=self.environment, capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(done.stdout[-2000:] + done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def seconds_to_traffic(self) -> tuple[float, dict[str, Any]]:
        """From the start of `sendoff up` to the moment the new revision has the traffic, by the run's own journal, which a
        display may lag behind; and what the run ended with."""
        began = time.time()
        result = self.run("up", "sendoff.yaml")[-1]["result"]
        journal = max((self.folder / ".sendoff" / "journal").glob("*.jsonl"))
        events = [json.loads(line) for line in journal.read_text().splitlines()]
        moved = next(one["at"] for one in events if str(one.get("text", "")).startswith("routing: done"))
        return moved - began, result


def run() -> tuple[list[Row], str]:
    up, up_table = overhead_of_up()
    many, many_table = thirty_at_once()
    gateway, gateway_table = gateway_cost()
    return [up, *many, *gateway], "\n\n".join([up_table, many_table, gateway_table])


# --- `sendoff up` --------------------------------------------------------------------------------------------


def overhead_of_up() -> tuple[Row, str]:
    """`sendoff up` with the image built, rehearsed and pushed: wall time less the container's start and health probing."""
    own: list[float] = []
    table = ["| round | `sendoff up` | container start to healthy | our own |", "|---|---|---|---|"]
    with tempfile.TemporaryDirectory(prefix="sendoff-bench-") as name:
        desk = Desk(Path(name))
        (workshop,) = desk.run("workshop", "up", "--runtime", "engine", "--port", str(free_port()))
        try:
            settings = ["--target", "workshop", "--set", "service.name=bench-cloud", "--yes"]
            desk.run("up", "model.pkl", *settings)
            plan = desk.folder / "sendoff.yaml"
            for number in range(ROUNDS):
                # Another setting of the service alone: a new revision of the same image.
                text = re.sub(r"max_instances: \d+", f"max_instances: {number + 5}", plan.read_text())
                plan.write_text(text)
                desk.run("push", "sendoff.yaml")
                wall, result = desk.seconds_to_traffic()
                start = container_seconds(workshop["grpc"], result["handle"], result["revision"])
                own.append(wall - start)
                table.append(f"| {number + 1} | {wall:.2f} s | {start:.2f} s | {own[-1]:.2f} s |")
            desk.run("down", "bench-cloud", "--yes")
        finally:
            desk.run("workshop", "down")
    best = statistics.median(own)
    return Row(
        "`sendoff up`, image built: our own time beyond container start and health",
        f"{best:.2f} s",
        "under 2 s",
        best < 2,
    ), "\n".join(table)


def container_seconds(grpc_address: str, service: str, revision: str) -> float:
    """From the moment a revision's container was begun to the moment its probe passed, as its conditions tell."""
    import grpc
    from google.cloud import run_v2
    from google.cloud.run_v2.services.revisions.transports import RevisionsGrpcTransport

    channel = grpc.insecure_channel(grpc_address)
    client = run_v2.RevisionsClient(transport=RevisionsGrpcTransport(channel=channel))
    found = client.get_revision(name=f"{service}/revisions/{revision}")
    moments = {one.type_: one.last_transition_time.timestamp() for one in found.conditions}
    channel.close()
    return float(moments["ContainerHealthy"] - moments["ContainerReady"])


# --- many at once --------------------------------------------------------------------------------------------

_MANY = """
import resource, sys, threading, time, json
import grpc
from google.cloud import run_v2
from google.cloud.run_v2.services.services.transports import ServicesGrpcTransport
from wizard.workshop.workshop import Workshop
with Workshop(sys.argv[1], "fake") as workshop:
    channel = grpc.insecure_channel(workshop.addresses.grpc)
    client = run_v2.ServicesClient(transport=ServicesGrpcTransport(channel=channel))
    template = run_v2.RevisionTemplate(containers=[run_v2.Container(image="us-docker.pkg.dev/p/r/i:1")])
    began = time.perf_counter()
    operations = [
        client.create_service(
            parent="projects/demo-project/locations/us-central1", service=run_v2.Service(template=template),
            service_id=f"learner-{number:02d}",
        )
        for number in range(30)
    ]
    ready = [operation.result(timeout=60).terminal_condition.state.name for operation in operations]
    took = time.perf_counter() - began
    print(json.dumps({"ready": ready.count("CONDITION_SUCCEEDED"), "seconds": took,
                      "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""


def thirty_at_once() -> tuple[list[Row], str]:
    """Thirty services created at once by the official client, over the fake runtime; server and client in one process."""
    with tempfile.TemporaryDirectory(prefix="sendoff-bench-") as folder:
        answer = subprocess.run(
            [sys.executable, "-c", _MANY, folder], capture_output=True, text=True, check=True, timeout=120
        )
    told = json.loads(answer.stdout.splitlines()[-1])
    return [
        Row(
            "30 deploys at once, fake runtime",
            f"{told['ready']} ready after {told['seconds']:.1f} s",
            "all ready within 10 s",
            told["ready"] == 30 and told["seconds"] < 10,
        ),
        Row("the same, memory (server and client together)", f"{told['mb']:.0f} MB", "under 150 MB", told["mb"] < 150),
    ], ""


# --- the gateway ---------------------------------------------------------------------------------------------

_BACKEND = """
import asyncio, sys
ANSWER = b"HTTP/1.1 200 OK\\r\\ncontent-type: application/json\\r\\ncontent-length: 17\\r\\n\\r\\n{\\"prediction\\": 1}"
class Answering(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.seen = transport, b""
    def data_received(self, data):
        self.seen += data
        while (end := self.seen.find(b"\\r\\n\\r\\n")) >= 0:
            self.seen = self.seen[end + 4 :]
            self.transport.write(ANSWER)
async def main():
    server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""

_GATEWAY = """
import sys
from pathlib import Path
from wizard.workshop.gateway import LoopbackGateway
from wizard.workshop.gateway_table import Routes, Share
from wizard.workshop.runtime import Backend
from wizard.workshop.tokens import Authority
class Open:
    def may_invoke(self, service, email):
        return True
    def audiences(self, service):
        return set()
gateway = LoopbackGateway(Authority(Path(sys.argv[1])))
gateway.guard(Open())
share = Share("r", 100, Backend("127.0.0.1", int(sys.argv[2]), "h"), 60.0, 80)
print(gateway.publish(Routes("s", (share,)), {})[""], flush=True)
sys.stdin.read()
"""


def gateway_cost() -> tuple[list[Row], str]:
    """`wrk` against a bare backend, and against the gateway before it: the difference of the medians, and the rate."""
    rows: dict[str, tuple[float, float]] = {}
    with tempfile.TemporaryDirectory(prefix="sendoff-bench-") as folder:
        backend = subprocess.Popen([sys.executable, "-c", _BACKEND], stdout=subprocess.PIPE, text=True)
        assert backend.stdout is not None
        direct = int(backend.stdout.readline())
        gateway = subprocess.Popen(
            [sys.executable, "-c", _GATEWAY, folder, str(direct)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert gateway.stdout is not None
        try:
            through = int(gateway.stdout.readline())
            figures: dict[str, list[tuple[float, float]]] = {}
            for _ in range(ROUNDS):
                for name, port in (("direct", direct), ("through the gateway", through)):
                    for connections in (1, 16):
                        figures.setdefault(f"{name}, {connections} at a time", []).append(wrk(port, connections))
            for name, seen in figures.items():
                rows[name] = (statistics.median(one[0] for one in seen), statistics.median(one[1] for one in seen))
        finally:
            for process in (gateway, backend):
                process.terminate()
                process.wait()
    added = rows["through the gateway, 1 at a time"][1] - rows["direct, 1 at a time"][1]
    rate = rows["through the gateway, 16 at a time"][0]
    table = ["| `wrk` | requests/s | p50 ms |", "|---|---|---|"]
    table += [f"| {name} | {one[0]:.0f} | {one[1]:.2f} |" for name, one in rows.items()]
    return [
        Row("the gateway adds, at the median", f"{added:.2f} ms", "under 2 ms", added < 2),
        Row("the gateway keeps", f"{rate:.0f} requests/s", "at least 1,000", rate >= 1000),
    ], "\n".join(table)


def wrk(port: int, connections: int) -> tuple[float, float]:
    """Requests a second, and p50 in ms."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--latency", f"http://127.0.0.1:{port}/predict"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said:
        raise RuntimeError(said)
    rate = float(re.search(r"Requests/sec:\s*([\d.]+)", said)[1])  # type: ignore[index]
    value, unit = re.search(r"50%\s*([\d.]+)(us|ms|s)", said).groups()  # type: ignore[union-attr]
    return rate, float(value) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]
