"""From a stopped process to a model that has answered once: what happens before the port opens."""

from __future__ import annotations

import gc
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from types import ModuleType
from typing import Any, NoReturn

import orjson

from serving import answers, logs, settings
from serving.contract import Contract, Row
from serving.queueing import Answers, Predict, Queue
from serving.refusal import Refused
from serving.room import Room
from serving.settings import Settings

INLINE_SECONDS = 0.002
"""For so long a prediction may keep everything else waiting."""


@dataclass(frozen=True)
class Service:
    """A loaded model, tried once, and the contract of its requests."""

    settings: Settings
    contract: Contract
    predict: Predict
    predict_proba: Predict | None
    classes: list[Any]
    """The class each column of the probabilities stands for."""
    inline_rows: int
    """Up to so many rows are predicted within INLINE_SECONDS."""

    def queue(self) -> Queue[Any]:
        """A queue with the bounds of service.json; with batching off each request is a batch of its own."""
        return Queue(self.settings.max_batch if self.settings.batching else 1, self.settings.max_queue)

    def room(self) -> Room:
        """Room for large requests, for one at the least."""
        return Room(max(self.settings.room, self.settings.max_body))


def start() -> Service:
    """Load the model and predict its example. What goes wrong ends the process, with one line that says why."""
    logs.take_over()
    gc.disable()  # collecting while a library loads finds nothing to free
    began = time.perf_counter()
    doing = "read service.json"
    try:
        said = settings.read()
        doing = "import handler.py"
        import handler

        doing = f"load {said.model.file.name}"
        model = handler.load(said)
        loaded = time.perf_counter()
        doing = "predict the example"
        service = _try_out(said, handler, model)
    except Exception as error:
        _give_up(doing, error)
    gc.enable()
    gc.freeze()  # what is loaded stays: the collector need not look at it again
    logs.write(
        "INFO",
        f"{said.model.type} is ready: loaded in {loaded - began:.2f} s, tried in {time.perf_counter() - loaded:.2f} s",
    )
    return service


def _try_out(said: Settings, handler: ModuleType, model: Any) -> Service:
    contract = Contract(said)
    predict = _answers(handler, handler.predict, model, said)
    predict_proba = _answers(handler, handler.predict_proba, model, said) if said.proba else None
    inline_rows = 0
    if said.example is not None:
        rows, _ = contract.read(orjson.dumps({"features": said.example}))
        one = _seconds(predict, rows)
        with suppress(Refused):  # an example that is far from the training data may have no finite answer
            answers.prediction(predict(rows), many=False)
        if predict_proba is not None:
            one = max(one, _seconds(predict_proba, rows))
        if one < INLINE_SECONDS:
            many = _seconds(predict, rows * said.max_batch)
            each = max(many - one, 1e-9) / said.max_batch
            inline_rows = int((INLINE_SECONDS - one) / each) + 1
    classes = handler.classes(model, said) if said.proba else []
    return Service(said, contract, predict, predict_proba, classes, inline_rows)


def _answers(handler: ModuleType, method: Any, model: Any, said: Settings) -> Predict:
    """One call of the model, from checked rows to JSON values."""
    preprocess, postprocess = handler.preprocess, handler.postprocess

    def answers(rows: list[Row]) -> Answers:
        found: Answers = postprocess(method(model, preprocess(rows, said)))
        if len(found) != len(rows):
            raise RuntimeError(f"{len(rows)} rows gave {len(found)} answers")
        return found

    return answers


def _seconds(predict: Predict, rows: list[Row]) -> float:
    """How long a prediction takes. The first pays for imports and caches, so of a quick model the best of three counts."""
    best = float("inf")
    for _ in range(3):
        began = time.perf_counter()
        predict(rows)
        best = min(best, time.perf_counter() - began)
        if best > 20 * INLINE_SECONDS:
            break
    return best


def _give_up(doing: str, error: Exception) -> NoReturn:
    logs.write("CRITICAL", f"Could not {doing}: {type(error).__name__}: {error}", where=logs.place(error))
    sys.exit(1)
