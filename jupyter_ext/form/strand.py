"""One thing after the other, beside the kernel: callbacks of widgets hand over what may take long, and return at once."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextvars import copy_context


class Strand:
    """Runs what it is given in the order it was given, one at a time. It has a thread only while there is something to do.

    Everything runs in the context in which the strand was made. A kernel with subshells (ipykernel 7) has the page answer each
    widget on the shell that wrote to it last, which it takes from the context. Were that now one shell and now another, a press
    of Next could be handled before the text that was typed before it.
    """

    def __init__(self, name: str, failed: Callable[[Exception], None]) -> None:
        """`failed` is told of an exception that leaves a job; what comes after that job is done all the same."""
        self._name, self._failed = name, failed
        self._context = copy_context()
        self._jobs: deque[Callable[[], None]] = deque()
        self._change = threading.Condition()
        self._at_work = False
        self._closed = False

    def do(self, job: Callable[[], None]) -> None:
        """Soon, in another thread; never once this is closed."""
        with self._change:
            if self._closed:
                return
            self._jobs.append(job)
            if self._at_work:
                return
            self._at_work = True
        threading.Thread(target=self._work, name=self._name, daemon=True).start()

    def idle(self, timeout: float | None = None) -> bool:
        """Waits until all that was given is done; whether it came to that within `timeout` seconds."""
        with self._change:
            return self._change.wait_for(lambda: not self._at_work, timeout)

    def close(self) -> None:
        """What has not begun is not done any more; what has begun is not waited for."""
        with self._change:
            self._closed = True
            self._jobs.clear()

    def _work(self) -> None:
        while (job := self._next()) is not None:
            try:
                self._context.run(job)
            except Exception as error:
                self._context.run(self._failed, error)

    def _next(self) -> Callable[[], None] | None:
        with self._change:
            if self._jobs:
                return self._jobs.popleft()
            self._at_work = False
            self._change.notify_all()
            return None
