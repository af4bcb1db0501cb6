"""What was released to a cloud from here: one small JSON file a service, in the person's state folder.

A record says only where to look, so that commands work without the plan; what is there is asked of the cloud each time.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from wizard.runtimes.process_record import default_state
from wizard.targets.noting import note_down


@dataclass(frozen=True, slots=True)
class CloudRecord:
    """Where a service was released to."""

    name: str
    project: str
    """The cloud's project."""
    region: str
    endpoint: str
    """Of a local Cloud Run; empty is Google."""
    folder: str
    """The project's folder on this machine."""
    bundle: str
    """Folder of the bundle, with its sample request."""
    url: str = ""
    """As last seen; the cloud is asked again."""

    @property
    def place(self) -> str:
        return place_in_words(self.project, self.region, self.endpoint)


def place_in_words(project: str, region: str, endpoint: str) -> str:
    """ "demo-project, us-central1", and which local Cloud Run where it is one."""
    where = f"{project}, {region}"
    return f"{where}, local Cloud Run at {endpoint}" if endpoint else where


def write(record: CloudRecord) -> None:
    """Whole or not at all. Raises TargetError where the folder cannot be written."""
    note_down(_path(record), record.name, asdict(record))


def read_all() -> tuple[CloudRecord, ...]:
    """Every record, by name and place."""
    found = (_read(path) for path in sorted(_folder().glob("*.json")))
    return tuple(record for record in found if record is not None)


def forget(record: CloudRecord) -> None:
    """Remove a record; does nothing where there is none."""
    _path(record).unlink(missing_ok=True)


def _folder() -> Path:
    return default_state() / "cloud_run"


def _path(record: CloudRecord) -> Path:
    port = record.endpoint.rpartition(":")[2]
    where = ".".join(part for part in (record.name, record.project, record.region, port) if part)
    return _folder() / f"{where}.json"


def _read(path: Path) -> CloudRecord | None:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        known = {field.name for field in fields(CloudRecord)}
        record = CloudRecord(**{key: value for key, value in data.items() if key in known})
    except (OSError, ValueError, TypeError, AttributeError):
        return None
    return record if all(isinstance(value, str) for value in asdict(record).values()) else None
