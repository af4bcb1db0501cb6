"""Batches among threads: the thread of the first request that waits predicts for all that wait."""

from __future__ import annotations

import threading
from collections.abc import Callable

from serving.contract import Row
from serving.queueing import Answers, Call, Outcome, Predict, Queue, settle


class Seat(Call):
    """A request's place in the queue, where its thread waits for its outcome, or for its turn to predict."""

    def __init__(self, rows: list[Row], gone: Callable[[], bool]) -> None:
        super().__init__(rows)
        self._gone = gone
        self.called = threading.Event()
        self.outcome: Outcome | None = None

    def deliver(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.called.set()

    def gone(self) -> bool:
        return self._gone()


class Batcher:
    """Predicts what is submitted, one batch at a time. It has no thread of its own: a lone request never changes threads."""

    def __init__(self, predict: Predict, queue: Queue[Seat]) -> None:
        self.predict = predict
        self.queue = queue
        self.lock = threading.Lock()
        self.busy = False

    def submit(self, rows: list[Row], gone: Callable[[], bool]) -> Answers:
        """The answers. Raises what the model raises, Refused where the queue is full, Gone where the client has left."""
        seat = Seat(rows, gone)
        with self.lock:
            self.queue.put(seat)
            first, self.busy = not self.busy, True
        if not first:
            seat.called.wait()
        if seat.outcome is None:  # nobody predicts, and this is the head of the queue
            self._predict_batch()
        if seat.outcome is None or isinstance(seat.outcome, Exception):
            raise seat.outcome or RuntimeError("a batch was predicted without the request it began with")
        return seat.outcome

    def _predict_batch(self) -> None:
        """Predict the head of the queue and what fits beside it, then call the next in line to do the same."""
        batch: list[Seat] = []
        try:
            with self.lock:
                batch = self.queue.take()
            for seat, outcome in settle(self.predict, batch) if batch else ():
                seat.deliver(outcome)
        finally:
            for seat in batch:
                if seat.outcome is None:  # what ended the prediction is no Exception, but a SystemExit or the like
                    seat.deliver(RuntimeError("the prediction was ended"))
            with self.lock:
                if self.queue.calls:
                    self.queue.calls[0].called.set()
                else:
                    self.busy = False
