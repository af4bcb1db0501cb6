"""What happened, on disk: append-only JSON lines that survive kill -9 at any point.

A line is only believed when it is whole; a torn last line is what a kill leaves, and is passed over.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from wizard.events import Event, LogLine, RunFinished, StageStarted
from wizard.run.project import Project

_KEPT_RUNS = 20


class Journal:
    """The events of one run, in order. Log lines are written through in small batches, everything else at once."""

    def __init__(self, project: Project, purpose: str) -> None:
        self.run = f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"
        self.path = project.journal / f"{self.run}.jsonl"
        self._file = self.path.open("a", encoding="utf-8", buffering=1 << 16)
        self._lock = threading.Lock()
        self._flushed = time.monotonic()
        started = {
            "run": self.run,
            "plan": str(project.plan_path),
            "purpose": purpose,
            "pid": os.getpid(),
            "at": time.time(),
        }
        self._write({"type": "RunStarted", **started})
        self._file.flush()
        _forget_old(project.journal)

    def put(self, event: Event) -> str | None:
        """Append one event. Thread-safe. Where the disk refuses, the journal ends there: the reason, the first time."""
        with self._lock:
            if self._file.closed:
                return None
            try:
                self._write({"type": type(event).__name__, **asdict(event)})
                now = time.monotonic()
                if not isinstance(event, LogLine) or now - self._flushed > 0.2:
                    self._file.flush()
                    self._flushed = now
            except OSError as error:
                self._abandon()
                return error.strerror or str(error)
            return None

    def close(self) -> None:
        with self._lock, contextlib.suppress(OSError):
            self._file.close()

    def _abandon(self) -> None:
        with contextlib.suppress(OSError):
            self._file.close()

    def _write(self, record: dict[str, Any]) -> None:
        self._file.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")


class Ledger:
    """Which stages are done, for which inputs, with what result: the last whole line for a stage counts."""

    def __init__(self, project: Project) -> None:
        self._path = project.done
        self._last: dict[str, dict[str, Any]] = {}
        for record in read_lines(self._path):
            if isinstance(record.get("stage"), str):
                self._last[record["stage"]] = record

    def result(self, stage: str, key: str) -> Any | None:
        """What the stage yielded for these very inputs, as plain data; None where it was not done for them."""
        record = self._last.get(stage)
        return record.get("value") if record is not None and record.get("key") == key else None

    def last(self, stage: str) -> Any | None:
        """What the stage yielded last, for whatever inputs; None where it was never done."""
        return self._last.get(stage, {}).get("value")

    def record(self, stage: str, key: str, value: Any, run: str) -> None:
        """Note that a stage is done. On return the line is on the disk."""
        record = {"stage": stage, "key": key, "value": value, "run": run, "at": time.time()}
        self._last[stage] = record
        line = json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n"
        with self._path.open("ab+") as file:
            if file.tell() and not _ends_whole(file):
                line = "\n" + line
            file.write(line.encode())
            file.flush()
            os.fsync(file.fileno())


def _ends_whole(file: Any) -> bool:
    file.seek(-1, os.SEEK_END)
    return bool(file.read(1) == b"\n")


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The whole records of a file of JSON lines; nothing where there is no file."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        for line in file:
            if not line.endswith(b"\n"):
                return
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict):
                yield record


def interrupted(project: Project) -> str | None:
    """The stage the newest run was in when it was cut off; None where it ended, or there was none."""
    runs = sorted(project.journal.glob("*.jsonl"))
    if not runs:
        return None
    stage = ""
    for record in read_lines(runs[-1]):
        if record.get("type") == RunFinished.__name__:
            return None
        if record.get("type") == StageStarted.__name__:
            stage = str(record.get("stage"))
    return stage or None


def _forget_old(folder: Path) -> None:
    for path in sorted(folder.glob("*.jsonl"))[:-_KEPT_RUNS]:
        path.unlink(missing_ok=True)
