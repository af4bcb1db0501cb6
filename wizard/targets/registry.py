"""What was released on this machine: one small JSON file a service, in the person's state folder.

The files say what was started; whether it still runs is asked of the engine or the system each time.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from wizard.runtimes.process_record import default_state
from wizard.runtimes.runtime import RuntimeName
from wizard.targets.noting import note_down


@dataclass(frozen=True, slots=True)
class Leftover:
    """An earlier revision that is still to be removed. Not always of the runtime that the service has now."""

    runtime: RuntimeName
    handle: str


@dataclass(frozen=True, slots=True)
class Record:
    """A service as it was released last."""

    name: str
    project: str
    """Folder of the project it belongs to."""
    runtime: RuntimeName
    handle: str
    url: str
    port: int
    number: int
    """How many times it was released; part of the revision's name."""
    revision: str
    fingerprint: str
    """Digest of everything that makes this revision what it is: equal ones need no new release."""
    image: str
    """Image id or, for a process, the bundle's digest."""
    bundle: str
    """Folder of the bundle it runs: of a process its own copy, which stays as it was released."""
    started: float
    """Seconds since the epoch."""
    leftovers: tuple[Leftover, ...] = ()
    """Earlier revisions that are to be removed, e.g. once their engine answers again."""


def write(record: Record) -> None:
    """Whole or not at all. Raises TargetError where the folder cannot be written."""
    note_down(_path(record.name), record.name, asdict(record))


def read(name: str) -> Record | None:
    """The record of a service; None where there is none, or none that can be understood."""
    return _read(_path(name))


def read_all() -> tuple[Record, ...]:
    """Every record, by name."""
    found = (_read(path) for path in sorted(default_state().glob("*.json")))
    return tuple(record for record in found if record is not None)


def forget(name: str) -> None:
    """Remove a record; does nothing where there is none."""
    _path(name).unlink(missing_ok=True)


def _path(name: str) -> Path:
    return default_state() / f"{name}.json"


def _read(path: Path) -> Record | None:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        known = {field.name for field in fields(Record)}
        values = {key: value for key, value in data.items() if key in known}
        leftovers = tuple(Leftover(**one) for one in values.get("leftovers", ()))
        return Record(**{**values, "leftovers": leftovers})
    except (OSError, ValueError, TypeError, AttributeError):
        return None
