"""Who you are on Google Cloud: the credentials found where you are, and their tokens.

They are google-auth's, found in its order: the file that GOOGLE_APPLICATION_CREDENTIALS names, gcloud's login for
programs, the metadata server of Google's machines. Nothing of them is ever written or shown.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from wizard.printable import one_line
from wizard.targets.cloud_run.api_errors import CloudError, explain
from wizard.targets.cloud_run.api_trouble import Trouble
from wizard.targets.cloud_run.identity import TokenCache, claims_of, expiry_of, google_identity
from wizard.targets.cloud_run.whereabouts import Signs, how_to_log_in, look_around, metadata_answers, where

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

T = TypeVar("T")

_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
_TIMEOUT = 20.0
"""Seconds a token server may take."""


class GoogleAccess:
    """Your access to Google Cloud, for a project. Finds the credentials when first asked. Thread-safe."""

    def __init__(self, project: str, signs: Signs | None = None) -> None:
        self.project = project
        self._signs = signs
        self._credentials: Credentials | None = None
        self._identities = TokenCache()
        self._lock = threading.RLock()

    @property
    def signs(self) -> Signs:
        with self._lock:
            if self._signs is None:
                self._signs = look_around()
            return self._signs

    @property
    def credentials(self) -> Credentials:
        """With a token that is good now. Raises CloudError saying how to log in where that cannot be had."""
        with self._lock:
            if self._credentials is None:
                self._credentials = find_credentials(self.signs, self.project)
            credentials: Any = self._credentials  # without types in google-auth, as its other classes
            if not credentials.valid:
                self._asking(lambda: credentials.refresh(_request()), "log in to Google Cloud")
            return self._credentials

    @property
    def principal(self) -> str:
        """E-mail of the account; empty for a login that does not tell."""
        credentials: Any = self.credentials
        email = getattr(credentials, "service_account_email", "") or ""
        if not email:
            email = claims_of(str(getattr(credentials, "id_token", "") or "")).get("email", "")
        return one_line(str(email or getattr(credentials, "account", "") or ""))

    @property
    def member(self) -> str:
        """The account as an IAM policy names it; empty where it is not known."""
        principal = self.principal
        if not principal:
            return ""
        return f"{'serviceAccount' if principal.endswith('.gserviceaccount.com') else 'user'}:{principal}"

    def access_token(self) -> str:
        """For Google's APIs and registries. Raises CloudError."""
        return str(self.credentials.token)

    def identity_token(self, audience: str) -> str:
        """For calls to a private service whose URL is `audience`. Raises TargetError."""

        def make() -> tuple[str, float]:
            credentials = self.credentials
            token = self._asking(
                lambda: google_identity(credentials, audience, _request(), self.signs.gcloud),
                f"get an identity token for {audience}",
            )
            return token, expiry_of(token)

        return self._identities.get(audience, make)

    def _asking(self, ask: Callable[[], T], doing: str) -> T:
        import google.auth.exceptions

        try:
            return ask()
        except google.auth.exceptions.GoogleAuthError as error:
            trouble = explain(error, doing, project=self.project)
            if trouble.kind is Trouble.PERMISSION:
                raise trouble from error
            if trouble.kind is Trouble.UNAVAILABLE and not _from_metadata(str(error)):
                raise trouble from error
            raise _ended(self.signs, self.project, trouble) from error


def find_credentials(signs: Signs, project: str) -> Credentials:
    """The credentials at hand, scoped, their calls counted against `project` where they have no project of their own.

    Asks no token server; asks for the metadata server for two seconds at most. Raises CloudError where there are none, or
    none that can be used.
    """
    if signs.key_file:
        return _from_file(Path(signs.key_file), "GOOGLE_APPLICATION_CREDENTIALS names it.", signs, project)
    if signs.login_file.is_file():
        return _from_file(signs.login_file, "`gcloud auth application-default login` wrote it.", signs, project)
    if metadata_answers(signs):
        from google.auth import compute_engine

        machine: Any = compute_engine.Credentials
        return cast("Credentials", machine(scopes=list(_SCOPES)))
    raise CloudError(
        "Nobody is logged in to Google Cloud here.",
        "There is no key file, no login of gcloud for programs, and no metadata server.",
        how_to_log_in(where(signs), project, gcloud=bool(signs.gcloud)),
        kind=Trouble.CREDENTIALS,
    )


def _from_file(path: Path, whose: str, signs: Signs, project: str) -> Credentials:
    import google.auth.exceptions

    try:
        info = json.loads(path.read_text(encoding="utf-8"))
        found = _from_info(info, signs, project) if isinstance(info, dict) else None
    except OSError as error:
        raise _unusable(path, whose, signs, project, str(error.strerror or error)) from error
    except (ValueError, KeyError, TypeError, AttributeError, google.auth.exceptions.GoogleAuthError) as error:
        # The kind of the error, and a parser's position, but never its text: that may quote the file.
        raise _unusable(path, whose, signs, project, _without_contents(error)) from None
    if found is None:
        raise _unusable(path, whose, signs, project, "It is no file of credentials.")
    return found


def _from_info(info: dict[str, Any], signs: Signs, project: str) -> Credentials | None:
    """The credentials a file holds, by its own word for their kind; None for another word.

    `google.auth.default` would do, but starts gcloud to learn its project, which takes seconds and is not needed.
    """
    from google.auth import impersonated_credentials
    from google.oauth2 import credentials as user
    from google.oauth2 import service_account

    scopes = list(_SCOPES)
    make: Any
    match info.get("type"):
        case "service_account":
            make = service_account.Credentials.from_service_account_info
            return cast("Credentials", make(info, scopes=scopes))
        case "authorized_user":
            # Without scopes: a login cannot be given more of them than it was made with.
            make = user.Credentials.from_authorized_user_info
            return cast("Credentials", make(info).with_quota_project(_quota_project(signs, info, project)))
        case "impersonated_service_account":
            make = impersonated_credentials.Credentials.from_impersonated_service_account_info
            return cast("Credentials", make(info, scopes=scopes))
        case "external_account" | "external_account_authorized_user":
            return cast("Credentials", _federated(info).from_info(info, scopes=scopes))
    return None


def _federated(info: dict[str, Any]) -> Any:
    """The class for a login of another provider (Workload or Workforce Identity Federation)."""
    from google.auth import aws, external_account_authorized_user, identity_pool, pluggable

    if info["type"] == "external_account_authorized_user":
        return external_account_authorized_user.Credentials
    if info["subject_token_type"] == "urn:ietf:params:aws:token-type:aws4_request":
        return aws.Credentials
    return pluggable.Credentials if "executable" in info["credential_source"] else identity_pool.Credentials


def _quota_project(signs: Signs, info: dict[str, Any], project: str) -> str:
    """A person's login must name a project its calls are counted against; some APIs refuse it otherwise."""
    return str(signs.variables.get("GOOGLE_CLOUD_QUOTA_PROJECT") or info.get("quota_project_id") or project)


def _without_contents(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"no JSON: {error.msg} in line {error.lineno}"
    return type(error).__name__


def _unusable(path: Path, whose: str, signs: Signs, project: str, evidence: str) -> CloudError:
    missing = not path.exists()
    fix = how_to_log_in(where(signs), project, gcloud=bool(signs.gcloud))
    if signs.key_file:
        fix = f"Correct GOOGLE_APPLICATION_CREDENTIALS, or unset it. {fix}"
    return CloudError(
        f"The file of credentials {path} {'does not exist' if missing else 'cannot be used'}.",
        whose,
        fix,
        kind=Trouble.CREDENTIALS,
        evidence=(one_line(evidence),),
    )


def _ended(signs: Signs, project: str, trouble: CloudError) -> CloudError:
    """The credentials were found, and give no token any more."""
    said = " ".join(trouble.evidence)
    fix = how_to_log_in(where(signs), project, gcloud=bool(signs.gcloud))
    if _from_metadata(said):
        why = (
            "This machine's metadata server gives no token: the machine has no account, or its account is switched off."
        )
    elif signs.key_file:
        why = "GOOGLE_APPLICATION_CREDENTIALS names credentials that are no longer accepted: deleted, disabled or expired."
        fix = f"Name a key that is in use in GOOGLE_APPLICATION_CREDENTIALS, or unset it. {fix}"
        if "jwt" in said.lower() and ("iat" in said or "reasonable timeframe" in said):
            why, fix = (
                "This machine's clock is wrong, so its signatures are not accepted.",
                "Set the clock, then try again.",
            )
    else:
        why = "The login has expired, was withdrawn, or your organisation wants it renewed."
    return CloudError(
        "Your login to Google Cloud is no longer good.", why, fix, kind=Trouble.CREDENTIALS, evidence=trouble.evidence
    )


def _from_metadata(said: str) -> bool:
    return "metadata service" in said or "computeMetadata" in said


def _request() -> Callable[..., Any]:
    """google-auth's HTTP transport, with an end to its patience."""
    from google.auth.transport.requests import Request

    return partial(Request(), timeout=_TIMEOUT)
