"""A few threads for what is slow. They are daemons: a probe that hangs never keeps the program alive."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
_LOST_AT_MOST = 12
_IDLE = 30.0
"""Seconds after which a thread without work ends: a notebook keeps many wizards that nobody looks at any more."""


class DaemonPool(Executor):
    """An executor of daemon threads, each started when there is work for it, and ended when there was none for `idle` seconds.

    `give_up` writes off a job that nobody waits for any more: its thread is replaced, so that a few jobs that hang do
    not hold up the others.
    """

    def __init__(self, size: int = 4, idle: float = _IDLE) -> None:
        self._size = size
        self._patience = idle
        self._lock = threading.Condition()
        self._waiting: deque[tuple[Future[object], Callable[[], object]]] = deque()
        self._threads = 0
        self._idle = 0
        self._working: set[Future[object]] = set()
        self._lost: set[Future[object]] = set()
        self._closed = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        with self._lock:
            if self._closed:
                raise RuntimeError("the pool is closed")
            self._waiting.append((future, lambda: fn(*args, **kwargs)))  # type: ignore[arg-type]  # Future is invariant
            self._staff()
        return future

    def give_up(self, future: Future[T]) -> None:
        """Nobody waits for it any more."""
        if future.cancel():
            return
        with self._lock:
            if future in self._working and len(self._lost) < _LOST_AT_MOST:
                self._lost.add(future)  # type: ignore[arg-type]  # Future is invariant
                self._staff()

    def shutdown(self, wait: bool = False, *, cancel_futures: bool = True) -> None:  # noqa: ARG002  # as every executor has it
        """Ends idle threads; a job that is running ends by itself, or with the program. Nothing is waited for."""
        with self._lock:
            self._closed = True
            waiting = list(self._waiting)
            self._waiting.clear()
            self._lock.notify_all()
        for future, _ in waiting:
            future.cancel()

    def _staff(self) -> None:
        if self._idle:
            self._lock.notify()
        if len(self._waiting) > self._idle and self._threads - len(self._lost) < self._size:
            self._threads += 1
            threading.Thread(target=self._serve, name="wizard-steps", daemon=True).start()

    def _serve(self) -> None:
        while (taken := self._take()) is not None:
            future, job = taken
            if future.set_running_or_notify_cancel():
                try:
                    result = job()
                except BaseException as error:
                    future.set_exception(error)
                else:
                    future.set_result(result)
            if self._done(future):
                return

    def _take(self) -> tuple[Future[object], Callable[[], object]] | None:
        with self._lock:
            self._idle += 1
            self._lock.wait_for(lambda: self._waiting or self._closed, self._patience)
            self._idle -= 1
            if not self._waiting:
                self._threads -= 1
                return None
            future, job = self._waiting.popleft()
            self._working.add(future)
            return future, job

    def _done(self, future: Future[object]) -> bool:
        """Whether the thread has been replaced meanwhile, and so ends."""
        with self._lock:
            self._working.discard(future)
            if future in self._lost:
                self._lost.remove(future)
                self._threads -= 1
                return True
            return False
