"""Where the contract of the local Cloud Run is held to: with each runtime, and with both kinds of the official client."""

from __future__ import annotations

import io
import tarfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from google.cloud import run_v2

from tests.conftest import BASE_IMAGE
from tests.workshop.admin import AsyncClients, Clients, Cloud, SyncClients
from wizard.workshop.local import LocalCloudRun, local_cloud_run
from wizard.workshop.runtime import Runtime
from wizard.workshop.runtimes.fake import FakeRuntime

SERVER = Path(__file__).parent / "moody_server.py"
MOODS = {"crash": "exit", "loopback-only": "loopback", "not-listening": "idle", "out-of-memory": "greedy"}
"""What moody_server.py calls the ways not to come up."""
SILENT = ("loopback-only", "not-listening")
"""Those that are known only by the time they take."""


@dataclass(frozen=True)
class WorkshopRuntime:
    name: str
    make: Callable[[], Runtime]
    container: Callable[[str], run_v2.Container]
    """A container that comes up, or fails in the way that the argument names; see MOODS and image-missing."""


@pytest.fixture(params=["fake", pytest.param("engine", marks=pytest.mark.engine)])
def workshop_runtime(request: pytest.FixtureRequest) -> WorkshopRuntime:
    if request.param == "fake":
        return WorkshopRuntime("fake", FakeRuntime, _fake_container)
    from wizard.workshop.runtimes.engine import EngineRuntime

    image: str = request.getfixturevalue("moody_image")
    workshop = uuid.uuid4().hex

    def container(mood: str) -> run_v2.Container:
        return run_v2.Container(
            image="sendoff-test-absent:1" if mood == "image-missing" else image,
            env=[run_v2.EnvVar(name="MOOD", value=MOODS.get(mood, mood))],
            resources=run_v2.ResourceRequirements(limits={"cpu": "1", "memory": "128Mi"}, cpu_idle=True),
            startup_probe=run_v2.Probe(
                period_seconds=1,
                timeout_seconds=1,
                failure_threshold=2 if mood in SILENT else 60,  # the others end by themselves, or take what it takes
                tcp_socket=run_v2.TCPSocketAction(),
            ),
        )

    return WorkshopRuntime("engine", lambda: EngineRuntime(workshop), container)


@pytest.fixture(params=["sync", "async"])
def cloud(request: pytest.FixtureRequest, workshop_runtime: WorkshopRuntime, tmp_path: Path) -> Iterator[Cloud]:
    """A local Cloud Run and a client of it."""
    with local_cloud_run(tmp_path / "state", workshop_runtime.make()) as local:
        clients: Clients = (SyncClients if request.param == "sync" else AsyncClients)(local.address)
        yield Cloud(local, clients, workshop_runtime.container)
        clients.close()


@pytest.fixture
def local(tmp_path: Path) -> Iterator[LocalCloudRun]:
    """A local Cloud Run with the fake runtime."""
    with local_cloud_run(tmp_path / "state") as local:
        yield local


@pytest.fixture
def fake(local: LocalCloudRun) -> Iterator[Cloud]:
    """A client of it."""
    clients = SyncClients(local.address)
    yield Cloud(local, clients, _fake_container)
    clients.close()


@pytest.fixture(scope="session")
def moody_image() -> Iterator[str]:
    import docker

    engine = docker.from_env()
    name = f"sendoff-test-moody:{uuid.uuid4().hex[:8]}"
    dockerfile = f'FROM {BASE_IMAGE}\nCOPY server.py /server.py\nUSER 1000\nCMD ["python", "/server.py"]\n'
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as tar:
        for file, content in (("Dockerfile", dockerfile.encode()), ("server.py", SERVER.read_bytes())):
            entry = tarfile.TarInfo(file)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    context.seek(0)
    engine.images.build(fileobj=context, custom_context=True, tag=name, rm=True)
    yield name
    engine.images.remove(name, force=True)
    engine.close()


def _fake_container(mood: str) -> run_v2.Container:
    return run_v2.Container(image=f"us-docker.pkg.dev/demo-project/models/{mood or 'good'}:1")
