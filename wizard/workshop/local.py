"""The local Cloud Run in this process, with nothing around it: for tests of what speaks to its API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from wizard.workshop.control_plane import ControlPlane
from wizard.workshop.doors.grpc_server import serve_grpc
from wizard.workshop.faults import Faults
from wizard.workshop.gateway import LoopbackGateway
from wizard.workshop.quotas import Quotas
from wizard.workshop.runtime import Runtime
from wizard.workshop.runtimes.fake import FakeRuntime
from wizard.workshop.tokens import Authority


@dataclass(frozen=True, slots=True)
class LocalCloudRun:
    address: str
    """Of the gRPC doors, 127.0.0.1:PORT."""
    plane: ControlPlane
    runtime: Runtime
    faults: Faults
    authority: Authority


@contextmanager
def local_cloud_run(
    folder: Path, runtime: Runtime | None = None, *, quotas: Quotas | None = None, stop_all: bool = True
) -> Iterator[LocalCloudRun]:
    """State in `folder`: a second one over the same folder goes on where the first ended."""
    authority = Authority(folder)
    gateway = LoopbackGateway(authority)
    plane = ControlPlane(folder, runtime or FakeRuntime(), gateway, authority, quotas=quotas)
    gateway.guard(plane)
    server, port = serve_grpc(plane)
    plane.start()
    try:
        yield LocalCloudRun(f"127.0.0.1:{port}", plane, plane.runtime, plane.faults, authority)
    finally:
        server.stop(0).wait()
        plane.close(stop_all=stop_all)
        gateway.close()
