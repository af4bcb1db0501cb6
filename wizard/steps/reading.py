"""Answers as a fact's `find` and a field's `probe` read them: in another thread, and every read noted."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from wizard.steps.late import Job, Key
from wizard.steps.resolution import Resolution


class ObservedReading:
    """One state of the session, read by a job. All values have been worked out; a fact may not have been asked for yet."""

    def __init__(self, resolution: Resolution, job: Job, lock: threading.RLock) -> None:
        self._resolution = resolution
        self._job = job
        self._lock = lock

    def value(self, name: str) -> Any:
        with self._lock:
            self._note(("field", name))
            return self._resolution.value(name)

    def names(self) -> tuple[str, ...]:
        with self._lock:
            names = self._resolution.names()
            for name in names:
                self._note(("field", name))
            return names

    def fact(self, name: str) -> Any:
        with self._lock:
            self._note(("fact", name))
            return self._resolution.fact(name)

    def given(self) -> Mapping[str, Any]:
        with self._lock:
            self._note(("given", ""))
            return self._resolution.given()

    def overtaken(self) -> bool:
        return self._job.overtaken

    def _note(self, key: Key) -> None:
        self._job.reads[key] = self._resolution.now(key)
