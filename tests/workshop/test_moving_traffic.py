"""Under load, while traffic moves between revisions that are started and retired all the time: no request is lost."""

from __future__ import annotations

import http.client
import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from google.cloud import run_v2

from tests.workshop.admin import LONG, Cloud, SyncClients, named, short, traffic

REVISIONS = [f"hello-{number}" for number in range(4)]


def test_no_request_is_lost_while_traffic_moves_and_revisions_come_and_go(fake: Cloud) -> None:
    for revision in REVISIONS:
        service = fake.service(revision=revision)
        service.name, service.invoker_iam_disabled = named("hello"), True
        service.template.containers[0].env.append(run_v2.EnvVar(name="VERSION", value=revision))
        service.traffic = traffic((revision, 100, ""))
        released = fake.finished(fake.update(service, allow_missing=True))
    port = int(released.uri.rpartition(":")[2])
    answers: Counter[int | str] = Counter()
    moved = threading.Event()

    def call() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while not moved.is_set():
            try:
                connection.request("GET", "/")
                answer = connection.getresponse()
                answer.read()
                answers[answer.status] += 1
            except OSError as error:
                answers[repr(error)] += 1
                connection.close()
        connection.close()

    def move(seed: int) -> None:
        chosen = random.Random(seed)
        somebody = Cloud(fake.local, SyncClients(fake.local.address), fake.container)
        for _ in range(20):
            one, other = chosen.sample(REVISIONS, 2)
            percent = chosen.choice([0, 10, 50, 100])
            somebody.routed("hello", (one, percent, ""), (other, 100 - percent, chosen.choice(["", "x"])))
        somebody.clients.close()

    with ThreadPoolExecutor(7) as pool:
        callers = [pool.submit(call) for _ in range(4)]
        movers = [pool.submit(move, seed) for seed in range(3)]
        try:
            for mover in movers:
                mover.result(LONG)
        finally:
            moved.set()
        for caller in callers:
            caller.result(LONG)
    assert set(answers) == {200}, answers
    assert answers[200] > 100
    state = fake.local.plane.services._state
    entry = state.entries[named("hello")]
    reached = {each.revision for each in fake.get().traffic_statuses if each.percent or each.tag}
    with state.changed:
        assert state.changed.wait_for(lambda: set(entry.running) == reached and not entry.stopping, LONG)
    assert {short(name) for name in fake.local.runtime.running()} == reached  # type: ignore[attr-defined]  # the fake one's
