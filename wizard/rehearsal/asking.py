"""The same rows put to the service in three ways: one after another, many at once, and all in one request."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from wizard.rehearsal.connection import Answer
from wizard.rehearsal.parity import Asked, Unanswered
from wizard.rehearsal.rows import Row, by_name
from wizard.rehearsal.service import PREDICT, PROBABILITIES, Service

ALONE = "alone"
CONCURRENTLY = "concurrently"
INSTANCES = "as instances"
_CALLERS = 16


def ask_in_all_ways(service: Service, rows: Sequence[Row], proba: bool) -> tuple[Asked, ...]:
    """The service's answers, way by way. Raises NoAnswerError where it does not answer at all; CancelledError."""
    # Every second row goes by name, where columns have names: both spellings must mean the same.
    bodies = tuple(by_name(row, service.inspection) if at % 2 else row for at, row in enumerate(rows))
    ways: tuple[tuple[str, Callable[[Service, str, Sequence[Row]], tuple[Any, ...]]], ...] = (
        (ALONE, _alone),
        (CONCURRENTLY, _concurrently),
        (INSTANCES, _as_instances),
    )
    return tuple(
        Asked(way, ask(service, PREDICT, bodies), ask(service, PROBABILITIES, bodies) if proba else None)
        for way, ask in ways
    )


def _alone(service: Service, path: str, rows: Sequence[Row]) -> tuple[Any, ...]:
    answers = []
    with service.connection() as connection:
        for row in rows:
            service.reporter.check()
            answers.append(_single(connection.post(path, service.request(row))))
    return tuple(answers)


def _concurrently(service: Service, path: str, rows: Sequence[Row]) -> tuple[Any, ...]:
    callers = min(_CALLERS, service.plan.service.concurrency, len(rows)) or 1
    numbers = itertools.count()
    answers: list[Any] = [Unanswered("nothing")] * len(rows)

    def call() -> None:
        with service.connection() as connection:
            while (at := next(numbers)) < len(rows):
                service.reporter.check()
                answers[at] = _single(connection.post(path, service.request(rows[at])))

    with ThreadPoolExecutor(callers) as pool:
        for done in [pool.submit(call) for _ in range(callers)]:
            done.result()
    return tuple(answers)


def _as_instances(service: Service, path: str, rows: Sequence[Row]) -> tuple[Any, ...]:
    answers: list[Any] = []
    step = service.plan.serving.max_rows
    with service.connection(timeout=60.0) as connection:
        for start in range(0, len(rows), step):
            service.reporter.check()
            part = rows[start : start + step]
            answer = connection.post(path, {"instances": [service.features(row) for row in part]})
            answers.extend(_many(answer, len(part)))
    return tuple(answers)


def _single(answer: Answer) -> Any:
    return next(_taken(answer, ("prediction", "probabilities"), lambda value: iter((value,))))


def _many(answer: Answer, count: int) -> Iterator[Any]:
    values = list(
        _taken(answer, ("predictions", "probabilities"), lambda value: iter(value if isinstance(value, list) else ()))
    )
    if len(values) == count:
        return iter(values)
    said = (
        values[0]
        if len(values) == 1 and isinstance(values[0], Unanswered)
        else Unanswered(f"{len(values)} answers to {count} rows")
    )
    return itertools.repeat(said, count)


def _taken(answer: Answer, keys: Sequence[str], values: Callable[[Any], Iterator[Any]]) -> Iterator[Any]:
    body = answer.json()
    if answer.status == 200 and isinstance(body, Mapping):
        for key in keys:
            if key in body:
                return values(body[key])
    return iter((Unanswered(str(answer)),))
