"""One interface for starting what was built: a container where there is an engine, a plain process where not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from wizard.events import Reporter

RuntimeName = Literal["container", "process"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What an instance may use."""

    memory: int
    """Bytes. Hard in a container, which gets no swap beyond it; a process is only told."""
    cpu: float
    """CPUs, e.g. 0.5. A container gets no more than the engine has."""


@dataclass(frozen=True, slots=True)
class Spec:
    """What to start."""

    name: str
    """Unique among what runs here; also the container's name."""
    port: int
    """Port the server listens on inside, handed to it as PORT. A process listens on the published port instead."""
    limits: Limits
    env: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    publish: int | None = None
    """Port on this machine's 127.0.0.1; 0 takes a free one; None publishes none: see `Instance.url`."""
    read_only: bool = False
    """Only /tmp can be written to. A process is not held to it."""
    detached: bool = False
    """It outlives this program; see `Instance.bring_back` for whether it comes back when it ends."""


@dataclass(frozen=True, slots=True)
class MemoryUse:
    """Memory that cannot be had back without ending something: file cache is left out as far as it is known."""

    current: int
    """Bytes now."""
    peak: int
    """Most bytes so far."""


@dataclass(frozen=True, slots=True)
class StopResult:
    """How an instance ended after it was asked to."""

    exit_code: int | None
    """None where it cannot be learnt: a process another program started."""
    seconds: float
    """From the request to the end."""
    killed: bool
    """It had not ended within the grace and was ended by force."""


@runtime_checkable
class Instance(Protocol):
    """Something that was started. Its methods raise EngineError where the engine is the one that fails."""

    @property
    def name(self) -> str: ...

    @property
    def handle(self) -> str:
        """What it is found again by: a container id, or "PID:START" where START tells the process from a later one
        with the same number."""
        ...

    @property
    def url(self) -> str:
        """Where it listens, e.g. "http://127.0.0.1:49153"; no slash at the end.

        Of a container that publishes no port, its own address; "" where it has none.
        """
        ...

    @property
    def runtime(self) -> RuntimeName: ...

    @property
    def labels(self) -> Mapping[str, str]: ...

    def running(self) -> bool:
        """It has not ended."""
        ...

    def exit_code(self) -> int | None:
        """Its exit code; None while it runs, or where it cannot be learnt. 128 + n where signal n ended it."""
        ...

    def logs(self, *, follow: bool = False, since: float | None = None, tail: int | None = None) -> Iterator[str]:
        """Lines of its output (stdout and stderr), oldest first, without line ends.

        `since`: seconds since the epoch (a process keeps no times and ignores it). `tail`: only that many last ones.
        `follow`: go on until it ends; closing the iterator stops following.
        """
        ...

    def memory(self) -> MemoryUse:
        """What it uses now and used at most; zeros once it has ended and nothing was measured."""
        ...

    def out_of_memory(self) -> bool:
        """The kernel ended it, or a part of it, for want of memory."""
        ...

    def bring_back(self) -> None:
        """From now on a container is started again when it ends or the engine was restarted; a process never is."""
        ...

    def stop(self, grace: float) -> StopResult:
        """Ask it to end (SIGTERM), wait `grace` seconds, then end it by force. It stays known until removed."""
        ...

    def remove(self) -> None:
        """Leave nothing of it: it is ended by force if it still runs. A second call does nothing."""
        ...


class Runtime(Protocol):
    """A way of starting what was built."""

    @property
    def name(self) -> RuntimeName: ...

    def start(self, spec: Spec) -> Instance:
        """Start it and return at once: whether it listens is the caller's to ask.

        Raises TargetError where the name or the port is taken (and says by whom), EngineError where the engine fails.
        After an error nothing of it is left.
        """
        ...

    def run_script(self, script: str, *, stdin: bytes, timeout: float, reporter: Reporter) -> bytes:
        """Run a Python script in the locked environment, in the folder with server.py, handler.py and the model.

        It reads `stdin` and its stdout is returned; lines it writes to stderr are logged. In a container it has no
        network, writes nowhere but /tmp, and runs as the image's user. `timeout` in seconds.
        Raises RehearsalError, with the end of stderr as evidence, where it fails or takes too long; CancelledError.
        """
        ...

    def find(self, handle: str) -> Instance | None:
        """The instance of that handle, perhaps started by an earlier program; None where there is none any more."""
        ...

    def labelled(self, labels: Mapping[str, str]) -> tuple[Instance, ...]:
        """What was started with these labels, by any program, running or ended."""
        ...
