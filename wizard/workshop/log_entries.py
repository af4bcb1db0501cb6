"""Cloud Logging: the lines of containers as log entries."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from google.cloud.logging_v2.types import ListLogEntriesResponse, LogEntry, TailLogEntriesResponse
from google.logging.type import log_severity_pb2

from wizard.workshop.log_filter import SEVERITIES, Fields, parse
from wizard.workshop.logs import Line, Logs
from wizard.workshop.messages import Message
from wizard.workshop.paging import page
from wizard.workshop.policies import Policies
from wizard.workshop.resource_names import project_of

_Entry: Any = LogEntry.pb()
_LOOK = 0.5
"""Seconds between two looks whether the reader of a tail is still there."""


class LogEntries:
    def __init__(self, logs: Logs, policies: Policies) -> None:
        self._logs = logs
        self._policies = policies

    def read(self, request: Any, caller: str) -> Message:
        """Oldest first, unless ordered by `timestamp desc`."""
        wanted = parse(request.filter)
        lines = [
            line
            for project in self._projects(request.resource_names, caller)
            for line in self._logs.lines(project)
            if wanted(_fields(line))
        ]
        if request.order_by == "timestamp desc":
            lines.reverse()
        shown, token = page(lines, request.page_size, request.page_token, default=50)
        return ListLogEntriesResponse.pb()(entries=[_entry(line) for line in shown], next_page_token=token)

    def tail(self, requests: Iterator[Any], caller: str, is_listening: Callable[[], bool]) -> Iterator[Message]:
        """What is written from now on, as it comes, until nobody listens."""
        request = next(requests, None)
        if request is None:
            return
        wanted = parse(request.filter)
        projects = self._projects(request.resource_names, caller)
        seen = max((line.number for project in projects for line in self._logs.lines(project)), default=0)
        while is_listening():
            fresh = [line for project in projects for line in self._logs.lines(project, seen)]
            seen = max((line.number for line in fresh), default=seen)
            entries = [_entry(line) for line in fresh if wanted(_fields(line))]
            if entries:
                yield TailLogEntriesResponse.pb()(entries=entries)
            else:
                self._logs.wait(seen, _LOOK)

    def _projects(self, names: Any, caller: str) -> list[str]:
        for name in names:
            self._policies.require(caller, "logging.logEntries.list", name)
        return sorted({project_of(name) for name in names})


def _parsed(line: Line) -> dict[str, Any] | None:
    """The object that a line of JSON holds."""
    if not line.text.startswith("{"):
        return None
    try:
        told = json.loads(line.text)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def _severity(line: Line, told: dict[str, Any] | None) -> str:
    if line.stream == "system":
        return "ERROR"
    said = str((told or {}).get("severity", "")).upper()
    return said if said in SEVERITIES else "DEFAULT"


def _log_name(line: Line) -> str:
    log = {"stdout": "stdout", "system": "varlog%2Fsystem"}[line.stream]
    return f"projects/{project_of(line.revision)}/logs/run.googleapis.com%2F{log}"


def _labels(line: Line) -> dict[str, str]:
    _, project, _, region, _, service, _, revision = line.revision.split("/")
    return {
        "project_id": project,
        "location": region,
        "service_name": service,
        "configuration_name": service,
        "revision_name": revision,
    }


def _fields(line: Line) -> Fields:
    told = _parsed(line)
    fields = {f"resource.labels.{key}": value for key, value in _labels(line).items()}
    fields |= {
        "resource.type": "cloud_run_revision",
        "logName": _log_name(line),
        "severity": _severity(line, told),
        "timestamp": line.written.isoformat().replace("+00:00", "Z"),
        "insertId": _insert_id(line),
    }
    if told is None:
        fields["textPayload"] = line.text
    else:
        fields |= {f"jsonPayload.{key}": str(value) for key, value in told.items()}
    return fields


def _insert_id(line: Line) -> str:
    return f"{line.number:012d}"


def _entry(line: Line) -> Message:
    told = _parsed(line)
    entry = _Entry(
        log_name=_log_name(line),
        insert_id=_insert_id(line),
        severity=log_severity_pb2.LogSeverity.Value(_severity(line, told)),
        labels={"instanceId": line.revision.rpartition("/")[2]},
    )
    entry.resource.type = "cloud_run_revision"
    entry.resource.labels.update(_labels(line))
    entry.timestamp.FromDatetime(line.written)
    entry.receive_timestamp.FromDatetime(line.written)
    if told is None:
        entry.text_payload = line.text
    else:
        told.pop("severity", None)
        entry.json_payload.update(told)
    return entry
