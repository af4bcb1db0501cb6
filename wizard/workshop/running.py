"""The workshop of this account that is up, found by what it wrote down; nothing heavy is imported to look."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from wizard.runtimes.process_record import default_state, read_record
from wizard.runtimes.process_table import started

DAEMON = "daemon"
"""Folder, inside the workshop's, with the daemon's record and log."""
_TIMEOUT = 3.0


@dataclass(frozen=True, slots=True)
class Running:
    """A workshop that answers."""

    endpoint: str
    grpc: str
    registry: str
    project: str
    region: str
    runtime: str
    pid: int
    folder: Path


def default_folder() -> Path:
    """Where this account's workshop keeps its state: beside that of its services."""
    return default_state().parent / "workshop"


def process_of(folder: Path) -> int | None:
    """Number of the daemon's process; None where none runs."""
    record = read_record(folder / DAEMON)
    return record.pid if record is not None and record.started and started(record.pid) == record.started else None


def find_running(folder: Path) -> Running | None:
    """The workshop over that folder; None where it is not up, or does not answer."""
    record = read_record(folder / DAEMON)
    pid = process_of(folder)
    if record is None or pid is None:
        return None
    endpoint = f"http://127.0.0.1:{record.port}"
    try:
        told = json.loads(ask(endpoint, "GET", "/")[1])
        return Running(
            endpoint, told["grpc"], told["registry"], told["project"], told["region"], told["runtime"], pid, folder
        )
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return None


def ask(endpoint: str, method: str, path: str, body: object = None) -> tuple[int, bytes]:
    """Status and body of a request to the HTTP door. Raises OSError or HTTPException where it does not answer."""
    url = urlsplit(endpoint)
    connection = http.client.HTTPConnection(str(url.hostname), url.port, timeout=_TIMEOUT)
    try:
        data = None if body is None else json.dumps(body).encode()
        headers = {} if data is None else {"Content-Type": "application/json"}
        connection.request(method, path, data, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
