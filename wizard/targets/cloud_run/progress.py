"""How far a release is, told at least once a second, whatever Cloud Run says or does not say."""

from __future__ import annotations

import threading
import time
from enum import Enum
from types import TracebackType
from typing import TYPE_CHECKING

from wizard.events import Reporter
from wizard.targets.cloud_run.service_state import RevisionState, condition, revision_state

if TYPE_CHECKING:
    from google.cloud import run_v2

_BEAT = 1.0
"""Seconds between two words where nothing changes."""


class Step(Enum):
    """The steps of a release, in order."""

    REVISION = "revision"
    CONTAINER = "container"
    HEALTH = "health"
    PROOF = "proof"
    ROUTING = "routing"
    ACCESS = "access"

    @property
    def number(self) -> int:
        """From 0."""
        return _STEPS.index(self)


_STEPS = tuple(Step)


class Progress:
    """Says which step is under way and for how many seconds. A context manager: inside it a thread keeps the beat, so that
    a call that takes its time is no silence. The reporter is told at once of every change."""

    def __init__(self, reporter: Reporter) -> None:
        self.reporter = reporter
        self._step = Step.REVISION
        self._what = "asking Cloud Run what is there"
        self._since = time.monotonic()
        self._begun = self._since
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="release-progress", daemon=True)

    def __enter__(self) -> Progress:
        self._tell()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def at(self, step: Step, what: str) -> None:
        """This is under way now. A step that is over is logged with the seconds it took; going back is not said."""
        now = time.monotonic()
        with self._lock:
            if step.number < self._step.number or (step is self._step and what == self._what):
                return
            ended = [] if step is self._step else list(_STEPS[self._step.number : step.number])
            seconds = now - self._begun
            self._step, self._what, self._since = step, what, now
            if ended:
                self._begun = now
        if ended:
            self.reporter.log(f"{', '.join(one.value for one in ended)}: done in {seconds:.1f} s")
        self._tell()

    def done(self) -> None:
        """Everything is over."""
        with self._lock:
            step, seconds = self._step, time.monotonic() - self._begun
        self._over.set()
        self.reporter.log(f"{step.value}: done in {seconds:.1f} s")
        self.reporter.progress(len(_STEPS), len(_STEPS), what="done")

    def _beat(self) -> None:
        while not self._over.wait(_BEAT):
            self._tell()

    def _tell(self) -> None:
        with self._lock:
            step, what, seconds = self._step, self._what, time.monotonic() - self._since
        waited = f" ({seconds:.0f} s)" if seconds >= 1 else ""
        self.reporter.progress(step.number, len(_STEPS), what=f"{step.value}: {what}{waited}")


def follow(progress: Progress, revision: run_v2.Revision | None) -> None:
    """Tell what a revision that is on its way has come to, by its conditions."""
    from google.cloud import run_v2

    if revision is None:
        progress.at(Step.REVISION, "waiting for it to be made")
        return
    done = run_v2.Condition.State.CONDITION_SUCCEEDED
    for step, kinds, what in _BY_CONDITION:
        for kind in kinds:
            one = condition(revision.conditions, kind)
            if one is not None and one.state != done:
                progress.at(step, one.message.splitlines()[0] if one.message else what)
                return
    if revision_state(revision) is RevisionState.PENDING:
        progress.at(Step.HEALTH, "waiting for the first healthy answer")


_BY_CONDITION = (
    (Step.CONTAINER, ("ResourcesAvailable", "ContainerReady"), "fetching the image and starting it"),
    (Step.HEALTH, ("ContainerHealthy", "MinInstancesProvisioned"), "waiting for the first healthy answer"),
)
"""What a revision's conditions mean for the steps, in the order in which they come true."""
