"""Finding out late values in the pool: what is needed is started once the typing has paused, what is overtaken is dropped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any

from wizard.errors import SendoffError, own_fault
from wizard.steps.answers import Answers, FactFailed, Pending
from wizard.steps.fields import Fact, Field, Kind
from wizard.steps.late import Found, Job, Key, Late, stands
from wizard.steps.pool import DaemonPool
from wizard.steps.reading import ObservedReading
from wizard.steps.resolution import Resolution, several

Started = tuple[Key, Job, Resolution]


class Lookups:
    """The late values of a session. Everything but `submit` is called with the session's lock held.

    `found` is called, without the lock, whenever a late value has come: in a thread of the pool.
    `again` is called, without the lock, when the typing has paused.
    """

    def __init__(
        self,
        fields: dict[str, Field],
        facts: dict[str, Fact],
        lock: threading.RLock,
        pool: Executor | None,
        *,
        found: Callable[[Callable[[], bool]], None],
        again: Callable[[], None],
    ) -> None:
        self.lates: dict[Key, Late] = {}
        self._fields, self._facts, self._lock = fields, facts, lock
        self._own_pool = DaemonPool() if pool is None else None
        self._pool = self._own_pool or pool
        self._found, self._again = found, again
        self._serial = 0
        self._quiet_at = 0.0
        self._timer: threading.Timer | None = None
        self._closed = False

    def wait_for_pause(self, seconds: float) -> None:
        """Nothing new is started for so long; 0: at once."""
        self._quiet_at = time.monotonic() + seconds if seconds > 0 else 0.0

    def await_pause(self) -> bool:
        """Whether the typing has not paused yet; `again` is called when it has."""
        pause = self._quiet_at - time.monotonic()
        if self._closed or pause <= 0:
            return False
        self._wake_after(pause)
        return True

    def forget(self, keys: Sequence[Key]) -> None:
        """These are found out anew."""
        for key in keys:
            if key in self.lates:
                self.lates[key].found = None

    def stale(self) -> set[str]:
        """Facts that were found out and hold no more."""
        found = {
            name: late.found for (kind, name), late in self.lates.items() if kind == "fact" and late.found is not None
        }
        return {
            name
            for name, one in found.items()
            if one.error is None
            and one.pending is None
            and (is_stale := self._facts[name].stale)
            and is_stale(one.value)
        }

    def start(self, needed: Sequence[Key], resolution: Resolution) -> list[Started]:
        """Jobs for what is needed, to be submitted once the lock is released; those overtaken by a change are dropped."""
        for late in self.lates.values():
            if late.job is not None and not stands(late.job.reads, resolution.now):
                self._drop(late.job)
                late.job = None
        if self._closed or not needed or self.await_pause():
            return []
        started: list[Started] = []
        for key in needed:
            late = self.lates.setdefault(key, Late())
            if late.job is None:
                late.job = Job()
                if key[0] == "probe":
                    late.job.reads["field", key[1]] = resolution.value(key[1])
                started.append((key, late.job, resolution))
        return started

    def submit(self, started: Sequence[Started]) -> None:
        assert self._pool is not None
        for key, job, resolution in started:
            try:
                job.future = self._pool.submit(self._run, key, job, resolution)
            except RuntimeError:
                return  # the pool has been closed

    def close(self) -> None:
        """Starts nothing any more; what is under way is not waited for."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        for late in self.lates.values():
            if late.job is not None:
                self._drop(late.job)
        if self._own_pool is not None:
            self._own_pool.shutdown()

    def _drop(self, job: Job) -> None:
        job.overtaken = True
        if job.future is None:
            return
        if self._own_pool is not None:
            self._own_pool.give_up(job.future)
        else:
            job.future.cancel()

    def _wake_after(self, seconds: float) -> None:
        if self._timer is None:
            self._timer = threading.Timer(seconds, self._woken)
            self._timer.daemon = True
            self._timer.start()

    def _woken(self) -> None:
        with self._lock:
            self._timer = None
        self._again()

    def _run(self, key: Key, job: Job, resolution: Resolution) -> None:
        if job.overtaken:
            return
        found = self._find(key, job, Answers(ObservedReading(resolution, job, self._lock)))

        def take_over() -> bool:
            self._serial += 1
            return not self._closed and self.lates[key].end(job, found, self._serial)

        self._found(take_over)

    def _find(self, key: Key, job: Job, answers: Answers) -> Found:
        kind, name = key
        try:
            if kind == "fact":
                value: Any = self._facts[name].find(answers)
            else:
                probe = self._fields[name].probe
                value = several(probe(job.reads["field", name], answers)) if probe is not None else ()
            found = Found(job.reads, value)
        except Pending as pending:
            found = Found(job.reads, pending=pending)
        except FactFailed as failed:
            found = Found(job.reads, error=failed.error)
        except SendoffError as error:
            found = Found(job.reads, error=error)
        except (Exception, SystemExit) as unforeseen:
            found = Found(job.reads, error=self._fault(key, unforeseen))
        return replace(found, reads=dict(job.reads))

    def _fault(self, key: Key, error: BaseException) -> SendoffError:
        kind, name = key
        if kind == "probe" and self._fields[name].kind is Kind.SECRET:
            return SendoffError("Sendoff itself failed.", f"{type(error).__name__}.", "Please report it.")
        return own_fault(error)
