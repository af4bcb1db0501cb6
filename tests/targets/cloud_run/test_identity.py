"""Identity tokens for private services, from every kind of credentials."""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.targets.cloud_run.small_token_server import (
    LOGIN,
    TokenServer,
    claims_in,
    service_account_key,
    token_server,
    web_token,
)
from wizard.errors import TargetError
from wizard.targets.cloud_run.api_errors import CloudError
from wizard.targets.cloud_run.api_trouble import Trouble
from wizard.targets.cloud_run.credentials import GoogleAccess
from wizard.targets.cloud_run.identity import TokenCache, claims_of, expiry_of
from wizard.targets.cloud_run.whereabouts import Signs

URL = "https://housing-abc-uc.a.run.app"
ROBOT = "robot@demo-project.iam.gserviceaccount.com"


@pytest.fixture
def tokens(monkeypatch: pytest.MonkeyPatch) -> Iterator[TokenServer]:
    with token_server() as server:
        monkeypatch.setattr("google.oauth2.credentials._GOOGLE_OAUTH2_TOKEN_ENDPOINT", server.uri)
        for name, verb in (("_IAM_ENDPOINT", "generateAccessToken"), ("_IAM_IDTOKEN_ENDPOINT", "generateIdToken")):
            address = server.uri.replace("/token", "/v1/projects/-/serviceAccounts/{}:" + verb)
            monkeypatch.setattr(f"google.auth.iam.{name}", address)
        yield server


def access(tmp_path: Path, content: dict[str, Any], gcloud: str = "") -> GoogleAccess:
    path = tmp_path / "key.json"
    path.write_text(json.dumps(content))
    return GoogleAccess("demo-project", Signs({"GOOGLE_APPLICATION_CREDENTIALS": str(path)}, gcloud=gcloud))


def fake_gcloud(tmp_path: Path, prints: str, exit_code: int = 0) -> str:
    """A command that does what gcloud does: print a token, or say on standard error why not."""
    path = tmp_path / "gcloud"
    stream = "stdout" if exit_code == 0 else "stderr"
    path.write_text(
        f"#!{sys.executable}\nimport sys\n"
        f"assert sys.argv[1:3] == ['auth', 'print-identity-token']\n"
        f"print({prints!r}, file=sys.{stream})\nsys.exit({exit_code})\n"
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_a_service_account_signs_for_the_service_s_url_and_the_token_is_kept(
    tokens: TokenServer, tmp_path: Path
) -> None:
    account = access(tmp_path, service_account_key(tokens.uri))
    token = account.identity_token(URL)
    assert claims_in(token)["aud"] == URL
    assert claims_in(token)["email"] == ROBOT
    asked = len(tokens.asked)
    assert account.identity_token(URL) == token
    assert len(tokens.asked) == asked, "the token server is not asked again"
    assert claims_in(account.identity_token("https://other.example"))["aud"] == "https://other.example"


def test_a_person_s_token_comes_from_gcloud(tokens: TokenServer, tmp_path: Path) -> None:
    from_gcloud = web_token(aud="gcloud", email="ada@example.com")
    assert access(tmp_path, LOGIN, fake_gcloud(tmp_path, from_gcloud)).identity_token(URL) == from_gcloud


def test_without_gcloud_a_person_s_login_gives_its_own(tokens: TokenServer, tmp_path: Path) -> None:
    assert claims_in(access(tmp_path, LOGIN).identity_token(URL))["email"] == "ada@example.com"


def test_a_gcloud_that_is_not_logged_in_is_no_obstacle(tokens: TokenServer, tmp_path: Path) -> None:
    gcloud = fake_gcloud(tmp_path, "You do not currently have an active account selected.", exit_code=1)
    assert claims_in(access(tmp_path, LOGIN, gcloud).identity_token(URL))["email"] == "ada@example.com"


def test_where_nothing_gives_one_the_command_that_helps_is_named(
    tokens: TokenServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = TokenServer.answer
    monkeypatch.setattr(
        TokenServer,
        "answer",
        lambda self, form: (200, {k: v for k, v in answer(self, form)[1].items() if k != "id_token"}),
    )
    gcloud = fake_gcloud(tmp_path, "You do not currently have an active account selected.", exit_code=1)
    with pytest.raises(TargetError) as error:
        access(tmp_path, LOGIN, gcloud).identity_token(URL)
    assert "gcloud auth login" in error.value.fix
    assert "active account" in error.value.evidence[0]


def impersonation(tokens: TokenServer, account: str) -> str:
    return tokens.uri.replace("/token", f"/v1/projects/-/serviceAccounts/{account}:generateAccessToken")


def test_an_impersonated_account_signs(tokens: TokenServer, tmp_path: Path) -> None:
    content = {
        "type": "impersonated_service_account",
        "source_credentials": LOGIN,
        "service_account_impersonation_url": impersonation(tokens, ROBOT),
    }
    account = access(tmp_path, content)
    assert account.member == f"serviceAccount:{ROBOT}"
    assert claims_in(account.identity_token(URL))["email"] == ROBOT


def test_who_may_not_impersonate_learns_which_role_is_missing(
    tokens: TokenServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = {
        "type": "impersonated_service_account",
        "source_credentials": LOGIN,
        "service_account_impersonation_url": impersonation(tokens, ROBOT),
    }
    answer = TokenServer.answer
    words = "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)."
    denied = 403, {"error": {"code": 403, "message": words, "status": "PERMISSION_DENIED"}}
    monkeypatch.setattr(TokenServer, "answer", lambda self, form: denied if "path" in form else answer(self, form))
    with pytest.raises(CloudError) as error:
        access(tmp_path, content).access_token()
    assert error.value.kind is Trouble.PERMISSION
    assert "roles/iam.serviceAccountTokenCreator" in error.value.command


def test_a_pipeline_s_federated_login_signs_as_the_account_it_impersonates(tokens: TokenServer, tmp_path: Path) -> None:
    (tmp_path / "subject").write_text(web_token(sub="repo:me/models"))
    content = {
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/github",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": tokens.uri,
        "credential_source": {"file": str(tmp_path / "subject")},
        "service_account_impersonation_url": impersonation(tokens, ROBOT),
    }
    pipeline = access(tmp_path, content)
    assert pipeline.member == f"serviceAccount:{ROBOT}"
    assert claims_in(pipeline.identity_token(URL))["email"] == ROBOT


def test_a_token_is_made_anew_shortly_before_it_ends() -> None:
    now = 1_000.0
    cache = TokenCache(lambda: now)
    made: list[float] = []

    def make() -> tuple[str, float]:
        made.append(now)
        return f"token-{len(made)}", now + 3600

    assert cache.get("url", make) == "token-1"
    now += 3600 - 301
    assert cache.get("url", make) == "token-1"
    now += 2
    assert cache.get("url", make) == "token-2"
    assert "token-2" not in repr(cache)


@pytest.mark.parametrize("token", ["", "a", "a.b", "a.b.c", "a.e30.c", "..", "a.WzFd.c", "a.!!!.c"])
def test_what_is_no_token_says_nothing_and_does_not_fail(token: str) -> None:
    assert claims_of(token) == {}
    assert expiry_of(token) == 0
