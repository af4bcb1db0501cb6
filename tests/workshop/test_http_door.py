"""The HTTP door: where everything is, tokens for google-auth, faults and images; for this account's programs alone."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from wizard.workshop.faults import Faults
from wizard.workshop.http_door import Description, HttpDoor
from wizard.workshop.tokens import OWNER, Authority

URL = "http://127.0.0.1:4711"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


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


def test_a_fault_takes_details_of_any_name(door: str, faults: Faults) -> None:
    body = {"fault": "slow", "name": "x", "self": "y"}
    assert httpx.post(f"{door}/faults", json=body).status_code == 200
    assert [dict(each.details) for each in faults.planted()] == [{"name": "x", "self": "y"}]


@pytest.mark.parametrize(
    "framing",
    [b"Content-Length: \xb2", b"Content-Length: " + b"9" * 5000, b"Content-Length: 2\r\nTransfer-Encoding: chunked"],
)
def test_a_body_whose_end_is_unclear_is_refused_and_ends_the_connection(
    door: str, faults: Faults, framing: bytes
) -> None:
    host = door.removeprefix("http://")
    with socket.create_connection(("127.0.0.1", int(host.rpartition(":")[2])), timeout=30) as caller:
        head = b"POST /faults HTTP/1.1\r\nHost: %b\r\nContent-Type: application/json\r\n" % host.encode()
        caller.sendall(head + framing + b"\r\n\r\n{}")
        answer = b"".join(iter(lambda: caller.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert answer.count(b"HTTP/1.1") == 1


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
