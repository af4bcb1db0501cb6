"""The token on every call of a channel that has no credentials of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import grpc


def with_token(channel: grpc.Channel, token: Callable[[], str]) -> grpc.Channel:
    """The channel, with `authorization: Bearer TOKEN` on every call. An empty token is left out."""
    return grpc.intercept_channel(channel, _Authorization(token))


class _Details(NamedTuple):
    """What grpc.ClientCallDetails holds; the class itself has no constructor."""

    method: str
    timeout: float | None
    metadata: Any
    credentials: grpc.CallCredentials | None
    wait_for_ready: bool | None
    compression: grpc.Compression | None


class _Authorization(
    grpc.UnaryUnaryClientInterceptor,  # type: ignore[misc]  # grpc ships no types
    grpc.UnaryStreamClientInterceptor,  # type: ignore[misc]  # grpc ships no types
    grpc.StreamUnaryClientInterceptor,  # type: ignore[misc]  # grpc ships no types
    grpc.StreamStreamClientInterceptor,  # type: ignore[misc]  # grpc ships no types
):
    def __init__(self, token: Callable[[], str]) -> None:
        self._token = token

    def _intercept(self, go_on: Callable[..., Any], details: Any, request: Any) -> Any:
        token = self._token()
        metadata = [*(details.metadata or ()), *([("authorization", f"Bearer {token}")] if token else [])]
        return go_on(
            _Details(
                details.method,
                details.timeout,
                metadata,
                details.credentials,
                getattr(details, "wait_for_ready", None),
                getattr(details, "compression", None),
            ),
            request,
        )

    intercept_unary_unary = _intercept
    intercept_unary_stream = _intercept
    intercept_stream_unary = _intercept
    intercept_stream_stream = _intercept
