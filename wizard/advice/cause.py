"""The values of a diagnosis: what was seen, and the cause that explains it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

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
    PROBE_FAILED = "probe-failed"
    API_DISABLED = "api-disabled"
    NOT_PERMITTED = "not-permitted"
    ACT_AS_DENIED = "act-as-denied"
    IMAGE_MISSING = "image-missing"
    IMAGE_UNREADABLE = "image-unreadable"
    IMAGE_REFUSED = "image-refused"
    SECRET_DENIED = "secret-denied"
    SECRET_MISSING = "secret-missing"
    KEY_DENIED = "key-denied"
    ORG_POLICY = "org-policy"
    QUOTA = "quota"
    GPU_QUOTA = "gpu-quota"
    REVISION_LIMIT = "revision-limit"
    NOT_PROVISIONED = "not-provisioned"
    NETWORK_MISSING = "network-missing"
    SETTING_REFUSED = "setting-refused"
    REVISION_GONE = "revision-gone"
    REVISION_SERVES = "revision-serves"
    NAME_TAKEN = "name-taken"
    NOT_FOUND = "not-found"
    CHANGED_MEANWHILE = "changed-meanwhile"
    DEADLINE = "deadline"
    PLATFORM_FAILING = "platform-failing"
    UNKNOWN = "unknown"


Stage = Literal["plan", "preflight", "build", "rehearse", "push", "release"]

_STAGES: dict[CauseKind, Stage] = {
    CauseKind.WRONG_ARCHITECTURE: "build",
    CauseKind.MISSING_LIBRARY: "build",
    CauseKind.NO_COMMAND: "build",
    CauseKind.CRASH: "rehearse",
    CauseKind.EXITED: "rehearse",
    CauseKind.NOT_LISTENING: "rehearse",
    CauseKind.WRONG_ADDRESS: "rehearse",
    CauseKind.WRONG_PORT: "rehearse",
    CauseKind.READ_ONLY: "rehearse",
    CauseKind.PERMISSION_DENIED: "rehearse",
    CauseKind.PORT_TAKEN: "rehearse",
    CauseKind.IMAGE_MISSING: "push",
    **dict.fromkeys(
        (
            CauseKind.API_DISABLED, CauseKind.NOT_PERMITTED, CauseKind.ACT_AS_DENIED, CauseKind.IMAGE_UNREADABLE,
            CauseKind.IMAGE_REFUSED, CauseKind.SECRET_DENIED, CauseKind.SECRET_MISSING, CauseKind.KEY_DENIED,
            CauseKind.GPU_QUOTA,
        ),
        "preflight",
    ),
    **dict.fromkeys(
        (
            CauseKind.REVISION_LIMIT, CauseKind.REVISION_GONE, CauseKind.REVISION_SERVES, CauseKind.NAME_TAKEN,
            CauseKind.NOT_FOUND, CauseKind.CHANGED_MEANWHILE, CauseKind.DEADLINE, CauseKind.PLATFORM_FAILING,
            CauseKind.UNKNOWN,
        ),
        "release",
    ),
}  # fmt: skip
"""Where the road goes on once the cause is gone; from the plan where none is named, for there the mistake is."""


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
    """One log line, numbered from 1; numbered 0 it is what the platform itself said."""

    line: int
    text: str

    def __str__(self) -> str:
        return self.text if self.line == 0 else f"log line {self.line}: {self.text}"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why it did not come up, in the person's words, and what to do about it."""

    kind: CauseKind
    title: str
    why: str
    evidence: tuple[Evidence, ...]
    fix: str

    @property
    def stage(self) -> Stage:
        """The stage of the road to go on from, once the fix is made."""
        return _STAGES.get(self.kind, "plan")
