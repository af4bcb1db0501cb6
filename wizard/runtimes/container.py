"""Starting an image in the engine, held to its limits as a cloud would hold it."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator, Mapping
from typing import Any

from wizard.advice.cause import CauseKind
from wizard.errors import EngineError, SendoffError, TargetError
from wizard.events import Reporter
from wizard.images.engine import Engine
from wizard.images.image import Image
from wizard.runtimes import container_script, owner
from wizard.runtimes.container_memory import Memory, measure
from wizard.runtimes.log_lines import LogLines
from wizard.runtimes.ports import LOOPBACK, free_port, holder
from wizard.runtimes.runtime import MemoryUse, RuntimeName, Spec, StopResult

_PROCESSES = 1024
"""Most processes and threads: enough for any server, too few for a fork bomb to hurt the machine."""
_PORT_ATTEMPTS = 5


class ContainerInstance:
    """A container. Knows what it was asked when it was made; everything else it asks the engine."""

    runtime: RuntimeName = "container"

    def __init__(self, engine: Engine, description: Mapping[str, Any]) -> None:
        self._engine = engine
        self._memory = Memory()
        self.handle: str = description["Id"]
        self.name: str = description["Name"].lstrip("/")
        self.url = _url(description)
        self.labels: Mapping[str, str] = dict(description["Config"].get("Labels") or {})
        self._limit = int(description["HostConfig"].get("Memory") or 0)

    def _state(self) -> Mapping[str, Any]:
        from docker.errors import NotFound

        with self._engine.guarding("asking after a container"):
            try:
                state: Mapping[str, Any] = self._engine.api.inspect_container(self.handle)["State"]
            except NotFound:
                return {"Running": False, "ExitCode": None}
            return state

    def running(self) -> bool:
        """It has not ended (nor is it between two restarts)."""
        state = self._state()
        return bool(state.get("Running")) and not state.get("Restarting")

    def exit_code(self) -> int | None:
        """Its exit code; None while it runs or once it was removed."""
        state = self._state()
        return None if state.get("Running") else state.get("ExitCode")

    def logs(self, *, follow: bool = False, since: float | None = None, tail: int | None = None) -> LogLines:
        """Lines of its output, oldest first; see `Instance.logs`."""
        from docker.errors import NotFound

        with self._engine.guarding("reading a container's log"):
            try:
                stream = self._engine.client.containers.get(self.handle).logs(
                    stream=True, follow=follow, since=since, tail="all" if tail is None else tail
                )
            except NotFound:
                return LogLines(())
        return LogLines(self._pieces(stream), stream.close)

    def _pieces(self, stream: Any) -> Iterator[bytes]:
        with self._engine.guarding("reading a container's log"):
            yield from stream

    def memory(self) -> MemoryUse:
        """What its control group uses now and used at most, file cache left out."""
        measure(self._engine, self.handle, self._memory)
        return self._memory.use()

    def out_of_memory(self) -> bool:
        """The kernel ended it, or a part of it, for want of memory."""
        state = self._state()
        if state.get("OOMKilled"):
            return True
        # Desktop engines do not always pass the kernel's word on.
        near_the_limit = self._limit > 0 and self._memory.use().peak >= 0.95 * self._limit
        return state.get("ExitCode") == 137 and not state.get("Running") and near_the_limit

    def bring_back(self) -> None:
        """From now on the engine starts it again when it ends, or was restarted itself; see `Instance.bring_back`."""
        from docker.errors import NotFound

        with self._engine.guarding("setting when a container comes back"), contextlib.suppress(NotFound):
            self._engine.api.update_container(self.handle, restart_policy={"Name": "unless-stopped"})

    def stop(self, grace: float) -> StopResult:
        """SIGTERM, `grace` seconds (rounded up to whole ones), SIGKILL."""
        from docker.errors import NotFound

        measure(self._engine, self.handle, self._memory)  # afterwards nothing is left to measure
        seconds = max(0, math.ceil(grace))
        began = time.monotonic()
        with self._engine.guarding("stopping a container"), contextlib.suppress(NotFound):
            self._engine.api.stop(self.handle, timeout=seconds)
        took = time.monotonic() - began
        code = self.exit_code()
        return StopResult(code, took, killed=code == 137 and took >= 0.95 * seconds)

    def remove(self) -> None:
        """Kill it if it runs, and leave nothing of it in the engine."""
        _remove(self._engine, self.handle)


class ContainerRuntime:
    """Starts containers of one image."""

    name: RuntimeName = "container"

    def __init__(self, engine: Engine, image: Image | str) -> None:
        self.engine = engine
        self._image = image if isinstance(image, str) else image.id

    def start(self, spec: Spec) -> ContainerInstance:
        """Start a container; see `Runtime.start`.

        It gets no swap, no Linux capability and no new privileges, runs as the image's user, and is published on
        127.0.0.1 alone.
        """
        if spec.publish is not None and not self.engine.facts.local:
            raise TargetError(
                "A service in that engine cannot be called from here.",
                f"The engine is on another machine ({self.engine.facts.endpoint.url}): 127.0.0.1 there is not here.",
                "Use an engine on this machine: unset DOCKER_HOST, or `docker context use default`.",
            )
        self._sweep()
        for attempt in range(_PORT_ATTEMPTS):
            # Chosen here and not by the engine, which would choose another one at each restart.
            port = free_port() if spec.publish == 0 else spec.publish
            try:
                return self._start(spec, port)
            except TargetError:
                if spec.publish != 0 or attempt == _PORT_ATTEMPTS - 1 or self._named(spec.name) is not None:
                    raise
        raise AssertionError("unreachable")

    def run_script(self, script: str, *, stdin: bytes, timeout: float, reporter: Reporter) -> bytes:
        """Run a Python script in a throw-away container; see `Runtime.run_script`."""
        return container_script.run(self.engine, self._image, script, stdin, timeout, reporter)

    def find(self, handle: str) -> ContainerInstance | None:
        """The container of that id, running or ended."""
        from docker.errors import NotFound

        with self.engine.guarding("looking for a container"):
            try:
                return ContainerInstance(self.engine, self.engine.api.inspect_container(handle))
            except NotFound:
                return None

    def labelled(self, labels: Mapping[str, str]) -> tuple[ContainerInstance, ...]:
        """The containers with these labels, running or ended."""
        wanted = [f"{name}={value}" for name, value in labels.items()]
        with self.engine.guarding("looking for containers"):
            listed = self.engine.api.containers(all=True, filters={"label": wanted})
        found = (self.find(container["Id"]) for container in listed)
        return tuple(instance for instance in found if instance is not None)

    def _start(self, spec: Spec, port: int | None) -> ContainerInstance:
        from docker.errors import APIError

        container = self._create(spec, port)
        try:
            with self.engine.guarding("starting a container"):
                try:
                    container.start()
                except APIError as error:
                    raise self._start_error(str(error.explanation or error), port) from error
                return ContainerInstance(self.engine, self.engine.api.inspect_container(container.id))
        except BaseException:  # also Ctrl-C: nothing half started stays behind
            with contextlib.suppress(SendoffError):
                _remove(self.engine, container.id)
            raise

    def _create(self, spec: Spec, port: int | None) -> Any:
        from docker.errors import APIError, ImageNotFound

        cpus = max(0.01, min(spec.limits.cpu, float(self.engine.facts.cpus)))
        labels = {**spec.labels} if spec.detached else {**spec.labels, owner.LABEL: owner.me()}
        with self.engine.guarding("making a container"):
            try:
                return self.engine.client.containers.create(
                    self._image,
                    name=spec.name,
                    environment={**spec.env, "PORT": str(spec.port)},
                    labels=labels,
                    ports={} if port is None else {f"{spec.port}/tcp": (LOOPBACK, port)},
                    mem_limit=spec.limits.memory,
                    memswap_limit=spec.limits.memory,
                    nano_cpus=round(cpus * 1e9),
                    pids_limit=_PROCESSES,
                    cap_drop=["ALL"],
                    security_opt=["no-new-privileges"],
                    init=False,
                    read_only=spec.read_only,
                    restart_policy={"Name": "no"},
                    tmpfs={"/tmp": "rw,exec,nosuid,nodev,mode=1777"} if spec.read_only else {},
                )
            except ImageNotFound as error:
                raise TargetError(
                    "The image is not in the engine.",
                    f"The engine knows no {self._image}: it was removed, or built in another engine.",
                    "Build it again with `sendoff build`.",
                ) from error
            except APIError as error:
                if error.status_code == 409:
                    raise self._name_taken(spec.name) from error
                raise

    def _named(self, name: str) -> Mapping[str, Any] | None:
        from docker.errors import NotFound

        with self.engine.guarding("looking for a container"):
            try:
                description: Mapping[str, Any] = self.engine.api.inspect_container(name)
            except NotFound:
                return None
            return description

    def _name_taken(self, name: str) -> TargetError:
        other = self._named(name) or {}
        state = other.get("State", {}).get("Status", "unknown")
        image = other.get("Config", {}).get("Image", "unknown")
        return TargetError(
            f"The name {name!r} is taken.",
            f"A container of that name exists already: {state}, image {image}, made {other.get('Created', '?')[:19]}.",
            f"Choose another service.name in sendoff.yaml, or remove it with `docker rm -f {name}`.",
            cause=CauseKind.NAME_TAKEN,
            evidence=[str(other.get("Id", ""))[:12]],
        )

    def _start_error(self, message: str, port: int | None) -> SendoffError:
        lower = message.lower()
        if "already allocated" in lower or "address already in use" in lower:
            who = self._port_user(port) if port else ""
            return TargetError(
                f"Port {port} is in use.",
                f"It is held by {who}." if who else "Something on this machine listens on it already.",
                "Choose another target.port in sendoff.yaml (0 takes a free one), or stop what holds it.",
                cause=CauseKind.PORT_TAKEN,
                evidence=[message],
            )
        if "executable file not found" in lower or "no such file or directory" in lower or "exec format" in lower:
            return TargetError(
                "The image's command cannot be run.",
                "The engine did not find or could not execute what the Dockerfile's CMD names.",
                "Look at CMD, and at USER and PATH before it, in the bundle's Dockerfile.",
                evidence=[message],
            )
        return EngineError(
            "The engine could not start the container.",
            "Its answer is below.",
            "Correct what it names and try again.",
            evidence=[message],
        )

    def _port_user(self, port: int) -> str:
        with self.engine.guarding("looking for the user of a port"):
            for container in self.engine.api.containers():
                if any(entry.get("PublicPort") == port for entry in container.get("Ports") or ()):
                    return f"the container {container['Names'][0].lstrip('/')}"
        return holder(port)

    def _sweep(self) -> None:
        """Remove what an earlier program started for its own lifetime and, being killed, could not remove."""
        with self.engine.guarding("looking for left containers"):
            left = self.engine.api.containers(all=True, filters={"label": owner.LABEL})
        for container in left:
            if owner.is_gone(container["Labels"][owner.LABEL]):
                _remove(self.engine, container["Id"])


def _remove(engine: Engine, handle: str) -> None:
    from docker.errors import APIError

    with engine.guarding("removing a container"):
        try:
            engine.api.remove_container(handle, force=True, v=True)
        except APIError as error:
            if error.status_code not in (404, 409):  # gone, or going already
                raise


def _url(description: Mapping[str, Any]) -> str:
    for bindings in (description["HostConfig"].get("PortBindings") or {}).values():
        for binding in bindings or ():
            return f"http://{LOOPBACK}:{binding['HostPort']}"
    env = dict(entry.partition("=")[::2] for entry in description["Config"].get("Env") or ())
    networks = (description["NetworkSettings"].get("Networks") or {}).values()
    address = next((network["IPAddress"] for network in networks if network.get("IPAddress")), "")
    return f"http://{address}:{env.get('PORT', '')}" if address else ""
