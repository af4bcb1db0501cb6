"""The local Cloud Run, whole: the Admin API's doors, the HTTP door, the gateway, a registry and a runtime, over one folder."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

from wizard.errors import EngineError
from wizard.runtimes.ports import holder
from wizard.workshop.faults import Faults, WorkshopError
from wizard.workshop.folder import About, Ports, WorkshopFolder
from wizard.workshop.http_door import Description, HttpDoor
from wizard.workshop.registry_process import RegistryProcess
from wizard.workshop.tokens import Authority

if TYPE_CHECKING:
    from wizard.workshop.control_plane import ControlPlane
    from wizard.workshop.quotas import Quotas
    from wizard.workshop.runtime import Runtime

RuntimeName = Literal["auto", "engine", "process", "fake"]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a workshop answers."""

    endpoint: str
    """Its HTTP door, "http://127.0.0.1:PORT": what `target.endpoint` names in a plan."""
    grpc: str
    """Its Admin API, "127.0.0.1:PORT"."""
    registry: str
    """What its repositories push to, "127.0.0.1:PORT"; "" where there is none."""


class Workshop:
    """Start it, use it, stop it; or use it in a `with`, which ends what runs. State is kept in `folder` between starts.

    `runtime`: what runs revisions, by name or as an object; "auto" takes the engine where one answers, else processes.
    `registry`: True starts one where it is installed; a text is the address of one that runs; False does without.
    `ports`: 0 takes the port it had before, else a free one.
    """

    def __init__(
        self,
        folder: Path | str,
        runtime: Runtime | RuntimeName = "fake",
        *,
        registry: bool | str = False,
        project: str = "demo-project",
        region: str = "us-central1",
        ports: Ports | None = None,
        quotas: Quotas | None = None,
    ) -> None:
        self.faults = Faults()
        self.notices: tuple[str, ...] = ()
        """What a person should know about how it was started."""
        self._folder = WorkshopFolder(Path(folder))
        self._wanted_runtime = runtime
        self._wanted_registry = registry
        self._wanted_ports = ports or Ports()
        self._project = project
        self._region = region
        self._quotas = quotas
        self._ends = contextlib.ExitStack()
        self._addresses: Addresses | None = None
        self._plane: ControlPlane | None = None
        self._authority: Authority | None = None
        self._stop_all = False

    @property
    def addresses(self) -> Addresses:
        """Where it answers; once it was started."""
        assert self._addresses is not None, "start it first"
        return self._addresses

    @property
    def plane(self) -> ControlPlane:
        """Behind its doors; once it was started."""
        assert self._plane is not None, "start it first"
        return self._plane

    @property
    def runtime(self) -> Runtime:
        """What runs its revisions; once it was started."""
        return self.plane.runtime

    @property
    def authority(self) -> Authority:
        """What makes and checks its tokens; once it was started."""
        assert self._authority is not None, "start it first"
        return self._authority

    def start(self) -> Addresses:
        """Answer from now on. What served before the last stop is brought back in the background: `plane.settle` waits.

        Raises WorkshopError (a port or the folder is taken, the registry does not start) and EngineError.
        """
        try:
            self._addresses = self._start()
        except BaseException:
            self._ends.close()
            raise
        return self._addresses

    def stop(self, keep_running: bool = True) -> None:
        """Answer no more. Containers and processes go on for the next start to find, unless `keep_running` is False."""
        self._stop_all = not keep_running
        self._ends.close()
        self._addresses = self._plane = None

    def plant(self, fault: str, count: int = 1, **details: Any) -> None:
        """Make the next `count` matching things fail; see `faults.Fault`. Raises WorkshopError for an unknown name."""
        self.faults.plant(fault, count, **details)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop(keep_running=False)

    def _start(self) -> Addresses:
        from wizard.workshop.control_plane import PROJECT_NUMBER, ControlPlane
        from wizard.workshop.doors.grpc_server import serve_grpc
        from wizard.workshop.gateway import LoopbackGateway

        folder = self._folder
        folder.enter()
        self._ends.callback(folder.leave)
        about = folder.about()
        wanted, before = self._wanted_ports, about.ports
        authority = self._authority = Authority(folder.path)
        registry = self._start_registry(wanted.registry or before.registry)
        runtime = self._make_runtime(about.workshop, registry)
        gateway = LoopbackGateway(authority)
        self._ends.callback(gateway.close)
        plane = self._plane = ControlPlane(
            folder.path, runtime, gateway, authority, quotas=self._quotas, faults=self.faults, project=self._project
        )
        self._ends.callback(lambda: plane.close(stop_all=self._stop_all))
        plane.repositories.registry = registry
        gateway.guard(plane)
        door = HttpDoor(authority, self.faults, getattr(getattr(runtime, "catalogue", None), "register", None))
        self._ends.callback(door.close)
        http = _on_port(door.bind, wanted.http, before.http, "HTTP door")
        server, grpc = _on_port(lambda port: serve_grpc(plane, port), wanted.grpc, before.grpc, "Admin API")
        self._ends.callback(lambda: server.stop(0).wait())
        _, _, registry_port = registry.rpartition(":")
        folder.write(About(about.workshop, runtime.name, Ports(http, grpc, int(registry_port or before.registry))))
        plane.start()
        door.start(
            Description(f"127.0.0.1:{grpc}", registry, self._project, self._region, runtime.name, PROJECT_NUMBER)
        )
        return Addresses(f"http://127.0.0.1:{http}", f"127.0.0.1:{grpc}", registry)

    def _start_registry(self, port: int) -> str:
        if isinstance(self._wanted_registry, str):
            return self._wanted_registry
        if not self._wanted_registry:
            return ""
        process = RegistryProcess(self._folder.path / "registry")
        if not process.available:
            self.notices += (
                "There is no registry for pushes: neither docker-registry nor registry is on the PATH. On Debian and Ubuntu: "
                "sudo apt-get install docker-registry.",
            )
            return ""
        self._ends.callback(process.stop)
        return f"127.0.0.1:{process.start(port)}"

    def _make_runtime(self, workshop: str, registry: str) -> Runtime:
        wanted = self._wanted_runtime
        if not isinstance(wanted, str):
            return wanted
        if wanted == "fake":
            from wizard.workshop.runtimes.fake import FakeRuntime

            return FakeRuntime()
        if wanted in ("auto", "engine"):
            from wizard.workshop.runtimes.engine import EngineRuntime

            try:
                engine = EngineRuntime(workshop)
                engine.registry = registry
                return engine
            except EngineError as error:
                if wanted == "engine":
                    raise
                self.notices += (f"{error.what} Revisions run as plain processes, without limits.",)
        from wizard.workshop.runtimes.process import BundleRuntime

        return BundleRuntime(self._folder.path)


def end_what_runs(folder: Path) -> None:
    """End the containers, processes and registry of a workshop that is not up. Raises EngineError where it has containers
    and the engine does not answer."""
    place = WorkshopFolder(folder)
    if not place.path.is_dir():
        return
    place.enter()
    try:
        about = place.about()
        if about.runtime == "engine":
            from wizard.workshop.runtimes.engine import EngineRuntime

            EngineRuntime(about.workshop).close(stop_all=True)
        from wizard.workshop.runtimes.process import BundleRuntime

        BundleRuntime(place.path).close(stop_all=True)
        RegistryProcess(place.path / "registry").stop()
    finally:
        place.leave()


def _on_port(take: Callable[[int], _T], wanted: int, before: int, what: str) -> _T:
    """Take the port wanted, which has to be free; else the one it had before, else any."""
    for port in dict.fromkeys((wanted,) if wanted else (before, 0)):
        try:
            return take(port)
        except OSError as error:
            if port and not wanted:
                continue
            who = holder(port) if port else ""
            raise WorkshopError(
                f"Port {port} is in use." if port else "No port is free.",
                f"The {what} of the local Cloud Run would listen there; it is held by {who}."
                if who
                else f"The {what} of the local Cloud Run would listen there: {error.strerror or error}.",
                "Choose another one, e.g. `sendoff workshop up --port 8791`, or stop what holds it.",
            ) from error
    raise AssertionError("unreachable")
