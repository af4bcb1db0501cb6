"""What is written down of a process, so that another program finds it again."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

_FILE = "process.json"


@dataclass(frozen=True, slots=True)
class Record:
    """A process that was started."""

    name: str
    pid: int
    started: str
    """When, in the system's own terms: tells it from a later process with the same number."""
    port: int
    labels: Mapping[str, str] = field(default_factory=dict)
    owner: str = ""
    """The program it must not outlive; "" for a detached one."""

    @property
    def handle(self) -> str:
        return f"{self.pid}:{self.started}"


def default_state() -> Path:
    """Where this account's records are kept: `$SENDOFF_HOME`, or beside other programs' state; outside any project."""
    if own := os.environ.get("SENDOFF_HOME"):
        return Path(own) / "services"
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(home) / "sendoff" / "services"


def write_record(folder: Path, record: Record) -> None:
    """Write it whole or not at all."""
    part = folder / f"{_FILE}.part"
    part.write_text(json.dumps(asdict(record), indent=2), encoding="utf-8")
    part.replace(folder / _FILE)


def read_record(folder: Path) -> Record | None:
    """The record in a folder; None where there is none, or none that can be understood."""
    try:
        return Record(**json.loads((folder / _FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def records(state: Path) -> Iterator[tuple[Path, Record]]:
    """Every (folder, record) in the folder of all of them."""
    if state.is_dir():
        for folder in sorted(state.iterdir()):
            if (record := read_record(folder)) is not None:
                yield folder, record
