"""Batches on the event loop: a quick model is called in a turn of the loop, a slow one in a thread beside it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from serving.contract import Row
from serving.queueing import Answers, Call, Outcome, Predict, Queue, settle


class Pending(Call):
    """A request's place in the queue. `answers` is cancelled when nobody waits for them any more."""

    def __init__(self, rows: list[Row]) -> None:
        super().__init__(rows)
        self.answers: asyncio.Future[Answers] = asyncio.get_running_loop().create_future()

    def deliver(self, outcome: Outcome) -> None:
        if self.answers.done():
            return
        if isinstance(outcome, Exception):
            self.answers.set_exception(outcome)
        else:
            self.answers.set_result(outcome)

    def gone(self) -> bool:
        return self.answers.done()


class Batcher:
    """Predicts what is submitted, one batch at a time.

    `inline_rows`: up to so many rows the model takes too little time to be worth a thread. More go to `thread`, so that
    the loop stays free for /health and for the requests of the next batch.
    """

    def __init__(self, predict: Predict, queue: Queue[Pending], inline_rows: int, thread: ThreadPoolExecutor) -> None:
        self.predict = predict
        self.queue = queue
        self.inline_rows = inline_rows
        self.thread = thread
        self.busy = False
        """A turn of ours is due or a batch is under way."""
        self.crowded = False
        """The last turn had several requests: this one will too."""

    def is_free_for(self, rows: list[Row]) -> bool:
        """Whether these rows would be a batch of their own, of a quick model: then `predict_now` saves a turn of the loop."""
        return not self.busy and not self.crowded and len(rows) <= self.inline_rows

    def predict_now(self, rows: list[Row]) -> Answers:
        """The answers. Requests that turn out to have arrived with this one gather for the next turn."""
        self._take_turn_soon()
        return self.predict(rows)

    def submit(self, rows: list[Row]) -> asyncio.Future[Answers]:
        """The answers to come; cancel it when nobody waits for them. Raises Refused where the queue is full."""
        pending = Pending(rows)
        self.queue.put(pending)
        if not self.busy:
            self._take_turn_soon()
        return pending.answers

    def _take_turn_soon(self) -> None:
        self.busy = True
        asyncio.get_running_loop().call_soon(self._turn)  # after all that arrived in this turn of the loop

    def _turn(self) -> None:
        batch = self.queue.take()
        self.crowded = len(batch) > 1
        if sum(len(pending.rows) for pending in batch) <= self.inline_rows:
            self._deliver(settle(self.predict, batch) if batch else [])
        else:
            work = asyncio.get_running_loop().run_in_executor(self.thread, settle, self.predict, batch)
            work.add_done_callback(lambda done: self._deliver(done.result()))

    def _deliver(self, settled: list[tuple[Pending, Outcome]]) -> None:
        for pending, outcome in settled:
            pending.deliver(outcome)
        if self.queue.calls:
            self._take_turn_soon()
        else:
            self.busy = False
