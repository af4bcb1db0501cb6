"""What a workshop keeps in its folder, and that only one program at a time works there."""

from __future__ import annotations

import json
import secrets
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from wizard.workshop.faults import WorkshopError


@dataclass(frozen=True, slots=True)
class Ports:
    """Ports of 127.0.0.1; 0 takes the one it had before, else a free one."""

    http: int = 0
    grpc: int = 0
    registry: int = 0


@dataclass(frozen=True, slots=True)
class About:
    """What is written down of a workshop."""

    workshop: str
    """Labels its containers, so that those of two workshops are never mixed up."""
    runtime: str = ""
    """What ran its revisions last."""
    ports: Ports = Ports()


class WorkshopFolder:
    """The folder of one workshop; readable by this account alone."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._lock: IO[bytes] | None = None

    def enter(self) -> None:
        """Make it, and keep others out until `leave`. Raises WorkshopError where that cannot be."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.path.chmod(0o700)
            lock = (self.path / "lock").open("ab")
        except OSError as error:
            raise WorkshopError(
                f"The local Cloud Run cannot keep its state in {self.path}.",
                f"{error.strerror or error}.",
                "Make the folder writable, or set SENDOFF_HOME to one that is.",
            ) from error
        if not _locked(lock):
            lock.close()
            raise WorkshopError(
                "This local Cloud Run is up already.",
                f"Another program holds {self.path / 'lock'}.",
                "See `sendoff workshop status`; `sendoff workshop down` ends it.",
            )
        self._lock = lock

    def leave(self) -> None:
        """Let others in."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def about(self) -> About:
        """What was written down; something new where nothing was."""
        try:
            told = json.loads((self.path / "workshop.json").read_text(encoding="utf-8"))
            return About(told["workshop"], told["runtime"], Ports(**told["ports"]))
        except (OSError, ValueError, KeyError, TypeError):
            return About(secrets.token_hex(8))

    def write(self, about: About) -> None:
        """Write it down, whole or not at all."""
        part = self.path / "workshop.json.part"
        part.write_text(json.dumps(asdict(about), indent=2), encoding="utf-8")
        part.replace(self.path / "workshop.json")


def _locked(file: IO[bytes]) -> bool:
    """Released by the system when the program ends, however it ends."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
