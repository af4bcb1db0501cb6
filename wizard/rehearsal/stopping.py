"""The end: a long request must not hide the service, and SIGTERM must not cost a request."""

from __future__ import annotations

import threading
import time
from typing import Any

from wizard.errors import CancelledError
from wizard.rehearsal import contract
from wizard.rehearsal.connection import Answer, NoAnswerError, encode
from wizard.rehearsal.report import Check
from wizard.rehearsal.rows import Row
from wizard.rehearsal.service import HEALTH, PREDICT, Service

GRACE = 10.0
"""Seconds between SIGTERM and SIGKILL on Cloud Run."""
_PATIENCE = 1.0
"""Seconds within which /health must answer: Cloud Run's own default for a probe."""


def check_health_under_load(service: Service, rows: tuple[Row, ...]) -> Check:
    """The largest request the plan allows, and /health asked over and over while it runs."""
    body = _largest(service, rows)
    answers: list[Answer | NoAnswerError] = []
    done = threading.Event()

    def call() -> None:
        try:
            with service.connection(timeout=float(service.plan.service.timeout)) as connection:
                answers.append(connection.post(PREDICT, body))
        except NoAnswerError as silence:
            answers.append(silence)
        except CancelledError:
            answers.append(NoAnswerError("stopped"))
        finally:
            done.set()

    slowest, asked = 0.0, 0
    with service.connection(timeout=float(service.plan.service.timeout)) as connection:
        connection.get(HEALTH)
        started = time.monotonic()
        caller = threading.Thread(target=call, daemon=True)
        caller.start()
        while not done.wait(0.005) or not asked:
            service.reporter.check()
            health = connection.get(HEALTH)
            asked += 1
            slowest = max(slowest, health.seconds)
            if health.status != 200:
                return contract.HEALTHY.failed(f"While a request of {len(body)} bytes ran, {HEALTH} answered {health}")
        took = time.monotonic() - started
        caller.join()
    answer = answers[0]
    if isinstance(answer, NoAnswerError):
        return contract.HEALTHY.failed(f"A request of {len(body)} bytes was not answered: {answer}")
    if answer.status >= 500:
        return contract.HEALTHY.failed(f"A request of {len(body)} bytes was answered {answer}")
    seen = (
        f"While a request of {len(body)} bytes ran for {took * 1000:.0f} ms, {HEALTH} answered {asked} times, "
        f"the slowest in {slowest * 1000:.0f} ms."
    )
    return contract.HEALTHY.failed(seen) if slowest > _PATIENCE else contract.HEALTHY.passed(seen)


def check_end(service: Service) -> tuple[Check, Check]:
    """SIGTERM while a request is half sent: it must still be answered, and the service must be gone within the grace."""
    body = encode({"features": service.sample})
    surely = False
    outcome: list[Answer | NoAnswerError] = []
    with service.connection(timeout=GRACE + 5) as connection:
        if service.sample is not None:
            # Opened by a first question, so that the request meets a server that has accepted the connection.
            connection.get(HEALTH)
            surely = connection.begin(PREDICT, len(body))

        def finish() -> None:
            try:
                _wait_until_it_stops_listening(service)
                outcome.append(connection.finish(body))
            except NoAnswerError as silence:
                outcome.append(silence)
            except CancelledError:
                pass  # the main thread meets the same request to stop

        finisher = threading.Thread(target=finish, daemon=True)
        if service.sample is not None:
            finisher.start()
        stopped = service.instance.stop(GRACE)
        if finisher.ident is not None:
            finisher.join(GRACE + 6)
    service.reporter.check()
    if stopped.killed or stopped.seconds > GRACE:
        stops = contract.STOPS.failed(f"It still ran {stopped.seconds:.1f} s after SIGTERM and was killed.")
    else:
        code = "unknown" if stopped.exit_code is None else stopped.exit_code
        stops = contract.STOPS.passed(f"It exited {stopped.seconds:.2f} s after SIGTERM, exit code {code}.")
    return _finished(outcome[0] if outcome else None, surely), stops


def _finished(answer: Answer | NoAnswerError | None, surely: bool) -> Check:
    if answer is None:
        return contract.FINISHES.not_covered("The bundle has no sample request to have under way.")
    if isinstance(answer, Answer) and answer.status == 200:
        return contract.FINISHES.passed(f"A request whose body was sent after SIGTERM got {answer}")
    if not surely:
        return contract.FINISHES.not_covered(
            f"The server did not say that it had taken the request (no 100 Continue), and dropped it: {answer}"
        )
    return contract.FINISHES.failed(f"A request under way at SIGTERM was lost: {answer}")


def _wait_until_it_stops_listening(service: Service, longest: float = 1.5) -> None:
    """SIGTERM has taken effect once new connections are refused; a server that goes on accepting gets `longest` seconds."""
    end = time.monotonic() + longest
    while time.monotonic() < end:
        try:
            with service.connection(timeout=0.5, connecting=0.5) as probe:
                probe.get(HEALTH)
        except NoAnswerError:
            return
        if service.reporter.cancel.wait(0.02):
            return


def _largest(service: Service, rows: tuple[Row, ...]) -> bytes:
    """Instances up to the plan's limits of rows and bytes."""
    values: list[Any] = [service.features(row) for row in rows] or [service.sample]
    each = max(len(encode(value)) for value in values) + 1
    count = min(service.plan.serving.max_rows, (service.plan.serving.max_body - 64) // each)
    return encode({"instances": [values[at % len(values)] for at in range(max(1, count))]})
