"""The HTTP door of a local Cloud Run: what it says about itself, and the tokens it gives.

The tokens come from the metadata server's protocol, which the door speaks as Google's machines do.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlencode

from wizard.errors import TargetError
from wizard.printable import one_line
from wizard.targets.cloud_run.identity import TokenCache, expiry_of

_TIMEOUT = 5.0
"""Seconds; the door is on this machine."""
_LONGEST = 1 << 20
"""Bytes of an answer that are read."""
_LOOPBACK = re.compile(r"127\.0\.0\.1:\d{1,5}")
_ACCOUNT = "/computeMetadata/v1/instance/service-accounts/default"


@dataclass(frozen=True, slots=True)
class Door:
    """What a local Cloud Run says about itself, as far as a release needs it."""

    grpc: str
    """host:port of its Admin API, on this machine."""
    project: str
    """The one project it has; empty where it does not say."""
    runtime: str = ""
    """What runs its revisions: "engine", "process" (a bundle is handed over instead of an image) or "fake"."""


def read_door(endpoint: str, project: str = "") -> Door:
    """Ask a local Cloud Run who it is. Raises TargetError where none answers, something else does, or one with another
    project than `project`."""
    answer = _get(endpoint, "/")
    try:
        told = answer.json()
    except ValueError:
        told = None
    if answer.status != 200 or not isinstance(told, dict) or told.get("sendoff_workshop") != 1:
        raise TargetError(
            f"What answers at {endpoint} is not a local Cloud Run.",
            "Something else listens on that port now.",
            "Start the local Cloud Run with `sendoff workshop up`, and set `endpoint` in sendoff.yaml to the address it names.",
            evidence=[f"GET {endpoint}/ → {answer.status} {one_line(answer.text[:120])}"],
        )
    door = Door(*(str(told.get(name, "")) for name in ("grpc", "project", "runtime")))
    if not _LOOPBACK.fullmatch(door.grpc):
        raise TargetError(
            f"The local Cloud Run at {endpoint} names no usable address.",
            "A local Cloud Run is on this machine, at 127.0.0.1 and a port; no other address is called.",
            "Start it again with `sendoff workshop up`.",
            evidence=[f"grpc: {one_line(door.grpc[:80])}"],
        )
    if project and door.project not in ("", project):
        raise TargetError(
            f"The local Cloud Run at {endpoint} has no project {project}.",
            f"It has one, called {one_line(door.project[:40])}.",
            "Set target.project to that in sendoff.yaml, or empty target.endpoint there to release to Google.",
        )
    return door


def hand_over(endpoint: str, image: str, bundle: str, python: str) -> None:
    """Make a bundle, run by the interpreter of its locked environment, known to a local Cloud Run as `image`. For one that
    runs processes: it has no registry to push to. Raises TargetError.
    """
    body = json.dumps({"image": image, "bundle": bundle, "python": python})
    answer = _ask(endpoint, "POST", "/images", body, {"Content-Type": "application/json"})
    if answer.status != 200:
        raise TargetError(
            "The local Cloud Run did not take the bundle.",
            "It runs plain processes, and is told which bundle and environment an image's name stands for.",
            "See `sendoff workshop status`; start it again with `sendoff workshop up`.",
            evidence=[f"POST {endpoint}/images → {answer.status} {one_line(answer.text[:300])}"],
        )


@dataclass
class DoorAccess:
    """Who you are at a local Cloud Run, and your tokens there. Tokens are kept in memory until shortly before their end."""

    endpoint: str
    _tokens: TokenCache = field(default_factory=TokenCache, repr=False)
    _email: str = ""

    @property
    def principal(self) -> str:
        """E-mail of the account."""
        if not self._email:
            self._email = one_line(self._metadata(f"{_ACCOUNT}/email").text.strip())
        return self._email

    @property
    def member(self) -> str:
        """The account as an IAM policy names it."""
        kind = "serviceAccount" if self.principal.endswith(".gserviceaccount.com") else "user"
        return f"{kind}:{self.principal}"

    def access_token(self) -> str:
        """For calls to the Admin API and pushes to the registry."""
        return self._tokens.get("", self._new_access_token)

    def identity_token(self, audience: str) -> str:
        """For calls to a private service at the URL `audience`."""
        return self._tokens.get(audience, lambda: self._new_identity_token(audience))

    def _new_access_token(self) -> tuple[str, float]:
        try:
            answer = self._metadata(f"{_ACCOUNT}/token").json()
            return str(answer["access_token"]), time.time() + float(answer["expires_in"])
        except (ValueError, KeyError, TypeError):
            raise self._no_token("Its answer holds none.") from None

    def _new_identity_token(self, audience: str) -> tuple[str, float]:
        token = self._metadata(f"{_ACCOUNT}/identity", audience=audience, format="full").text.strip()
        if not expiry_of(token):
            raise self._no_token("Its answer holds none.")
        return token, expiry_of(token)

    def _no_token(self, evidence: str) -> TargetError:
        return TargetError(
            f"The local Cloud Run at {self.endpoint} gives no token.",
            "It speaks the metadata server's protocol, and answered this question otherwise.",
            "Start it again with `sendoff workshop up`.",
            evidence=[evidence],
        )

    def _metadata(self, path: str, **params: str) -> _Answer:
        answer = _get(self.endpoint, path, **params)
        if answer.status != 200:
            raise self._no_token(f"GET {path} → {answer.status} {one_line(answer.text[:120])}")
        return answer


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    text: str

    def json(self) -> Any:
        """Raises ValueError where it is none."""
        return json.loads(self.text)


def _get(endpoint: str, path: str, **params: str) -> _Answer:
    return _ask(endpoint, "GET", f"{path}?{urlencode(params)}" if params else path, None, {"Metadata-Flavor": "Google"})


def _ask(endpoint: str, method: str, path: str, body: str | None, headers: Mapping[str, str]) -> _Answer:
    # The standard library's client: it goes through no proxy, whatever the environment says, and costs nothing to import.
    connection = HTTPConnection(endpoint.removeprefix("http://"), timeout=_TIMEOUT)
    try:
        connection.request(method, path, body, dict(headers))
        answer = connection.getresponse()
        return _Answer(answer.status, answer.read(_LONGEST).decode(errors="replace"))
    except (OSError, HTTPException, ValueError) as error:
        raise TargetError(
            f"No local Cloud Run answers at {endpoint}.",
            "The plan's target names it as its endpoint.",
            "Start it with `sendoff workshop up`; or empty `endpoint` in sendoff.yaml to release to Google.",
            evidence=[str(error) or type(error).__name__],
        ) from error
    finally:
        connection.close()
