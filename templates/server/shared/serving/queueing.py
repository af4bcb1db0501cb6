"""Requests on their way to the model: who waits, who is predicted together, and who fails when a batch does.

Requests that arrive while one is predicted are predicted together. No timer: nobody waits for company. While a batch is
predicted the next one gathers by itself, so batches grow with the load and a lone request goes straight through. Most of
a scikit-learn call is work that one row costs as much as sixty, so a batch takes little longer than a row.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from serving.contract import Row
from serving.refusal import queue_full

Answers = list[Any]
"""One JSON value for each row."""
Predict = Callable[[list[Row]], Answers]
Outcome = Answers | Exception


class Gone(Exception):
    """The client has left before its answer."""


class Call(ABC):
    """One request's rows, on their way to their answers."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows

    @abstractmethod
    def deliver(self, outcome: Outcome) -> None:
        """Take the answers, or the error."""

    @abstractmethod
    def gone(self) -> bool:
        """Whether nobody waits for the answers any more."""


SomeCall = TypeVar("SomeCall", bound=Call)


class Queue(Generic[SomeCall]):
    """Calls in the order they came, bounded in rows."""

    def __init__(self, max_batch: int, max_queue: int) -> None:
        self.max_batch = max_batch
        self.max_queue = max_queue
        self.calls: deque[SomeCall] = deque()
        self.rows = 0

    def put(self, call: SomeCall) -> None:
        """Raises Refused where the queue is full. An empty one takes any request."""
        if self.calls and self.rows + len(call.rows) > self.max_queue:
            raise queue_full()
        self.calls.append(call)
        self.rows += len(call.rows)

    def take(self) -> list[SomeCall]:
        """The next batch: as many calls as fit into it, at least one. Those nobody waits for are left out."""
        batch: list[SomeCall] = []
        room = self.max_batch
        while self.calls and (not batch or len(self.calls[0].rows) <= room):
            call = self.calls.popleft()
            self.rows -= len(call.rows)
            if call.gone():
                call.deliver(Gone())
            else:
                batch.append(call)
                room -= len(call.rows)
        return batch


def settle(predict: Predict, batch: list[SomeCall]) -> list[tuple[SomeCall, Outcome]]:
    """Predict a batch. Where that fails it is halved, until only the calls at fault fail."""
    try:
        answers = predict([row for call in batch for row in call.rows])
    except Exception as error:  # whatever a model or a handler raises
        if len(batch) == 1:
            return [(batch[0], error)]
        half = len(batch) // 2
        return settle(predict, batch[:half]) + settle(predict, batch[half:])
    settled: list[tuple[SomeCall, Outcome]] = []
    start = 0
    for call in batch:
        settled.append((call, answers[start : start + len(call.rows)]))
        start += len(call.rows)
    return settled
