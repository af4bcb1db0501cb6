"""Calling a service: is it healthy, and what does it answer."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wizard.errors import TargetError


@dataclass(frozen=True, slots=True)
class Reply:
    """What a service answered."""

    status: int
    answer: Any
    """Parsed JSON; the text where it is none."""
    milliseconds: float


def healthy(url: str, timeout: float = 2.0) -> bool:
    """GET /health answers 200 within `timeout` seconds."""
    import httpx

    try:
        # trust_env: a proxy named in the environment must not be asked for 127.0.0.1.
        return httpx.get(f"{url}/health", timeout=timeout, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def call(name: str, url: str, path: str, body: Mapping[str, Any], timeout: float = 60.0, *, token: str = "") -> Reply:
    """POST `body` as JSON, with `token` as the caller's identity. Raises TargetError where no answer comes."""
    import httpx

    started = time.perf_counter()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    here = url.startswith("http://127.")
    # One slash between them, whatever the path: "@elsewhere/" put behind the host would take the token to another one.
    address = f"{url.rstrip('/')}/{path.lstrip('/')}"
    try:
        response = httpx.post(address, json=body, headers=headers, timeout=timeout, trust_env=not here)
    except (httpx.HTTPError, ValueError) as error:
        raise TargetError(
            f"The service {name} did not answer.",
            f"{type(error).__name__}: {error}".rstrip(": "),
            f"See its state with `sendoff status` and its log with `sendoff logs {name}`.",
            evidence=[f"POST {address}"],
        ) from error
    milliseconds = (time.perf_counter() - started) * 1000
    try:
        answer = response.json()
    except ValueError:
        answer = response.text
    return Reply(response.status_code, answer, milliseconds)
