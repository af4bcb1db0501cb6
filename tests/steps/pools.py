"""Pools for tests: one that runs a job at once, one whose jobs run when the test says so."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any


class Now(Executor):
    """Runs each job while it is submitted."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


class ByHand(Executor):
    """Keeps jobs until they are run, in any order; one that was cancelled is not run."""

    def __init__(self) -> None:
        self.jobs: list[tuple[Future[Any], Callable[[], Any]]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.jobs.append((future, lambda: fn(*args, **kwargs)))
        return future

    def run(self, which: int = 0) -> None:
        future, job = self.jobs.pop(which)
        if future.set_running_or_notify_cancel():
            future.set_result(job())

    def run_all(self) -> None:
        while self.jobs:
            self.run()
