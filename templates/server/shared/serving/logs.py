"""Logs as one JSON object a line, in the fields Cloud Logging reads. Request bodies are never logged.

Requests that go well are not logged either: Cloud Run does that itself, and a line costs as much as a small prediction.
"""

from __future__ import annotations

import logging
import os
import re
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson

PROJECT = os.environ.get("GOOGLE_CLOUD_PROJECT", "")
CLOUD = re.compile(r"([0-9a-f]{32})(?:/([0-9]{1,20}))?(?:;.*)?", re.IGNORECASE)
"""X-Cloud-Trace-Context: TRACE/SPAN;o=1, the span as a decimal number."""
W3C = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-.*")
"""traceparent: VERSION-TRACE-SPAN-FLAGS."""


def write(severity: str, message: str, **fields: Any) -> None:
    """Write one line to standard output: DEBUG, INFO, NOTICE, WARNING, ERROR or CRITICAL."""
    line = {"severity": severity, "message": message, "time": datetime.now(UTC).isoformat(), **fields}
    os.write(1, orjson.dumps(line, default=str) + b"\n")


def answered(
    method: str, path: str, status: int, seconds: float, header: Callable[[str], str | None], note: str
) -> None:
    """Write one line about a request that was refused (`note` says why) or took long."""
    about = {"requestMethod": method, "requestUrl": path, "status": status, "latency": f"{seconds:.6f}s"}
    write("WARNING" if note else "NOTICE", note or "slow", httpRequest=about, **trace(header))


def trace(header: Callable[[str], str | None]) -> dict[str, str]:
    """What ties a line to its request's trace: from the header of Google Cloud or of W3C. Malformed ones are ignored."""
    if cloud := CLOUD.fullmatch(header("x-cloud-trace-context") or ""):
        name, span = cloud[1], f"{int(cloud[2]):016x}" if cloud[2] else ""
    elif w3c := W3C.fullmatch(header("traceparent") or ""):
        name, span = w3c[1], w3c[2]
    else:
        return {}
    fields = {"logging.googleapis.com/trace": f"projects/{PROJECT}/traces/{name}" if PROJECT else name}
    if span:
        fields["logging.googleapis.com/spanId"] = span
    return fields


def place(error: BaseException) -> str:
    """Type of an error and where it was raised; not its message, which may quote the request."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} in {frames[-1].filename}:{frames[-1].lineno}" if frames else type(error).__name__


class Handler(logging.Handler):
    """Passes on what libraries, and your own handler.py, say through `logging`."""

    def emit(self, record: logging.LogRecord) -> None:
        fields: dict[str, Any] = {"logger": record.name}
        if record.exc_info and record.exc_info[0] is not None:
            fields["stack_trace"] = "".join(traceback.format_exception(*record.exc_info))
        write(record.levelname, record.getMessage(), **fields)


def take_over() -> None:
    """Send everything from `logging` and `warnings` through here. The servers' own chatter starts at WARNING."""
    logging.basicConfig(level=logging.INFO, handlers=[Handler()], force=True)
    logging.captureWarnings(True)
    for chatty in ("uvicorn", "gunicorn", "asyncio"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
