"""Who somebody is, for the local Cloud Run: access tokens for the Admin API, ID tokens for the services themselves.

Both are signed with a key in the state folder. ID tokens are JSON Web Tokens of the shape Google's have, so that
google-auth reads their claims; they are signed with the key alone (HS256), so only this workshop takes them for true.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import Any

OWNER = "you@localhost.example"
"""Who started the workshop: may do everything. A call of the Admin API without a token counts as theirs."""
LIFETIME = 3600
"""Seconds a token is good for, as Google's are."""
SIGNATURE_REMOVED = "SIGNATURE_REMOVED_BY_GOOGLE"
"""What a container sees instead of a signature, so that it cannot use its callers' tokens itself."""

_ACCESS = "ya29.workshop."
_ISSUER = "https://accounts.google.com"


class TokenError(Exception):
    """A token cannot be taken. The message says why, and holds nothing of the token."""


class Authority:
    """Makes tokens and checks them. Thread-safe."""

    def __init__(self, folder: Path, *, now: Callable[[], float] = time.time) -> None:
        self._key = _key(folder / "signing.key")
        self._now = now

    def mint_access(self, email: str) -> str:
        """A token for the Admin API."""
        body = _encode({"email": email, "exp": int(self._now()) + LIFETIME})
        return f"{_ACCESS}{body}.{self._sign('access', body)}"

    def mint_identity(self, email: str, audience: str) -> str:
        """A token for a service whose URL is `audience`."""
        now = int(self._now())
        claims = {
            "aud": audience,
            "azp": email,
            "email": email,
            "email_verified": True,
            "exp": now + LIFETIME,
            "iat": now,
            "iss": _ISSUER,
            "sub": str(int.from_bytes(hashlib.sha256(email.encode()).digest()[:8], "big")),
        }
        body = f"{_encode({'alg': 'HS256', 'kid': 'workshop', 'typ': 'JWT'})}.{_encode(claims)}"
        return f"{body}.{self._sign('identity', body)}"

    def principal_of(self, authorization: str | None) -> str | None:
        """Whose access token an `authorization` header holds; None without one. Raises TokenError for a bad one."""
        if not authorization:
            return None
        token = _bearer(authorization)
        if not token.startswith(_ACCESS):
            raise TokenError("it is no access token of this workshop")
        body, _, signature = token.removeprefix(_ACCESS).partition(".")
        return str(self._claims("access", body, body, signature)["email"])

    def check_identity(self, authorization: str | None, audiences: Collection[str]) -> str:
        """The e-mail address of the ID token in an `authorization` header.

        Raises TokenError where there is none, where it was not made here, is too old, or is for somebody else than one
        of `audiences`.
        """
        if not authorization:
            raise TokenError("there is no token")
        token = _bearer(authorization)
        body, _, signature = token.rpartition(".")
        if body.count(".") != 1:
            raise TokenError("it is no ID token")
        claims = self._claims("identity", body, body.partition(".")[2], signature)
        if claims["aud"] not in audiences:
            raise TokenError("its audience is not this service")
        return str(claims["email"])

    def _sign(self, purpose: str, body: str) -> str:
        """`purpose` is signed too: a token of one kind is never one of the other."""
        digest = hmac.new(self._key, f"{purpose}:{body}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def _claims(self, purpose: str, body: str, payload: str, signature: str) -> dict[str, Any]:
        if not hmac.compare_digest(self._sign(purpose, body).encode(), signature.encode(errors="replace")):
            raise TokenError("its signature is not this workshop's")
        claims = _decode(payload)
        if float(claims["exp"]) <= self._now():
            raise TokenError("it has expired")
        return claims


def without_signature(authorization: str) -> str:
    """An `authorization` header as a container gets it: an ID token without its signature."""
    body, dot, _ = authorization.rpartition(".")
    return f"{body}.{SIGNATURE_REMOVED}" if dot else authorization


def _key(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Made under another name and linked: two that start at once agree on one whole key, and no other account reads it.
    part = path.with_name(f"{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
    if not path.exists():
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
            file.write(secrets.token_bytes(32))
        with suppress(FileExistsError):
            os.link(part, path)
        part.unlink()
    return path.read_bytes()


def _bearer(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise TokenError("it is no bearer token")
    return token.strip()


def _encode(claims: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims, separators=(",", ":")).encode()).rstrip(b"=").decode()


def _decode(payload: str) -> dict[str, Any]:
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (binascii.Error, ValueError):
        raise TokenError("it cannot be read") from None
    if not isinstance(claims, dict) or "exp" not in claims:
        raise TokenError("it cannot be read")
    return claims
