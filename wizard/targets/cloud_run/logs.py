"""What a service's containers have written, from Cloud Logging: Google's, or the local Cloud Run's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from wizard.events import Reporter, silent
from wizard.targets.cloud_run.api_errors import retrying
from wizard.targets.cloud_run.cloud import Cloud
from wizard.targets.cloud_run.writing import TIMEOUT

if TYPE_CHECKING:
    from google.cloud.logging_v2.types import LogEntry

_PAGE = 500
_OVERLAP = timedelta(seconds=10)
"""Entries arrive a little out of order: each question reaches back so far, and what was seen before is left out."""
_NOT_OUTPUT = ("requests", "activity", "data_access", "system_event")
"""Logs beside the containers' own: what was asked of the service, and who changed it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of the log."""

    text: str
    """As a person reads it."""
    raw: str
    """As the container wrote it: for JSON, the whole object."""
    revision: str
    at: datetime


@dataclass
class ServiceLog:
    """The log of a service, or of one of its revisions, read bit by bit. Not thread-safe."""

    cloud: Cloud
    service: str
    revision: str = ""
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    """Nothing before it is read by `new`."""
    reporter: Reporter = field(default_factory=silent)
    patient: bool = True
    """Ask again where no answer comes; else the error says so at once."""
    _seen: dict[str, datetime] = field(default_factory=dict, repr=False)

    def newest(self, count: int) -> list[Line]:
        """The last `count` lines, oldest first; `new` goes on after them. Raises CloudError."""
        entries: list[LogEntry] = []
        found = self._entries(self._filter(None), "timestamp desc", max(count, 1))
        for entry in filter(_is_output, found):
            if not entries:  # by the cloud's clock, not this machine's
                self.since = _line(entry).at
            entries.append(entry)
            if len(entries) >= count:
                break
        lines = [self._noted(entry) for entry in reversed(entries)]
        return lines[-count:] if count else []

    def new(self) -> list[Line]:
        """The lines that came since this was last asked, oldest first. Raises CloudError."""
        found = [
            self._noted(entry)
            for entry in self._entries(self._filter(self.since), "timestamp asc", _PAGE)
            if _is_output(entry) and _identity(entry) not in self._seen
        ]
        if self._seen:
            newest = max(self._seen.values())
            self.since = max(self.since, newest - _OVERLAP)
            self._seen = {key: at for key, at in self._seen.items() if at >= self.since}
        return found

    def _noted(self, entry: LogEntry) -> Line:
        line = _line(entry)
        self._seen[_identity(entry)] = line.at
        return line

    def _entries(self, text: str, order: str, count: int) -> Iterator[LogEntry]:
        from google.cloud.logging_v2.types import ListLogEntriesRequest

        request = ListLogEntriesRequest(
            resource_names=[self.cloud.place.project_name], filter=text, order_by=order, page_size=min(count, _PAGE)
        )
        doing = f"read the log of {self.service}"
        # Page by page: the library's own iterator would end without a word after a page that did not come. And without its
        # own retries, which go on for a minute and do not hear a request to stop.
        while True:
            answer = retrying(
                lambda: next(
                    iter(self.cloud.logs.list_log_entries(request=request, retry=None, timeout=TIMEOUT).pages)
                ),
                self.reporter,
                doing,
                safe=self.patient,
                member=self.cloud.member,
                project=self.cloud.place.project,
            )
            yield from answer.entries
            if not answer.next_page_token:
                return
            request.page_token = answer.next_page_token

    def _filter(self, since: datetime | None) -> str:
        parts = [
            'resource.type="cloud_run_revision"',
            f'resource.labels.service_name="{self.service}"',
            f'resource.labels.location="{self.cloud.place.region}"',
        ]
        if self.revision:
            parts.append(f'resource.labels.revision_name="{self.revision}"')
        if since is not None:
            parts.append(f'timestamp>="{since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")}"')
        return " AND ".join(parts)


def _is_output(entry: LogEntry) -> bool:
    return not entry.log_name.replace("%2F", "/").endswith(_NOT_OUTPUT)


def _identity(entry: LogEntry) -> str:
    return str(entry.insert_id) or f"{entry.timestamp}{entry.text_payload}"


def _line(entry: LogEntry) -> Line:
    data = _json_payload(entry)
    raw = json.dumps(data, ensure_ascii=False) if data else str(entry.text_payload).rstrip("\n")
    revision = str(entry.resource.labels.get("revision_name", ""))
    return Line(_shown(data) if data else raw, raw, revision, _moment(entry))


def _moment(entry: LogEntry) -> datetime:
    # proto-plus gives a datetime with nanoseconds, or None where the entry has no time of its own yet.
    at = entry.timestamp or entry.receive_timestamp
    return datetime.fromtimestamp(at.timestamp(), UTC) if at is not None else datetime.now(UTC)


def _json_payload(entry: LogEntry) -> dict[str, Any]:
    from google.logging.type import log_severity_pb2
    from google.protobuf import json_format

    message = type(entry).pb(entry)
    if not message.HasField("json_payload"):
        return {}
    data: dict[str, Any] = _whole(json_format.MessageToDict(message.json_payload))
    if entry.severity and "severity" not in data:
        data["severity"] = log_severity_pb2.LogSeverity.Name(int(entry.severity))
    return data


def _whole(value: Any) -> Any:
    """The same with 200.0 as 200, and names in order: every number of a protobuf Struct is a double, and it keeps no order."""
    match value:
        case dict():
            return {name: _whole(value[name]) for name in sorted(value)}
        case list():
            return [_whole(one) for one in value]
        case float() if value.is_integer():
            return int(value)
    return value


def _shown(data: dict[str, Any]) -> str:
    """A structured line as text: severity where it matters, the message, and what is left as name=value."""
    message = data.get("message")
    if not isinstance(message, str):
        return json.dumps(data, ensure_ascii=False)
    severity = str(data.get("severity", ""))
    loud = f"{severity}: " if severity not in {"", "DEFAULT", "DEBUG", "INFO", "NOTICE"} else ""
    rest = {key: value for key, value in data.items() if key not in _SAID and not key.startswith("logging.")}
    tail = "".join(f" {key}={_value(value)}" for key, value in rest.items() if key not in _TRACES)
    traces = "".join(f"\n{value}" for key, value in data.items() if key in _TRACES and isinstance(value, str))
    return f"{loud}{message}{tail}{traces}"


_SAID = frozenset({"message", "severity", "time", "timestamp", "level"})
_TRACES = ("exception", "stack_trace", "traceback")


def _value(value: Any) -> str:
    return value if isinstance(value, str) and " " not in value else json.dumps(value, ensure_ascii=False)
