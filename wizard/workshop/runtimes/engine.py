"""Revisions as containers in the local engine, held to their limits and probed as Cloud Run would."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final

from wizard.errors import EngineError
from wizard.images import Engine, connect
from wizard.runtimes import ContainerInstance, ContainerRuntime
from wizard.runtimes.log_lines import LogLines
from wizard.runtimes.ports import LOOPBACK, free_port
from wizard.workshop.runtime import Backend, Failure, Instance, StartError
from wizard.workshop.runtimes.engine_images import resolve
from wizard.workshop.runtimes.log_pumps import LogPumps
from wizard.workshop.runtimes.not_up import FOREIGN, why_not_up
from wizard.workshop.runtimes.probing import wait_until_up

WORKSHOP: Final = "sendoff.workshop"
REVISION: Final = "sendoff.workshop.revision"
_PROCESSES: Final = 1024
_PORT_ATTEMPTS: Final = 5
_LOOK_AGAIN: Final = 0.1
_NOT_RUNNABLE: Final = ("executable file not found", "no such file or directory", "permission denied")


class EngineRuntime:
    """Stands behind `Runtime`. `workshop` names whose containers they are; those of another one are never touched."""

    name = "engine"

    def __init__(self, workshop: str, engine: Engine | None = None) -> None:
        """Raises EngineError where no engine answers."""
        self.registry = ""
        """Address of the workshop's own registry, which images are pulled from; "" where there is none."""
        self._workshop = workshop
        self._engine = engine or connect()
        self._containers = ContainerRuntime(self._engine, "")
        self._direct = _reaches_containers(self._engine)
        self._pumps = LogPumps()

    def resolve(self, image: str) -> str:
        """See `Runtime.resolve`."""
        return resolve(self._engine, image, self.registry)

    def start(self, instance: Instance, log: Callable[[str], None], cancelled: Callable[[], bool]) -> Backend:
        """See `Runtime.start`. The container is published on 127.0.0.1 alone, and comes back by itself when it fails."""
        for container in self._of(instance.revision):
            if container.running():
                self._follow(instance.revision, container, log, tail=0)
                break
            container.remove()
        else:
            # The engine may have lost the image since: a revision from long ago is started for a rollback too.
            container = self._make(replace(instance, image=self.resolve(instance.image)))
            self._follow(instance.revision, container, log, tail=None)
        try:
            self._wait(instance, container, cancelled)  # also for one that was found: it may still have been starting
            with self._engine.guarding("setting when a container comes back"):
                self._engine.api.update_container(container.handle, restart_policy={"Name": "on-failure"})
        except BaseException:
            with contextlib.suppress(EngineError):
                container.stop(0)
                self._pumps.finish(instance.revision)  # its last words tell why
                container.remove()
            raise
        return _backend(container)

    def stop(self, revision: str, grace: float) -> None:
        """See `Runtime.stop`."""
        containers = self._of(revision)
        for container in containers:
            container.stop(grace)
        self._pumps.finish(revision)
        for container in containers:
            container.remove()

    def close(self, *, stop_all: bool) -> None:
        """See `Runtime.close`."""
        if stop_all and (running := self._containers.labelled({WORKSHOP: self._workshop})):
            with ThreadPoolExecutor(8) as side_by_side:
                list(side_by_side.map(lambda container: self.stop(container.labels[REVISION], 10), running))
        self._pumps.stop_all()
        self._engine.close()

    def _of(self, revision: str) -> tuple[ContainerInstance, ...]:
        return self._containers.labelled({WORKSHOP: self._workshop, REVISION: revision})

    def _make(self, instance: Instance) -> ContainerInstance:
        from docker.errors import APIError, ImageNotFound

        options: dict[str, Any] = {"command": list(instance.args) or None}
        if instance.command:
            options = {"entrypoint": list(instance.command), "command": list(instance.args)}
        cpus = max(0.01, min(instance.cpu, float(self._engine.facts.cpus)))
        for attempt in range(_PORT_ATTEMPTS):
            container: Any = None
            try:
                with self._engine.guarding("starting a container"):
                    try:
                        container = self._engine.client.containers.create(
                            instance.image,
                            environment={**instance.env, "PORT": str(instance.port)},
                            labels={WORKSHOP: self._workshop, REVISION: instance.revision},
                            ports={f"{instance.port}/tcp": (LOOPBACK, free_port())},
                            mem_limit=instance.memory,
                            memswap_limit=instance.memory,
                            nano_cpus=round(cpus * 1e9),
                            pids_limit=_PROCESSES,
                            cap_drop=["ALL"],
                            security_opt=["no-new-privileges"],
                            **options,
                        )
                        container.start()
                        return ContainerInstance(self._engine, self._engine.api.inspect_container(container.id))
                    except ImageNotFound as error:
                        raise StartError(Failure.IMAGE_MISSING, str(error.explanation or error)) from error
                    except APIError as error:
                        said = str(error.explanation or error)
                        if "already allocated" not in said and "address already in use" not in said:
                            raise _start_error(said) or error from error
                        if attempt == _PORT_ATTEMPTS - 1:
                            raise
            except BaseException:
                self._discard(container)
                raise
            self._discard(container)  # somebody was quicker to take the port
        raise AssertionError("unreachable")

    def _discard(self, container: Any) -> None:
        if container is not None:
            with contextlib.suppress(EngineError), self._engine.guarding("removing a container"):
                container.remove(force=True, v=True)

    def _wait(self, instance: Instance, container: ContainerInstance, cancelled: Callable[[], bool]) -> None:
        """Until its startup probe passes. Raises StartError where it does not."""
        address, forwarded = self._address(instance, container)

        def going_on() -> bool:
            return container.running() and not cancelled()

        if wait_until_up(instance.probe, address, going_on, forwarded=forwarded):
            return
        raise why_not_up(container, cancelled)

    def _follow(
        self, revision: str, container: ContainerInstance, log: Callable[[str], None], *, tail: int | None
    ) -> None:
        def again() -> LogLines | None:
            """A container's lines end when it ends; the engine may bring it back."""
            ended = time.time()
            while (status := self._status(container)) == "restarting":
                time.sleep(_LOOK_AGAIN)
            return container.logs(follow=True, since=ended) if status == "running" else None

        self._pumps.follow(revision, container.logs(follow=True, tail=tail), log, again)

    def _status(self, container: ContainerInstance) -> str:
        from docker.errors import NotFound

        with self._engine.guarding("asking after a container"):
            try:
                return str(self._engine.api.inspect_container(container.handle)["State"]["Status"])
            except NotFound:
                return "removed"

    def _address(self, instance: Instance, container: ContainerInstance) -> tuple[tuple[str, int], bool]:
        """Where the probe asks. The container's own address, where it can be reached: what forwards a published port
        takes connections before the server does, and for servers that listen on the container's 127.0.0.1 alone."""
        own = _own_address(self._engine, container) if self._direct else ""
        if own:
            return (own, instance.probe.port), False
        return (LOOPBACK, _port(container)), True


def _start_error(said: str) -> StartError | None:
    lower = said.lower()
    if FOREIGN in lower:
        return StartError(Failure.WRONG_ARCHITECTURE, said)
    if any(words in lower for words in _NOT_RUNNABLE):
        return StartError(Failure.NO_COMMAND, said)
    if "no command specified" in lower:
        return StartError(Failure.NO_COMMAND, said)
    return None


def _backend(container: ContainerInstance) -> Backend:
    return Backend(LOOPBACK, _port(container), container.handle)


def _port(container: ContainerInstance) -> int:
    return int(container.url.rpartition(":")[2])


def _own_address(engine: Engine, container: ContainerInstance) -> str:
    with engine.guarding("looking for a container's address"):
        networks: Mapping[str, Any] = engine.api.inspect_container(container.handle)["NetworkSettings"]["Networks"]
    return next((network["IPAddress"] for network in networks.values() if network.get("IPAddress")), "")


def _reaches_containers(engine: Engine) -> bool:
    """Containers' own addresses can be called from here: their network's gateway is an address of this machine.

    It is none with Docker Desktop, whose engine is a machine of its own, nor with rootless engines.
    """
    from docker.errors import NotFound

    if not engine.facts.local:
        return False
    with engine.guarding("looking at the engine's network"):
        try:
            network = engine.api.inspect_network("bridge")
        except NotFound:
            return False
    for config in network.get("IPAM", {}).get("Config") or ():
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind((config.get("Gateway") or "", 0))
            return bool(config.get("Gateway"))
    return False
