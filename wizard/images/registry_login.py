"""Who pushes: the caller's access token, or what `docker login` and Docker's credential helpers know of the registry.

Nothing found here is written anywhere, and nothing of it is in any text: a password has no place in a log.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field

from wizard.errors import PushError
from wizard.images.artifact_names import is_google

TOKEN_USER = "oauth2accesstoken"
"""User under which Google's registries take an access token as password."""


@dataclass(frozen=True, slots=True)
class Login:
    """A name and a password for a registry, or the identity token that stands for both."""

    username: str
    password: str = field(repr=False)
    identity_token: str = field(default="", repr=False)
    """What some logins (Azure's, for one) leave in place of a password."""

    def as_header(self) -> dict[str, str]:
        """As the engine takes it with a push."""
        if self.identity_token:
            return {"identitytoken": self.identity_token}
        return {"username": self.username, "password": self.password}


def find_login(host: str, access_token: str = "") -> Login | None:
    """The login for a registry; None where nobody has logged in, which is right for a registry that asks for none.

    `access_token` is one of Google Cloud's, and serves Google's registries; for any other, and without one, Docker's own
    configuration is asked: its `auths`, `credHelpers` and `credsStore`. Raises PushError where that cannot be read, or
    where the helper it names fails.
    """
    if access_token and is_google(host):
        return Login(TOKEN_USER, access_token)
    from docker import auth
    from docker.errors import DockerException

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the SDK warns of a helper that is missing, then fails: the error says it
            found = auth.load_config().resolve_authconfig(host)
    except (DockerException, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unusable(host, error) from None  # what was read may hold a password
    known = {str(key).lower(): str(value) for key, value in (found or {}).items() if value}
    if known.get("identitytoken"):
        return Login("", "", known["identitytoken"])
    if known.get("username") and known.get("password"):
        return Login(known["username"], known["password"])
    return None


def _unusable(host: str, error: Exception) -> PushError:
    from docker.credentials import StoreError

    helper = next((part for part in (error, error.__cause__) if isinstance(part, StoreError)), None)
    if helper is None:
        return PushError(
            "Docker's configuration cannot be read.",
            f"The login for {host} is looked for in it, and its content is not what Docker writes.",
            f"Correct ~/.docker/config.json (or what DOCKER_CONFIG names), or run `docker login {host}` again.",
            kind="login",
        )
    again = f"gcloud auth configure-docker {host}" if is_google(host) else f"docker login {host}"
    return PushError(
        f"Docker's credential helper for {host} fails.",
        "Docker's configuration names a helper that is to give the password, and it gave none.",
        f"Run `{again}`, or take the helper out of ~/.docker/config.json (credHelpers, credsStore).",
        kind="login",
        evidence=[str(helper)[:500]],
    )
