"""The interface behind which revisions run, and what it says when one does not come up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Failure(StrEnum):
    """Why a revision did not come up."""

    NOT_LISTENING = "not-listening"
    """It runs, but not on 0.0.0.0:$PORT before the startup probe gave up (loopback only counts as this)."""
    EXITED = "exited"
    OUT_OF_MEMORY = "out-of-memory"
    IMAGE_MISSING = "image-missing"
    IMAGE_UNREADABLE = "image-unreadable"
    WRONG_ARCHITECTURE = "wrong-architecture"
    NO_COMMAND = "no-command"


class StartError(Exception):
    """A revision did not come up. `said` is what was seen, e.g. the engine's words; may be empty."""

    def __init__(self, failure: Failure, said: str = "", *, exit_code: int | None = None) -> None:
        super().__init__(f"{failure.value}: {said}" if said else failure.value)
        self.failure = failure
        self.said = said
        self.exit_code = exit_code


@dataclass(frozen=True, slots=True)
class StartupProbe:
    """How the platform asks whether an instance is up; see run_v2.Probe. Times in seconds."""

    kind: str = "tcp"
    """"tcp", "http" or "grpc" (asked as tcp here)."""
    path: str = "/"
    port: int = 8080
    initial_delay: float = 0
    period: float = 240
    timeout: float = 240
    failures: int = 1


@dataclass(frozen=True, slots=True)
class Instance:
    """What to run for a revision."""

    revision: str
    """Full resource name; unique, and what a runtime finds its own by after a restart."""
    image: str
    """As `Runtime.resolve` gave it."""
    port: int
    cpu: float
    memory: int
    """Bytes."""
    env: Mapping[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    probe: StartupProbe = StartupProbe()


@dataclass(frozen=True, slots=True)
class Backend:
    """Where a running instance listens, on this machine."""

    host: str
    port: int
    handle: str


class Runtime(Protocol):
    """Runs one instance for each revision that has traffic or a tag. All methods are thread-safe and may block."""

    name: str
    """"engine", "process" or "fake"."""

    def resolve(self, image: str) -> str:
        """The image by digest, where it can be told; the name itself otherwise. Raises StartError (IMAGE_MISSING …)."""
        ...

    def start(self, instance: Instance, log: Callable[[str], None], cancelled: Callable[[], bool]) -> Backend:
        """Start it and wait until its startup probe passes. `log` gets each line of its output, now and as long as it
        runs. Raises StartError; then nothing of it is left. An instance of that revision that runs already is returned."""
        ...

    def stop(self, revision: str, grace: float) -> None:
        """SIGTERM, `grace` seconds, SIGKILL, and leave nothing of it. Does nothing for one that does not run."""
        ...

    def close(self, *, stop_all: bool) -> None:
        """Let go of everything; with `stop_all` end what runs, else leave it for the next start to find."""
        ...
