"""Identity tokens: who calls a private service, signed, for that one service's URL.

Every kind of credentials has its own way to one. A person's own login has none for a chosen URL: there gcloud's token
is taken, which Cloud Run accepts from people. google-auth gives its classes no types: they are called as `Any`.
"""

from __future__ import annotations

import base64
import json
import subprocess
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from wizard.errors import TargetError
from wizard.printable import one_line

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

_MARGIN = 300.0
"""Seconds before its end from which on a token is no longer handed out."""
_GCLOUD_TIMEOUT = 30.0
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"


class TokenCache:
    """Tokens in memory, each until shortly before its end. Thread-safe; no representation shows one."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._tokens: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def get(self, key: str, make: Callable[[], tuple[str, float]]) -> str:
        """The token for `key`; `make` gives a new one with its end, in seconds since the epoch."""
        with self._lock:
            token, end = self._tokens.get(key, ("", 0.0))
            if not token or self._now() >= end - _MARGIN:
                token, end = make()
                self._tokens[key] = token, end
            return token


def claims_of(token: str) -> dict[str, Any]:
    """What a JSON web token says, unchecked: whoever receives it checks it. Empty where it is none."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}


def expiry_of(token: str) -> float:
    """When a token ends, seconds since the epoch; 0 where it does not say."""
    end = claims_of(token).get("exp", 0)
    return float(end) if isinstance(end, int | float) else 0.0


def google_identity(credentials: Credentials, audience: str, request: Any, gcloud: str) -> str:
    """A new identity token of whoever holds `credentials`, for the URL `audience`.

    `request` is google-auth's HTTP transport, `gcloud` the path of that command or empty. Raises google-auth's errors, and
    TargetError where these credentials give no such token.
    """
    from google.auth import compute_engine, external_account, impersonated_credentials
    from google.oauth2 import credentials as user
    from google.oauth2 import service_account

    if isinstance(credentials, service_account.Credentials):
        return _service_account(credentials, audience, request)
    if isinstance(credentials, compute_engine.Credentials):
        machine: Any = compute_engine.IDTokenCredentials
        return _refreshed(machine(request, audience, use_metadata_identity_endpoint=True), request)
    if isinstance(credentials, impersonated_credentials.Credentials):
        return _impersonated(credentials, audience, request)
    if isinstance(credentials, external_account.Credentials) and credentials.service_account_email:
        return _impersonated(_without_impersonation(credentials), audience, request)
    if isinstance(credentials, user.Credentials):
        return _person(credentials, request, gcloud)
    raise TargetError(
        f"There is no identity token for {audience}.",
        f"Credentials of the kind {type(credentials).__name__} give none.",
        "Let them impersonate a service account that may call the service"
        " (`gcloud auth application-default login --impersonate-service-account=ACCOUNT`).",
    )


def _service_account(credentials: Any, audience: str, request: Any) -> str:
    from google.oauth2 import service_account

    account: Any = service_account.IDTokenCredentials
    signed = account(
        signer=credentials.signer,
        service_account_email=credentials.service_account_email,
        token_uri=credentials._token_uri,  # the only place the key file's address of the token server is kept
        target_audience=audience,
    )
    return _refreshed(signed, request)


def _impersonated(credentials: Any, audience: str, request: Any) -> str:
    from google.auth import impersonated_credentials

    impersonated: Any = impersonated_credentials.IDTokenCredentials
    return _refreshed(impersonated(credentials, target_audience=audience, include_email=True), request)


def _without_impersonation(credentials: Any) -> Any:
    """Federated credentials that impersonate a service account, taken apart: the outer login, impersonating visibly."""
    from google.auth import impersonated_credentials

    outer = {name: value for name, value in credentials.info.items() if name != "service_account_impersonation_url"}
    source = type(credentials).from_info(outer, scopes=[_SCOPE])
    impersonate: Any = impersonated_credentials.Credentials
    return impersonate(
        source_credentials=source, target_principal=credentials.service_account_email, target_scopes=[_SCOPE]
    )


def _refreshed(signed: Any, request: Any) -> str:
    signed.refresh(request)
    return str(signed.token)


def _person(credentials: Any, request: Any, gcloud: str) -> str:
    said = "gcloud is not installed here."
    if gcloud:
        try:
            done = subprocess.run(
                [gcloud, "auth", "print-identity-token", "--quiet"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_GCLOUD_TIMEOUT,
                check=False,
            )
            token = done.stdout.strip()
            if done.returncode == 0 and claims_of(token):
                return token
            said = (done.stderr.strip().splitlines() or [f"gcloud ended with exit code {done.returncode}"])[-1]
        except (OSError, subprocess.TimeoutExpired) as error:
            said = f"gcloud did not answer: {type(error).__name__}"
    # The login's own identity token names the login program as its audience; Cloud Run takes it from people as well.
    if expiry_of(str(credentials.id_token or "")) < time.time() + _MARGIN:
        credentials.refresh(request)
    if credentials.id_token:
        return str(credentials.id_token)
    raise TargetError(
        "There is no identity token, which a private service asks for.",
        "A person's login gives one through gcloud.",
        "Install gcloud where it is missing (https://cloud.google.com/sdk/docs/install), then run: gcloud auth login",
        evidence=[one_line(said[:200])],
    )
