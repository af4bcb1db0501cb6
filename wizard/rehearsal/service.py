"""The service on the stage: the running instance, how it is reached, and what a valid request to it looks like."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from wizard.bundle.bundle import Bundle
from wizard.events import Reporter
from wizard.inspection.inspection import Inspection
from wizard.plan.plan import Plan
from wizard.rehearsal.connection import Address, Connection, NoAnswerError
from wizard.rehearsal.rows import Row
from wizard.runtimes.runtime import Instance

PREDICT = "/predict"
PROBABILITIES = "/predict_proba"
HEALTH = "/health"


@dataclass
class Service:
    """Everything a check needs. Connections close when the person asks to stop, so no check outlives that by long."""

    plan: Plan
    inspection: Inspection
    instance: Instance
    port: int
    """The PORT it was told to listen on."""
    sample: Any
    """Value of "features" in the bundle's sample request; None where there is none."""
    reporter: Reporter
    _open: set[Connection] = field(default_factory=set, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def address(self) -> Address:
        parts = urlsplit(self.instance.url)
        return Address(parts.hostname or "127.0.0.1", parts.port or 80)

    @contextlib.contextmanager
    def connection(self, timeout: float = 30.0, connecting: float = 10.0) -> Iterator[Connection]:
        """A connection to it, closed at the end. Inside, NoAnswerError after a request to stop becomes CancelledError."""
        connection = Connection(self.address, timeout, connecting)
        with self._lock:
            self._open.add(connection)
        try:
            yield connection
        except NoAnswerError:
            self.reporter.check()
            raise
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def hang_up(self) -> None:
        """Close all connections, from any thread."""
        with self._lock:
            connections = tuple(self._open)
        for connection in connections:
            connection.close()

    def request(self, row: Row) -> dict[str, Any]:
        """The body that asks for one row."""
        return {"features": self.features(row)}

    def features(self, row: Row) -> Any:
        """A row as the service takes it; see `wrapped`."""
        return wrapped(row, self.sample)

    def log_lines(self, last: int = 400) -> list[str]:
        """Its newest output; empty where the engine does not give it."""
        from wizard.errors import SendoffError

        try:
            return list(self.instance.logs(tail=last))
        except SendoffError:
            return []


def wrapped(row: Row, sample: Any) -> Any:
    """A row as the service takes it: one text in the wrapping of the sample's own "features"."""
    if not isinstance(row, str):
        return row
    match sample:
        case [_]:
            return [row]
        case {**only} if len(only) == 1:
            return dict.fromkeys(only, row)
        case _:
            return row


def read_sample(bundle: Bundle) -> Any:
    """Value of "features" in the bundle's sample.json; None where it has none."""
    try:
        body = json.loads((Path(bundle.folder) / "sample.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(body, dict):
        return None
    if "features" in body:
        return body["features"]
    instances = body.get("instances")
    return instances[0] if isinstance(instances, list) and instances else None
