"""Faults that a test or a teacher plants by name: the next matching thing fails, in the words of the real Cloud Run."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from wizard.errors import SendoffError


class WorkshopError(SendoffError):
    """The local Cloud Run could not be started, or was asked for something it does not know."""

    code = "workshop"


class Fault(StrEnum):
    about: str
    """What happens, in one sentence."""

    def __new__(cls, name: str, about: str) -> Fault:
        fault = str.__new__(cls, name)
        fault._value_ = name
        fault.about = about
        return fault

    API_DISABLED = (
        "api-disabled",
        "An API is switched off (detail `api`, run.googleapis.com unless told) until somebody enables it.",
    )
    PERMISSION_DENIED = (
        "permission-denied",
        "A permission is missing (detail `permission`; any where not told).",
    )
    ACT_AS_DENIED = (
        "act-as-denied",
        "The caller may not act as the account the service runs as.",
    )
    IMAGE_UNREADABLE = (
        "image-unreadable",
        "Cloud Run's own agent may not read the image.",
    )
    IMAGE_MISSING = (
        "image-missing",
        "The registry does not have the image.",
    )
    WRONG_ARCHITECTURE = (
        "wrong-architecture",
        "The image was built for another processor.",
    )
    NOT_LISTENING = (
        "not-listening",
        "The server listens on another port than $PORT.",
    )
    LOOPBACK_ONLY = (
        "loopback-only",
        "The server listens on 127.0.0.1, where nobody outside the container reaches it.",
    )
    OUT_OF_MEMORY = (
        "out-of-memory",
        "Loading the model takes more memory than the service has.",
    )
    CRASH = (
        "crash",
        "The server ends with an exception.",
    )
    MISSING_MODULE = (
        "missing-module",
        "The server cannot import a module it needs.",
    )
    PROBE_TIMEOUT = (
        "probe-timeout",
        "The server listens, but does not answer its startup probe in time.",
    )
    GPU_QUOTA = (
        "gpu-quota",
        "The project has no quota for GPUs in the region.",
    )
    ORG_POLICY = (
        "org-policy",
        "An organisation policy forbids allUsers; with detail `constraint`, forbids the service itself, also when only validated.",
    )
    UNAVAILABLE = (
        "unavailable",
        "A call is refused as UNAVAILABLE before it takes effect (detail `method`, e.g. CreateService; any where not told).",
    )
    ANSWER_LOST = (
        "answer-lost",
        "A call that changes something takes effect, and its answer is lost (detail `method`).",
    )
    ETAG_CONFLICT = (
        "etag-conflict",
        "Somebody else changes the service just before an update that names an etag.",
    )
    SLOW = (
        "slow",
        "Each step of a deploy takes `seconds` (1 unless told).",
    )
    SECRET_DENIED = (
        "secret-denied",
        "The service's account may not read a secret.",
    )
    NEVER_DONE = (
        "never-done",
        "A deploy goes on and on, until the fault is cleared or the local Cloud Run is reset.",
    )


@dataclass(slots=True)
class Planted:
    fault: Fault
    count: int
    """How many matching things still fail."""
    details: Mapping[str, str] = field(default_factory=dict)


class Faults:
    """The planted faults, oldest first. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._planted: list[Planted] = []
        self.on_change: Callable[[], None] = lambda: None
        """Called after a clear, for whoever waits for one."""

    def plant(self, name: str, /, count: int = 1, **details: object) -> None:
        """The next `count` matching things fail. Raises WorkshopError for a name that is none."""
        fault = {each.value: each for each in Fault}.get(name)
        if fault is None:
            raise WorkshopError(f"There is no fault called {name!r}.", "", f"Use one of: {', '.join(sorted(Fault))}.")
        if count < 1:
            raise WorkshopError(f"{name} cannot happen {count} times.", "", "Plant it at least once.")
        if fault is Fault.SLOW and re.fullmatch(r"\d+(\.\d+)?", str(details.get("seconds", "1"))) is None:
            raise WorkshopError(f"{details['seconds']!r} is no number of seconds.", "", "Use e.g. seconds=0.5.")
        with self._lock:
            self._planted.append(Planted(fault, count, {key: str(value) for key, value in details.items()}))

    def clear(self, name: str | None = None) -> None:
        """Forget one fault by name, or all."""
        with self._lock:
            self._planted = [each for each in self._planted if name is not None and each.fault != name]
        self.on_change()

    def planted(self) -> tuple[Planted, ...]:
        """What is still to happen."""
        with self._lock:
            return tuple(Planted(each.fault, each.count, dict(each.details)) for each in self._planted)

    def take(self, *faults: Fault, **matching: str) -> Planted | None:
        """The oldest planted one of these, used up by one; None where there is none. A detail that was planted has to be
        the same in `matching` where that names it."""
        with self._lock:
            for each in self._matching(faults, matching):
                each.count -= 1
                if each.count == 0:
                    self._planted.remove(each)
                return Planted(each.fault, 1, dict(each.details))
        return None

    def stands(self, fault: Fault, **matching: str) -> Planted | None:
        """The oldest planted one of these, left as it is."""
        with self._lock:
            return next(self._matching((fault,), matching), None)

    def _matching(self, faults: tuple[Fault, ...], matching: Mapping[str, str]) -> Iterator[Planted]:
        for each in list(self._planted):
            if each.fault in faults and all(each.details.get(key, value) == value for key, value in matching.items()):
                yield each
