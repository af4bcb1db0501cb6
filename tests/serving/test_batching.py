"""Requests that wait are predicted together, answer by answer as if each were alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.serving.bundles import bundled
from tests.serving.conftest import Serve
from tests.serving.examples import Example
from tests.serving.gates import HANDLER, Gate
from tests.serving.running import Running, running, sent
from tests.serving.test_answers import same

QUEUE = 4


@pytest.fixture
def gated(server: str, bundle: Path, trained: Callable[[str], Example]) -> Iterator[tuple[Running, Gate]]:
    """A service whose model waits at a gate, with room for four rows in its queue."""
    bundled(trained("linear"), bundle, server, max_queue=QUEUE)
    (bundle / "handler.py").write_text(HANDLER)
    with running(bundle) as service:
        service.ready()
        yield service, Gate(bundle)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(64) as threads:
        yield threads


def body(first: float) -> dict[str, Any]:
    return {"features": [first, 0, 0, 0, 0, 0, 0, 0]}


def ask(service: Running, first: float) -> httpx.Response:
    return httpx.post(f"{service.url}/predict", json=body(first), timeout=60)


def batches(service: Running) -> list[int]:
    """Rows of each batch since the service was ready."""
    lines = [line["message"] for line in service.said()]
    since = next(i for i, line in enumerate(lines) if "is ready" in line)
    return [int(line.split()[-1]) for line in lines[since:] if line.startswith("batch of")]


def overfill(
    service: Running, pool: ThreadPoolExecutor, rows: list[float]
) -> tuple[dict[float, Future[httpx.Response]], httpx.Response]:
    """Send one row more than the queue has room for: those that wait, and the answer of the one that may not."""
    asked = {pool.submit(ask, service, first): first for first in rows}
    assert len(asked) == QUEUE + 1
    done, waiting = wait(asked, return_when=FIRST_COMPLETED)
    assert len(done) == 1
    return {asked[future]: future for future in waiting}, done.pop().result()


def test_what_arrives_during_a_prediction_is_predicted_in_one_batch(
    gated: tuple[Running, Gate], pool: ThreadPoolExecutor
) -> None:
    service, gate = gated
    first = pool.submit(ask, service, 1)
    model = gate.wait_for_the_model()
    waiting, _ = overfill(service, pool, [2, 3, 4, 5, 6])
    gate.open_for_good(model)
    assert first.result().json() == {"prediction": 2}
    for value, future in waiting.items():
        assert future.result().json() == {"prediction": value * 2}
    assert batches(service) == [1, QUEUE]


def test_a_full_queue_answers_503_at_once_and_says_when_to_come_back(
    gated: tuple[Running, Gate], pool: ThreadPoolExecutor
) -> None:
    service, gate = gated
    pool.submit(ask, service, 1)
    model = gate.wait_for_the_model()
    _, refused = overfill(service, pool, [2, 3, 4, 5, 6])
    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "1"
    assert refused.json()["error"]["message"] == "too many requests are waiting"
    gate.open_for_good(model)


def test_a_bad_row_fails_alone(gated: tuple[Running, Gate], pool: ThreadPoolExecutor) -> None:
    service, gate = gated
    pool.submit(ask, service, 1)
    model = gate.wait_for_the_model()
    waiting, _ = overfill(service, pool, [2, 13, 4, 13.0, 6])
    gate.open_for_good(model)
    for value, future in waiting.items():
        answer = future.result()
        if value == 13:
            assert answer.status_code == 422
            assert answer.json()["error"]["message"] == "the model cannot answer this: 13 brings bad luck"
        else:
            assert answer.json() == {"prediction": value * 2}
    failed = service.wait_for(lambda line: "the model failed" in line["message"])
    assert "ValueError in" in failed["message"]
    assert "bad luck" not in failed["message"], "a model's message may quote the request, which is not for the log"


def test_the_service_is_healthy_while_the_model_works(gated: tuple[Running, Gate], pool: ThreadPoolExecutor) -> None:
    service, gate = gated
    many = pool.submit(
        httpx.post, f"{service.url}/predict", json={"instances": [body(1)["features"]] * 500}, timeout=60
    )
    model = gate.wait_for_the_model()
    assert service.get("/health").json() == {"status": "ok"}
    gate.open_for_good(model)
    assert len(many.result().json()["predictions"]) == 500


def test_the_rows_of_a_client_that_has_left_are_not_predicted(
    gated: tuple[Running, Gate], pool: ThreadPoolExecutor
) -> None:
    service, gate = gated
    many = pool.submit(
        httpx.post, f"{service.url}/predict", json={"instances": [body(1)["features"]] * 500}, timeout=60
    )
    model = gate.wait_for_the_model()
    leaving = [sent(service.port, body(first)) for first in (2, 3)]
    asked = [pool.submit(ask, service, first) for first in (4, 5, 6)]
    refused, waiting = wait(asked, return_when=FIRST_COMPLETED)
    assert [future.result().status_code for future in refused] == [503]
    for client in leaving:
        client.close()
    for _ in range(3):
        service.get("/health")
    gate.open_for_good(model)
    many.result()
    assert {future.result().status_code for future in waiting} == {200}
    assert batches(service) == [500, 2]


def test_rows_of_one_request_stay_together_beyond_a_batch_and_beyond_the_queue(
    gated: tuple[Running, Gate], pool: ThreadPoolExecutor
) -> None:
    service, gate = gated
    rows = [body(first)["features"] for first in range(20, 220)]
    many = pool.submit(httpx.post, f"{service.url}/predict", json={"instances": rows}, timeout=60)
    model = gate.wait_for_the_model()
    gate.open_for_good(model)
    assert many.result().json()["predictions"] == [row[0] * 2 for row in rows]
    assert batches(service) == [200]


def test_with_batching_off_each_request_is_predicted_by_itself(
    server: str, bundle: Path, trained: Callable[[str], Example], pool: ThreadPoolExecutor
) -> None:
    bundled(trained("linear"), bundle, server, max_queue=QUEUE, batching=False)
    (bundle / "handler.py").write_text(HANDLER)
    with running(bundle) as service:
        gate = Gate(service.ready().folder)
        pool.submit(ask, service, 1)
        model = gate.wait_for_the_model()
        waiting, _ = overfill(service, pool, [2, 3, 4, 5, 6])
        gate.open_for_good(model)
        for value, future in waiting.items():
            assert future.result().json() == {"prediction": value * 2}
        assert batches(service) == [1] * (QUEUE + 1)


@pytest.mark.parametrize("name", ["linear", "forest", "churn"])
def test_answers_under_load_are_those_of_each_row_alone(
    name: str, server: str, serve: Serve, trained: Callable[[str], Example], pool: ThreadPoolExecutor
) -> None:
    service, example = serve(name, server), trained(name)
    limits = httpx.Limits(max_connections=32)
    with closing(httpx.Client(base_url=service.url, limits=limits, timeout=60)) as client:
        asked = [pool.submit(client.post, "/predict", json={"features": row}) for row in example.rows * 3]
        answered = [future.result().json()["prediction"] for future in asked]
    alone = [example.predicted([row]).tolist()[0] for row in example.rows] * 3
    if example.inspection.exact_batches:
        assert answered == alone
    else:
        assert same(answered, alone)
