"""What the service must do while it is asked politely: be ready, predict, describe itself, remember nothing."""

from __future__ import annotations

from typing import Any

from wizard.rehearsal import contract
from wizard.rehearsal.report import Check
from wizard.rehearsal.service import HEALTH, PREDICT, Service

_SLOW_FIRST = 1.0


def check_ready(service: Service) -> Check:
    """Right after the first healthy answer, the first prediction must come, and not by loading the model only now."""
    if service.sample is None:
        return contract.READY.not_covered("The bundle has no sample request to try it with.")
    with service.connection(timeout=60.0) as connection:
        health = connection.get(HEALTH)
        first = connection.post(PREDICT, {"features": service.sample})
        again = connection.post(PREDICT, {"features": service.sample})
    if first.status in (404, 405, 502, 503):
        return contract.READY.failed(
            f"{HEALTH} answered {health.status}, yet the first prediction was answered {first}"
        )
    if first.seconds > _SLOW_FIRST and first.seconds > 10 * again.seconds:
        return contract.READY.failed(
            f"{HEALTH} answered {health.status}, yet the first prediction took {first.seconds:.1f} s and the second "
            f"{again.seconds * 1000:.0f} ms: the model was loaded after the service called itself ready."
        )
    return contract.READY.passed(
        f"{HEALTH}: {health}; the first prediction took {first.seconds * 1000:.0f} ms, the second {again.seconds * 1000:.0f} ms."
    )


def check_sample(service: Service) -> Check:
    """The bundle's own sample request, as a single row and as an instance."""
    if service.sample is None:
        return contract.PREDICTS.not_covered("The bundle has no sample request.")
    with service.connection() as connection:
        one = connection.post(PREDICT, {"features": service.sample})
        many = connection.post(PREDICT, {"instances": [service.sample, service.sample]})
    if one.status != 200 or not _holds(one.json(), "prediction"):
        return contract.PREDICTS.failed(f"POST {PREDICT} with features answered {one}")
    answers = many.json()
    if many.status != 200 or not _holds(answers, "predictions") or len(answers["predictions"]) != 2:
        return contract.PREDICTS.failed(f"POST {PREDICT} with two instances answered {many}")
    return contract.PREDICTS.passed(f"POST {PREDICT}: {one}")


def check_documents(service: Service) -> Check:
    """The pages and the schema that tell a caller what to send."""
    with service.connection() as connection:
        root = connection.get("/")
        docs = connection.get("/docs")
        schema = connection.get("/openapi.json")
    for path, answer in (("/", root), ("/docs", docs), ("/openapi.json", schema)):
        if answer.status != 200:
            return contract.DOCUMENTS.failed(f"GET {path} answered {answer}")
    described = schema.json()
    if not isinstance(described, dict) or PREDICT not in described.get("paths", {}):
        return contract.DOCUMENTS.failed(f"/openapi.json does not describe {PREDICT}: {schema}")
    return contract.DOCUMENTS.passed(
        f"/, /docs and /openapi.json answer 200; the schema has {', '.join(described['paths'])}."
    )


def check_stateless(service: Service) -> Check:
    """The same request on two connections, with others between, must get the same bytes."""
    if service.sample is None:
        return contract.STATELESS.not_covered("The bundle has no sample request.")
    body = {"features": service.sample}
    with service.connection() as connection:
        before = connection.post(PREDICT, body)
        connection.post(PREDICT, {"instances": [service.sample] * 3})
        connection.post(PREDICT, b"{")
    with service.connection() as connection:
        after = connection.post(PREDICT, body)
    if before.json() != after.json() or before.status != after.status:
        return contract.STATELESS.failed(f"First {before}\nlater {after}")
    return contract.STATELESS.passed(f"Both times {before}")


def _holds(body: Any, key: str) -> bool:
    return isinstance(body, dict) and key in body
