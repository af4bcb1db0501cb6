"""A look inside the running instance: what it listens on, as whom it runs, what it wrote."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from wizard.advice.causes import Listener
from wizard.errors import SendoffError
from wizard.images.engine import connect
from wizard.rehearsal.sockets import listeners_of_network, listeners_of_processes, parse_table
from wizard.runtimes import ContainerRuntime
from wizard.runtimes.runtime import Instance, Runtime


class Inside(Protocol):
    """What can be seen. None: it cannot be looked at here."""

    def listeners(self) -> tuple[Listener, ...] | None: ...

    def user(self) -> int | None:
        """Number of the user its first process runs as; 0 is root."""
        ...

    def platform(self) -> str:
        """ "linux/amd64" of the image; "" where there is none."""
        ...


def look_inside(instance: Instance, runtime: Runtime) -> Inside:
    """The way to look into an instance of this runtime."""
    if isinstance(runtime, ContainerRuntime):
        return _InContainer(instance)
    return _InProcess(instance)


def reachable() -> bool:
    """Containers can be asked at their own addresses. A desktop engine keeps them in a machine of its own, behind
    published ports, which accept a connection even where nothing listens inside."""
    facts = connect().facts
    return sys.platform == "linux" and facts.local and "desktop" not in facts.system.lower()


class _InProcess:
    def __init__(self, instance: Instance) -> None:
        self._pid = int(instance.handle.partition(":")[0])

    def listeners(self) -> tuple[Listener, ...] | None:
        return listeners_of_processes(self._pid)

    def user(self) -> int | None:
        return None

    def platform(self) -> str:
        return ""


class _InContainer:
    def __init__(self, instance: Instance) -> None:
        self._id = instance.handle
        self._engine = connect()

    def listeners(self) -> tuple[Listener, ...] | None:
        # Read from outside where the container's processes are this machine's: it works in images without a shell too.
        pid = self._inspect("State", "Pid")
        if self._ours(pid) and (seen := listeners_of_network(pid)) is not None:
            return seen
        table = self._run(["cat", "/proc/net/tcp", "/proc/net/tcp6"])
        return None if table is None else tuple(dict.fromkeys(listener for listener, _ in parse_table(table)))

    def user(self) -> int | None:
        said = self._run(["cat", "/proc/1/status"])
        for line in (said or "").splitlines():
            if line.startswith("Uid:"):
                return int(line.split()[1])
        named = str(self._inspect("Config", "User") or "")
        number = named.partition(":")[0]
        if not named:
            return 0
        return int(number) if number.isdigit() else None

    def platform(self) -> str:
        image = self._inspect("Image")
        try:
            with self._engine.guarding("looking at the image"):
                facts = self._engine.api.inspect_image(image)
        except SendoffError:
            return ""
        return f"{facts.get('Os', 'linux')}/{facts.get('Architecture', '')}"

    def _ours(self, pid: Any) -> bool:
        """The process of that number on this machine is the container's: an engine elsewhere counts its own processes."""
        try:
            return isinstance(pid, int) and pid > 0 and self._id in Path(f"/proc/{pid}/cgroup").read_text()
        except OSError:
            return False

    def _inspect(self, *path: str) -> Any:
        try:
            with self._engine.guarding("looking at the container"):
                value: Any = self._engine.api.inspect_container(self._id)
        except SendoffError:
            return None
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def _run(self, command: Sequence[str]) -> str | None:
        """Output of a command inside; None where it cannot be run."""
        try:
            with self._engine.guarding("looking into the container"):
                job = self._engine.api.exec_create(self._id, list(command))
                output: bytes = self._engine.api.exec_start(job["Id"])
                code = self._engine.api.exec_inspect(job["Id"])["ExitCode"]
        except SendoffError:
            return None
        return output.decode(errors="replace") if code == 0 else None
