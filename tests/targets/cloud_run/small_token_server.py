"""Google's token server in a few lines, on this machine: gives tokens for signed assertions and refresh tokens, or refuses.

It is the IAM API that gives tokens of service accounts to those who may impersonate them, too.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


def web_token(**claims: Any) -> str:
    """An unsigned JSON web token."""
    parts = ({"alg": "RS256", "typ": "JWT"}, {"exp": int(time.time()) + 3600, "iat": int(time.time()), **claims})
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, "c2lnbmF0dXJl"])


def claims_in(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))


class TokenServer:
    """`refusal` makes it refuse with that error and description; `asked` holds the forms it was sent."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.refusal: tuple[str, str] | None = None
        self.email = "ada@example.com"
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
                if ":generate" in self.path:
                    form = {"path": self.path, **json.loads(sent)}
                else:
                    form = {name: values[0] for name, values in parse_qs(sent).items()}
                server.asked.append(form)
                status, answer = server.answer(form)
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None: ...

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.uri = f"http://127.0.0.1:{self.http.server_address[1]}/token"

    def answer(self, form: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if self.refusal is not None:
            return 400, {"error": self.refusal[0], "error_description": self.refusal[1]}
        number = len(self.asked)
        if path := form.get("path"):
            account = path.rpartition("/")[2].partition(":")[0]
            if path.endswith(":generateIdToken"):
                return 200, {"token": web_token(aud=form["audience"], email=account)}
            return 200, {"accessToken": f"ya29.impersonated-{number}", "expireTime": "2099-01-01T00:00:00Z"}
        if "subject_token" in form:
            return 200, {
                "access_token": f"federated-{number}",
                "expires_in": 3599,
                "token_type": "Bearer",
                "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
            }
        if form["grant_type"] == "refresh_token":
            identity = web_token(aud="the-login-program", email=self.email)
            return 200, {"access_token": f"ya29.person-{number}", "expires_in": 3599, "id_token": identity}
        claims = claims_in(form["assertion"])
        if "target_audience" in claims:
            return 200, {"id_token": web_token(aud=claims["target_audience"], email=claims["iss"], n=number)}
        return 200, {"access_token": f"ya29.account-{number}", "expires_in": 3599}


@contextmanager
def token_server() -> Iterator[TokenServer]:
    server = TokenServer()
    thread = threading.Thread(target=server.http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.http.shutdown()
        server.http.server_close()


def service_account_key(token_uri: str, email: str = "robot@demo-project.iam.gserviceaccount.com") -> dict[str, str]:
    """A key as Google gives them, made here."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "type": "service_account",
        "project_id": "demo-project",
        "private_key_id": "0123",
        "private_key": key.decode(),
        "client_email": email,
        "client_id": "1",
        "token_uri": token_uri,
    }


LOGIN = {
    "type": "authorized_user",
    "client_id": "id",
    "client_secret": "hidden-client",
    "refresh_token": "hidden-refresh",
}
"""What `gcloud auth application-default login` writes."""
