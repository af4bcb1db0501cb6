"""Starting the bundle's server as a plain process, for machines without an engine."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from wizard.advice.cause import CauseKind
from wizard.errors import TargetError
from wizard.events import Reporter
from wizard.runtimes import owner, process_script
from wizard.runtimes.log_lines import LogLines
from wizard.runtimes.ports import LOOPBACK, free_port, holder, is_free
from wizard.runtimes.process_bundle import copy_bundle
from wizard.runtimes.process_command import server_command
from wizard.runtimes.process_record import Record, default_state, read_record, records, write_record
from wizard.runtimes.process_table import group_alive, group_memory, memory_kills, started
from wizard.runtimes.runtime import MemoryUse, RuntimeName, Spec, StopResult

_LOOK_AGAIN = 0.05
"""Seconds between two looks at a process or a log that nothing announces the change of."""
_END_WITHIN = 10.0
"""Seconds that ending by force may take: it cannot be refused, but a process in a system call ends after it."""
_LOG = "log"
_BUNDLE = "bundle"


class ProcessInstance:
    """A process and those it starts, known by its number and its start, with a folder for its log."""

    runtime: RuntimeName = "process"

    def __init__(self, record: Record, folder: Path, child: subprocess.Popen[bytes] | None = None) -> None:
        self._record = record
        self._folder = folder
        self._child = child
        self._peak = 0
        self._killed = False
        self._kills_before = memory_kills()
        self.name = record.name
        self.handle = record.handle
        self.url = f"http://{LOOPBACK}:{record.port}"
        self.labels: Mapping[str, str] = record.labels
        self.bundle = folder / _BUNDLE
        """Its own copy of the bundle; only a detached one has it."""

    def running(self) -> bool:
        """The very process that was started has not ended."""
        if self._child is not None:
            return self._child.poll() is None
        return started(self._record.pid) == self._record.started

    def exit_code(self) -> int | None:
        """Its exit code; None while it runs, or where another program started it."""
        if self._child is None or (code := self._child.poll()) is None:
            return None
        return 128 - code if code < 0 else code

    def logs(self, *, follow: bool = False, since: float | None = None, tail: int | None = None) -> LogLines:
        """Lines of its output, oldest first; see `Instance.logs`."""
        del since  # lines carry no time of their own
        closed = threading.Event()
        return LogLines(self._pieces(tail, closed if follow else None), closed.set)

    def _pieces(self, tail: int | None, closed: threading.Event | None) -> Iterator[bytes]:
        try:
            file = (self._folder / _LOG).open("rb")
        except OSError:
            return
        with file:
            if tail is not None:
                _seek_last_lines(file.fileno(), tail)
            while True:
                ended = closed is None or not self.running()  # asked before reading: what comes later is not missed
                while piece := os.read(file.fileno(), 1 << 16):
                    yield piece
                if ended or closed is None or closed.wait(_LOOK_AGAIN):
                    return

    def memory(self) -> MemoryUse:
        """What the process and its children hold now and held at most."""
        current, peak = group_memory(self._record.pid) if self.running() else (0, 0)
        self._peak = max(self._peak, peak, current)
        return MemoryUse(current, self._peak)

    def out_of_memory(self) -> bool:
        """It was killed by nobody here, and the kernel did end processes for want of memory since it started."""
        return not self._killed and self.exit_code() == 137 and memory_kills() > self._kills_before

    def bring_back(self) -> None:
        """Nobody watches over a process: it does not come back."""

    def stop(self, grace: float) -> StopResult:
        """SIGTERM to the server, `grace` seconds, SIGKILL to it and all it started."""
        self.memory()  # afterwards nothing is left to measure
        began = time.monotonic()
        if was_running := self.running():
            self._signal(signal.SIGTERM)
            self._wait(grace)
        forced = self.running()
        self._kill(group_is_ours=was_running)
        return StopResult(self.exit_code(), time.monotonic() - began, killed=forced)

    def remove(self) -> None:
        """Kill it if it runs, and remove its log, its record and its copy of the bundle."""
        self._kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(self._record.pid, number)

    def _kill(self, *, group_is_ours: bool = False) -> None:
        """End it and all it started by force, and wait for their end.

        The group's number is the server's. Once the server has ended it still names our group while a child of the
        server lives; but only who saw the server alive knows that it was not a later group of that number.
        """
        group = self._record.pid
        running = self.running()
        if not running and not (group_alive(group) and (group_is_ours or self._child is not None)):
            return
        self._killed = self._killed or running
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
        self._wait(_END_WITHIN)
        deadline = time.monotonic() + _END_WITHIN
        while group_alive(group) and time.monotonic() < deadline:
            time.sleep(_LOOK_AGAIN)

    def _wait(self, timeout: float) -> None:
        if self._child is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(timeout)
            return
        deadline = time.monotonic() + timeout
        while self.running() and time.monotonic() < deadline:
            time.sleep(_LOOK_AGAIN)


class ProcessRuntime:
    """Starts the server of one bundle with the interpreter of one environment.

    `bundle` is its folder, `python` the environment's interpreter, `state` a folder for logs and records: whoever gives
    the same one finds again what was started, also from another program. Without it, this account's own is used, so
    that names are unique on the machine as those of containers are.
    """

    name: RuntimeName = "process"

    def __init__(self, bundle: Path | str, python: Path | str, state: Path | str | None = None) -> None:
        self._bundle = Path(bundle).absolute()
        self._python = Path(python).absolute()  # never resolved: a virtual environment's is a link out of it
        self._state = Path(state or default_state()).absolute()

    def start(self, spec: Spec) -> ProcessInstance:
        """Start the server; see `Runtime.start`.

        It is told to listen on 127.0.0.1 (HOST) at the published port (PORT). Limits and a
        read-only file system are not enforced: no engine, no walls. A detached one runs in a copy of the bundle.
        """
        _refuse_windows()
        self._sweep()
        self._refuse_taken_name(spec.name)
        port = self._port(spec)
        folder = self._state / spec.name
        child: subprocess.Popen[bytes] | None = None
        try:
            shutil.rmtree(folder, ignore_errors=True)
            (folder / "home").mkdir(parents=True)
            environment = {
                **self._environment(folder / "home"),
                **_threads(spec.limits.cpu),
                **spec.env,
                "PORT": str(port),
                "HOST": LOOPBACK,
            }
            command = server_command(self._bundle, self._python, environment)
            if spec.detached:
                copy_bundle(self._bundle, folder / _BUNDLE)
            with (folder / _LOG).open("wb") as log:
                child = subprocess.Popen(
                    command,
                    cwd=folder / _BUNDLE if spec.detached else self._bundle,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # Ctrl-C here is not for it, and its group can be ended as one
                )
            holder_of_life = "" if spec.detached else owner.me()
            record = Record(spec.name, child.pid, started(child.pid), port, dict(spec.labels), holder_of_life)
            write_record(folder, record)
        except OSError as error:
            _undo(child, folder)
            raise TargetError(
                "The server could not be started as a process.",
                f"{error.strerror or error}: {error.filename or self._python}",
                "Look at CMD in the bundle's Dockerfile, and whether the locked environment is whole.",
            ) from error
        except BaseException:  # also Ctrl-C: nothing half started stays behind
            _undo(child, folder)
            raise
        return ProcessInstance(record, folder, child)

    def run_script(self, script: str, *, stdin: bytes, timeout: float, reporter: Reporter) -> bytes:
        """Run a Python script in the bundle's folder; see `Runtime.run_script`."""
        self._state.mkdir(parents=True, exist_ok=True)
        environment = self._environment(self._state)
        return process_script.run(self._python, self._bundle, environment, script, stdin, timeout, reporter)

    def find(self, handle: str) -> ProcessInstance | None:
        """The process of that handle, while it runs or its log is kept; a later process with its number is not it."""
        for folder, record in records(self._state):
            if record.handle == handle:
                return ProcessInstance(record, folder)
        return None

    def labelled(self, labels: Mapping[str, str]) -> tuple[ProcessInstance, ...]:
        """The processes with these labels, while they run or their log is kept."""
        return tuple(
            ProcessInstance(record, folder)
            for folder, record in records(self._state)
            if labels.items() <= record.labels.items()
        )

    def _environment(self, home: Path) -> dict[str, str]:
        """Little of this program's own: what works here must not work because of what happens to be set here."""
        system = os.environ.get("PATH", os.defpath)
        return {
            "PATH": f"{self._python.parent}{os.pathsep}{system}",
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",  # the bundle stays the files it was
        }

    def _port(self, spec: Spec) -> int:
        port = spec.port if spec.publish is None else spec.publish
        if port == 0:
            return free_port()
        if not is_free(port):
            who = holder(port)
            raise TargetError(
                f"Port {port} is in use.",
                f"It is held by {who}." if who else "Something on this machine listens on it already.",
                "Choose another target.port in sendoff.yaml (0 takes a free one), or stop what holds it.",
                cause=CauseKind.PORT_TAKEN,
            )
        return port

    def _refuse_taken_name(self, name: str) -> None:
        folder = self._state / name
        record = read_record(folder)
        if record is not None and ProcessInstance(record, folder).running():
            raise TargetError(
                f"The name {name!r} is taken.",
                f"A service of that name runs already: process {record.pid}, at http://{LOOPBACK}:{record.port}.",
                "Choose another service.name in sendoff.yaml, or take that one down with `sendoff down`.",
                cause=CauseKind.NAME_TAKEN,
            )

    def _sweep(self) -> None:
        """End what an earlier program started for its own lifetime and, being killed, could not end."""
        for folder, record in list(records(self._state)):
            if record.owner and owner.is_gone(record.owner):
                ProcessInstance(record, folder).remove()


def _threads(cpu: float) -> dict[str, str]:
    """One thread per CPU it may use, as in the image: no wall keeps it from taking all of the machine's."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    return dict.fromkeys(names, str(max(1, int(cpu))))


def _undo(child: subprocess.Popen[bytes] | None, folder: Path) -> None:
    if child is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    shutil.rmtree(folder, ignore_errors=True)


def _refuse_windows() -> None:
    if sys.platform == "win32":
        raise TargetError(
            "A service cannot run as a plain process on Windows.",
            "Its server is made for Linux, as in production.",
            "Start Docker Desktop, or use Sendoff inside WSL.",
        )


def _seek_last_lines(descriptor: int, count: int) -> None:
    """Put the file's position before its last `count` lines, reading from the end."""
    end = position = os.lseek(descriptor, 0, os.SEEK_END)
    wanted = count + 1  # the end of the line before them
    if count <= 0 or not end:
        return
    if os.pread(descriptor, 1, end - 1) != b"\n":
        wanted = count
    while position > 0:
        start = max(0, position - (1 << 16))
        piece = os.pread(descriptor, position - start, start)
        found = piece.count(b"\n")
        if found >= wanted:
            for _ in range(wanted - 1):
                piece = piece[: piece.rindex(b"\n")]
            os.lseek(descriptor, start + piece.rindex(b"\n") + 1, os.SEEK_SET)
            return
        wanted -= found
        position = start
    os.lseek(descriptor, 0, os.SEEK_SET)
