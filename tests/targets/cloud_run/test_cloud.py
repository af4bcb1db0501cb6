"""The one factory of Google's clients: for a local Cloud Run with its door, without one, and for Google."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from google.cloud import run_v2

from tests.targets.cloud_run.small_admin_api import AdminApi, admin_api
from tests.targets.cloud_run.small_token_server import service_account_key, token_server
from wizard.errors import TargetError
from wizard.targets.cloud_run.cloud import Cloud
from wizard.targets.cloud_run.credentials import GoogleAccess
from wizard.targets.cloud_run.door import DoorAccess
from wizard.targets.cloud_run.identity import claims_of
from wizard.targets.cloud_run.place import Place
from wizard.targets.cloud_run.whereabouts import Signs
from wizard.workshop.faults import Faults
from wizard.workshop.http_door import Description, HttpDoor
from wizard.workshop.tokens import OWNER, Authority


@pytest.fixture
def api() -> Iterator[AdminApi]:
    with admin_api(
        GetService=lambda request: run_v2.Service.pb()(uri="https://housing.example"),
        GetRevision=lambda request: run_v2.Revision.pb()(name="housing-1"),
    ) as served:
        yield served


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def door(api: AdminApi, authority: Authority) -> Iterator[str]:
    """The endpoint of the workshop's real door, before `api`."""
    served = HttpDoor(authority, Faults())
    port = served.bind(0)
    served.start(Description(api.address, "", "demo-project", "us-central1", "fake", "123456789012"))
    yield f"http://127.0.0.1:{port}"
    served.close()


def place(endpoint: str) -> Place:
    return Place("demo-project", "us-central1", endpoint)


def test_a_local_cloud_run_is_found_through_its_door_and_called_with_a_token_from_it(
    api: AdminApi, door: str, authority: Authority
) -> None:
    with Cloud.at(place(door)) as cloud:
        name = cloud.place.service("housing")
        assert cloud.services.get_service(name=name).uri == "https://housing.example"
        assert cloud.revisions.get_revision(name=f"{name}/revisions/housing-1").name == "housing-1"
        for _, metadata in api.seen:
            assert authority.principal_of(metadata["authorization"]) == OWNER
            assert "sendoff/" in metadata["user-agent"] or "sendoff/" in metadata["x-goog-api-client"]


def test_the_admin_api_can_be_given_without_a_door_and_calls_then_carry_no_token(api: AdminApi) -> None:
    with Cloud.local(api.address) as cloud:
        cloud.services.get_service(name=cloud.place.service("housing"))
    assert "authorization" not in api.seen[0][1]


def test_a_client_is_made_once(door: str) -> None:
    with Cloud.at(place(door)) as cloud:
        assert cloud.services is cloud.services


def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(
    api: AdminApi, door: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "grpc_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY", "no_grpc_proxy"):
        monkeypatch.delenv(name, raising=False)
    with Cloud.at(place(door)) as cloud:
        cloud.services.get_service(name=cloud.place.service("housing"))


def test_who_you_are_and_your_tokens_come_from_the_door(door: str, authority: Authority) -> None:
    with Cloud.at(place(door)) as cloud:
        assert cloud.principal == OWNER
        assert cloud.member == f"user:{OWNER}"
        assert authority.principal_of(f"Bearer {cloud.access_token()}") == OWNER
        token = cloud.identity_token("http://127.0.0.1:4711")
        assert authority.check_identity(f"Bearer {token}", {"http://127.0.0.1:4711"}) == OWNER
        assert cloud.identity_token("http://127.0.0.1:4711") == token, "kept until shortly before its end"
        assert claims_of(cloud.identity_token("http://127.0.0.1:4712"))["aud"] == "http://127.0.0.1:4712"


def test_no_token_is_in_any_representation(door: str) -> None:
    with Cloud.at(place(door)) as cloud:
        tokens = cloud.access_token(), cloud.identity_token("http://127.0.0.1:4711")
        shown = repr(cloud) + repr(cloud.access) + repr(vars(cloud))
        assert not any(token in shown for token in tokens)


def test_where_no_local_cloud_run_answers_the_command_that_starts_one_is_named() -> None:
    with socket.socket() as held:  # bound and not listening: nobody else takes the port, nobody answers
        held.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{held.getsockname()[1]}"
        with pytest.raises(TargetError) as error, Cloud.at(place(endpoint)) as cloud:
            _ = cloud.services
    assert "sendoff workshop up" in error.value.fix
    assert endpoint in error.value.what


@pytest.mark.parametrize("grpc", ["192.0.2.7:443", "localhost.example:80", "", "127.0.0.1"])
def test_a_door_that_names_another_machine_is_not_followed(grpc: str, authority: Authority) -> None:
    served = HttpDoor(authority, Faults())
    port = served.bind(0)
    served.start(Description(grpc, "", "demo-project", "us-central1", "fake", "1"))
    try:
        with (
            pytest.raises(TargetError, match="names no usable address"),
            Cloud.at(place(f"http://127.0.0.1:{port}")) as cloud,
        ):
            _ = cloud.services
    finally:
        served.close()


@pytest.mark.parametrize(
    "body", ["<html>", "[]", "{}", '{"sendoff_workshop": 2}', '{"sendoff_workshop": 1, "grpc": 7}']
)
def test_what_is_no_local_cloud_run_is_said_not_to_be_one(body: str) -> None:
    with answering(body) as endpoint, pytest.raises(TargetError) as error:
        _ = Cloud.at(place(endpoint)).services
    assert "sendoff workshop up" in error.value.fix


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"access_token": "t", "expires_in": "soon"}'])
def test_an_answer_without_a_token_is_an_error_of_ours(body: str) -> None:
    with answering(body) as endpoint:
        access = DoorAccess(endpoint)
        for ask in (access.access_token, lambda: access.identity_token("http://127.0.0.1:4711")):
            with pytest.raises(TargetError, match="gives no token"):
                ask()


@contextmanager
def answering(body: str) -> Iterator[str]:
    """A server that answers everything with `body`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def test_a_plan_for_another_project_than_the_local_one_is_told_so(door: str) -> None:
    with pytest.raises(TargetError, match="has no project my-project") as error:
        _ = Cloud.at(Place("my-project", "us-central1", door)).services
    assert "demo-project" in error.value.why


def test_threads_that_ask_for_their_first_clients_at_once_all_get_them() -> None:
    code = (
        "from concurrent.futures import ThreadPoolExecutor; from wizard.targets.cloud_run.cloud import Cloud;"
        "cloud = Cloud.local('127.0.0.1:1');"
        "names = ['services', 'artifacts', 'usage', 'projects', 'accounts', 'secrets', 'services', 'projects'];"
        "made = list(ThreadPoolExecutor(8).map(lambda name: type(getattr(cloud, name)).__name__, names));"
        "print(made)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(
        [
            "ServicesClient", "ArtifactRegistryClient", "ServiceUsageClient", "ProjectsClient", "IAMClient",
            "SecretManagerServiceClient", "ServicesClient", "ProjectsClient",
        ]
    )  # fmt: skip


def test_importing_it_imports_nothing_of_google() -> None:
    code = (
        "import sys; import wizard.targets.cloud_run.cloud, wizard.targets.cloud_run.api_errors, wizard.targets.cloud_run.place;"
        "from wizard.targets.cloud_run.cloud import Cloud; from wizard.targets.cloud_run.place import Place;"
        "Cloud.at(Place('demo-project', 'us-central1'));"
        "print([name for name in sys.modules if name.partition('.')[0] in ('google', 'grpc', 'httpx', 'pydantic')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_at_google_every_client_has_the_credentials_found_here_and_says_who_it_is(tmp_path: Path) -> None:
    with token_server() as tokens:
        path = tmp_path / "key.json"
        path.write_text(json.dumps(service_account_key(tokens.uri)))
        access = GoogleAccess("demo-project", Signs({"GOOGLE_APPLICATION_CREDENTIALS": str(path)}))
        with Cloud(Place("demo-project", "us-central1"), access) as cloud:
            clients: list[Any] = [
                cloud.services, cloud.revisions, cloud.artifacts, cloud.usage, cloud.projects, cloud.accounts,
                cloud.logs, cloud.secrets,
            ]  # fmt: skip
            assert {client.transport.host for client in clients} == {
                f"{api}.googleapis.com:443"
                for api in (
                    "run", "artifactregistry", "serviceusage", "cloudresourcemanager", "iam", "logging", "secretmanager",
                )
            }  # fmt: skip
            assert cloud.principal == "robot@demo-project.iam.gserviceaccount.com"
            assert {client.transport._credentials.service_account_email for client in clients} == {cloud.principal}
            assert cloud.access_token() == "ya29.account-1"
