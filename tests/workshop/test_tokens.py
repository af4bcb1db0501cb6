"""Tokens say who somebody is: to the Admin API, to services, and through google-auth."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.workshop.faults import Faults
from wizard.workshop.http_door import Description, HttpDoor
from wizard.workshop.tokens import LIFETIME, OWNER, Authority, TokenError, without_signature

URL = "http://127.0.0.1:4711"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def test_an_access_token_names_its_principal(authority: Authority) -> None:
    token = authority.mint_access("ada@example.com")
    assert authority.principal_of(f"Bearer {token}") == "ada@example.com"
    assert authority.principal_of(f"bearer {token}") == "ada@example.com"
    assert authority.principal_of(None) is None


def test_an_id_token_is_good_for_its_audience_alone(authority: Authority) -> None:
    header = f"Bearer {authority.mint_identity('ada@example.com', URL)}"
    assert authority.check_identity(header, {URL, "http://other"}) == "ada@example.com"
    with pytest.raises(TokenError, match="audience"):
        authority.check_identity(header, {"http://other"})


def test_neither_kind_is_taken_for_the_other(authority: Authority) -> None:
    with pytest.raises(TokenError):
        authority.principal_of(f"Bearer {authority.mint_identity(OWNER, URL)}")
    with pytest.raises(TokenError):
        authority.check_identity(f"Bearer {authority.mint_access(OWNER)}", {URL})


def test_tokens_expire(tmp_path: Path) -> None:
    now = [1_800_000_000.0]
    authority = Authority(tmp_path, now=lambda: now[0])
    access, identity = authority.mint_access(OWNER), authority.mint_identity(OWNER, URL)
    now[0] += LIFETIME
    with pytest.raises(TokenError, match="expired"):
        authority.principal_of(f"Bearer {access}")
    with pytest.raises(TokenError, match="expired"):
        authority.check_identity(f"Bearer {identity}", {URL})


def test_tokens_of_another_workshop_are_not_taken(authority: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other")
    with pytest.raises(TokenError, match="signature"):
        authority.principal_of(f"Bearer {other.mint_access(OWNER)}")
    with pytest.raises(TokenError, match="signature"):
        authority.check_identity(f"Bearer {other.mint_identity(OWNER, URL)}", {URL})


def test_tokens_are_good_after_a_restart_and_the_key_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as at_once:
        authorities = list(at_once.map(lambda _: Authority(tmp_path), range(8)))
    for each in authorities:
        assert Authority(tmp_path).principal_of(f"Bearer {each.mint_access(OWNER)}") == OWNER
    assert [path.name for path in tmp_path.iterdir()] == ["signing.key"]
    assert stat.S_IMODE((tmp_path / "signing.key").stat().st_mode) == 0o600


@given(st.text(), st.integers(0, 400), st.characters(codec="ascii"))
def test_no_other_token_is_taken_and_none_is_repeated_in_an_error(text: str, at: int, instead: str) -> None:
    authority = _SHARED
    for good, check in (
        (_ACCESS, authority.principal_of),
        (_IDENTITY, lambda token: authority.check_identity(token, {URL})),
    ):
        for token in (text, good[: at % len(good)] + instead + good[at % len(good) + 1 :]):
            header = f"Bearer {token}"
            if header.split() == f"Bearer {good}".split():
                continue
            with pytest.raises(TokenError) as raised:
                check(header)
            assert len(token) < 12 or token not in str(raised.value)


@pytest.fixture(scope="module", autouse=True)
def shared(tmp_path_factory: pytest.TempPathFactory) -> None:
    global _SHARED, _ACCESS, _IDENTITY
    _SHARED = Authority(tmp_path_factory.mktemp("key"))
    _ACCESS, _IDENTITY = _SHARED.mint_access(OWNER), _SHARED.mint_identity(OWNER, URL)


_SHARED: Authority
_ACCESS: str
_IDENTITY: str


def test_a_container_sees_a_token_without_its_signature(authority: Authority) -> None:
    token = authority.mint_identity(OWNER, URL)
    seen = without_signature(f"Bearer {token}")
    assert seen == f"Bearer {token.rpartition('.')[0]}.SIGNATURE_REMOVED_BY_GOOGLE"
    with pytest.raises(TokenError):
        authority.check_identity(seen, {URL})


# The HTTP door


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def images() -> list[object]:
    return []


@pytest.fixture
def door(authority: Authority, faults: Faults, images: list[object]) -> Iterator[str]:
    door = HttpDoor(authority, faults, images.append)
    port = door.bind(0)
    door.start(Description("127.0.0.1:1", "127.0.0.1:2", "demo-project", "us-central1", "fake", "123456789012"))
    yield f"http://127.0.0.1:{port}"
    door.close()


def test_the_door_says_where_everything_is(door: str) -> None:
    answer = httpx.get(door)
    assert answer.json() == {
        "sendoff_workshop": 1,
        "grpc": "127.0.0.1:1",
        "registry": "127.0.0.1:2",
        "project": "demo-project",
        "region": "us-central1",
        "runtime": "fake",
        "project_number": "123456789012",
    }


_GOOGLE_AUTH = """
import json, sys
import google.auth, google.auth.transport.requests as transport
from google.oauth2 import id_token
credentials, project = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
request = transport.Request()
credentials.refresh(request)
identity = id_token.fetch_id_token(request, sys.argv[1])
print(json.dumps([type(credentials).__module__, project, credentials.service_account_email, credentials.token, identity]))
"""


def test_google_auth_gets_its_tokens_there(door: str, authority: Authority, tmp_path: Path) -> None:
    host = door.removeprefix("http://")
    clean = {name: text for name, text in os.environ.items() if not name.startswith(("GOOGLE_", "GCE_", "CLOUDSDK"))}
    env = {**clean, "HOME": str(tmp_path), "GCE_METADATA_HOST": host, "GCE_METADATA_IP": host}
    command = [sys.executable, "-c", _GOOGLE_AUTH, URL]
    said = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=True).stdout
    module, project, email, access, identity = json.loads(said)
    assert (module, project, email) == ("google.auth.compute_engine.credentials", "demo-project", OWNER)
    assert authority.principal_of(f"Bearer {access}") == OWNER
    assert authority.check_identity(f"Bearer {identity}", {URL}) == OWNER


def test_a_named_account_gets_tokens_of_its_own(door: str, authority: Authority) -> None:
    accounts = f"{door}/computeMetadata/v1/instance/service-accounts"
    flavor = {"Metadata-Flavor": "Google"}
    token = httpx.get(f"{accounts}/eve@example.com/token", headers=flavor).json()["access_token"]
    assert authority.principal_of(f"Bearer {token}") == "eve@example.com"
    assert httpx.get(f"{accounts}/default/email", headers=flavor).text == OWNER


@pytest.mark.parametrize(
    "headers",
    [{}, {"Metadata-Flavor": "Google", "X-Forwarded-For": "1.2.3.4"}],
)
def test_tokens_are_not_given_to_who_does_not_speak_the_protocol(door: str, headers: dict[str, str]) -> None:
    path = "/computeMetadata/v1/instance/service-accounts/default/token"
    answer = httpx.get(door + path, headers=headers)
    assert answer.status_code == 403
    assert "ya29" not in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:80"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/faults"),
        ("GET", "/computeMetadata/v1/instance/service-accounts/default/token"),
        ("POST", "/faults"),
        ("POST", "/images"),
        ("DELETE", "/faults"),
    ],
)
def test_web_pages_get_nothing_and_change_nothing(
    door: str, faults: Faults, images: list[object], headers: dict[str, str], method: str, path: str
) -> None:
    faults.plant("crash", 1)
    body = {"fault": "slow"} if method == "POST" else None
    answer = httpx.request(method, door + path, headers={"Metadata-Flavor": "Google", **headers}, json=body)
    assert answer.status_code == 403
    assert "ya29" not in answer.text
    assert [each.fault for each in faults.planted()] == ["crash"]
    assert images == []


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_what_a_page_may_send_unasked_is_refused(door: str, faults: Faults, kind: str) -> None:
    answer = httpx.post(f"{door}/faults", content=b'{"fault": "crash"}', headers={"Content-Type": kind})
    assert answer.status_code == 415
    assert faults.planted() == ()


def test_faults_are_planted_listed_and_cleared(door: str, faults: Faults) -> None:
    assert httpx.post(f"{door}/faults", json={"fault": "slow", "count": 3, "seconds": 2}).status_code == 200
    shown = httpx.get(f"{door}/faults").json()
    assert shown["planted"] == [{"fault": "slow", "count": 3, "details": {"seconds": "2"}}]
    assert all(shown["known"].values())
    assert httpx.delete(f"{door}/faults").status_code == 200
    assert faults.planted() == ()


@pytest.mark.parametrize(
    "body", [{"fault": "no-such"}, {}, {"fault": "slow", "count": 0}, {"fault": "slow", "count": "x"}]
)
def test_a_fault_that_cannot_be_planted_is_explained(door: str, body: dict[str, object]) -> None:
    answer = httpx.post(f"{door}/faults", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["what"]


@pytest.mark.parametrize("body", [b"[]", b"{", b"\xff"])
def test_what_is_no_json_object_is_refused(door: str, body: bytes) -> None:
    answer = httpx.post(f"{door}/faults", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400


def test_an_image_is_registered(door: str, images: list[object]) -> None:
    assert httpx.post(f"{door}/images", json={"image": "a", "bundle": "b", "python": "c"}).status_code == 200
    assert images == [{"image": "a", "bundle": "b", "python": "c"}]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become another account")
@pytest.mark.skipif(not Path("/usr/bin/python3").exists(), reason="needs a Python that every account may run")
def test_another_account_of_the_machine_gets_no_token_and_registers_nothing(door: str, images: list[object]) -> None:
    code = (
        "import os, sys, urllib.error, urllib.request as u\n"
        "os.setuid(65534)\n"
        "headers = {'Metadata-Flavor': 'Google', 'Content-Type': 'application/json'}\n"
        "for path, data in (('/computeMetadata/v1/instance/service-accounts/default/token', None), ('/images', b'{}')):\n"
        "    try: u.urlopen(u.Request(sys.argv[1] + path, data, headers)); print('answered')\n"
        "    except urllib.error.HTTPError as error: print(error.code, error.read())\n"
    )
    # The system's Python: another account may not read this one's environment.
    command = ["/usr/bin/python3", "-c", code, door]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd="/").stdout.splitlines()
    assert [line[:3] for line in said] == ["403", "403"]
    assert all("another account" in line for line in said)
    assert images == []


def test_anything_else_is_not_found(door: str) -> None:
    assert httpx.get(f"{door}/nothing").status_code == 404
    assert httpx.post(f"{door}/nothing", json={}).status_code == 404
    assert httpx.delete(f"{door}/nothing").status_code == 404
