"""The values of a diagnosis: what was seen, and the cause that explains it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

LOOPBACK = ("127.", "::1", "0:0:0:0:0:0:0:1")


class CauseKind(StrEnum):
    """Stable name of a cause."""

    WRONG_ARCHITECTURE = "wrong-architecture"
    OUT_OF_MEMORY = "out-of-memory"
    NOTEBOOK_CLASS = "notebook-class"
    VERSION_MISMATCH = "version-mismatch"
    MISSING_MODULE = "missing-module"
    MISSING_LIBRARY = "missing-library"
    READ_ONLY = "read-only-file-system"
    PERMISSION_DENIED = "permission-denied"
    PORT_TAKEN = "port-taken"
    NO_COMMAND = "command-not-found"
    CRASH = "crash"
    EXITED = "exited"
    WRONG_ADDRESS = "wrong-address"
    WRONG_PORT = "wrong-port"
    SLOW_LOAD = "slow-load"
    NOT_LISTENING = "not-listening"


@dataclass(frozen=True, slots=True)
class Listener:
    """A TCP socket waiting for connections, as the service sees it."""

    address: str
    port: int

    @property
    def loopback(self) -> bool:
        """Only the service itself can reach it."""
        return self.address.startswith(LOOPBACK)

    def __str__(self) -> str:
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


@dataclass(frozen=True, slots=True)
class Facts:
    """What was seen beside the logs. None and "" mean that nobody could look."""

    port: int | None = None
    """The PORT the service was told to listen on."""
    listening: tuple[Listener, ...] | None = None
    """What it listens on; () where it listens on nothing."""
    waited: float | None = None
    """Seconds it was given to come up."""
    loading: bool = False
    """It was still busy when the time was over: its memory grew, or it answered "not ready yet"."""
    memory_limit: int | None = None
    """Bytes."""
    image_platform: str = ""
    """"linux/arm64" …"""
    host_platform: str = ""
    """Of the machine that ran it, or of the target."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One log line, numbered from 1."""

    line: int
    text: str

    def __str__(self) -> str:
        return f"log line {self.line}: {self.text}"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why it did not come up, in the person's words, and what to do about it."""

    kind: CauseKind
    title: str
    why: str
    evidence: tuple[Evidence, ...]
    fix: str
