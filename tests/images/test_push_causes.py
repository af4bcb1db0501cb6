"""Each message of an engine or a registry about a failed push leads to its cause, and to a command with the names filled in."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.images.fake_engine import answer, fake_engine
from wizard.errors import EngineError, PushError
from wizard.events import silent
from wizard.images.engine import connect
from wizard.images.image import Image
from wizard.images.push import push
from wizard.images.push_causes import failure

GOOGLE = "europe-west1-docker.pkg.dev/my-project/sendoff/housing"
LOCAL = "127.0.0.1:5000/my-project/sendoff/housing"
OLD = "eu.gcr.io/my-project/housing"


@pytest.mark.parametrize(
    ("name", "said", "kind", "fix"),
    [
        (
            GOOGLE,
            "denied: Artifact Registry API has not been used in project 123 before or it is disabled. Enable it by visiting …",
            "api-disabled",
            "gcloud services enable artifactregistry.googleapis.com --project=my-project",
        ),
        (
            GOOGLE,
            'denied: Unauthenticated request. Unauthenticated requests do not have permission'
            ' "artifactregistry.repositories.uploadArtifacts" on resource "projects/p/…" (or it may not exist)',
            "unauthenticated",
            "gcloud auth configure-docker europe-west1-docker.pkg.dev",
        ),
        (
            GOOGLE,
            'denied: Permission "artifactregistry.repositories.uploadArtifacts" denied on resource'
            ' "projects/my-project/locations/europe-west1/repositories/sendoff" (or it may not exist)',
            "denied",
            "gcloud artifacts repositories add-iam-policy-binding sendoff --project=my-project --location=europe-west1",
        ),
        (
            GOOGLE,
            'name unknown: Repository "sendoff" not found',
            "repository-missing",
            "gcloud artifacts repositories create sendoff --repository-format=docker --location=europe-west1"
            " --project=my-project",
        ),
        (
            OLD,
            'name unknown: Repository "eu.gcr.io" not found',
            "repository-missing",
            "create eu.gcr.io --repository-format=docker --location=europe --project=my-project",
        ),
        (
            OLD,
            "unauthorized: You don't have the needed permissions to perform this operation, and you may have invalid"
            " credentials.",
            "unauthenticated",
            "gcloud auth configure-docker eu.gcr.io",
        ),
        (GOOGLE, "manifest invalid: the repository has enabled tag immutability", "immutable", "--no-immutable-tags"),
        ("docker.io/ada/housing", "denied: requested access to the resource is denied", "denied", "docker.io"),
        (LOCAL, "unauthorized: authentication required", "unauthenticated", "docker login 127.0.0.1:5000"),
        (LOCAL, "no basic auth credentials", "unauthenticated", "docker login"),
        (LOCAL, "dial tcp 127.0.0.1:5000: connect: connection refused", "unreachable", "127.0.0.1 of its own"),
        (GOOGLE, "dial tcp: lookup x on 127.0.0.53:53: connection refused", "unreachable", "docker pull"),
        (GOOGLE, "dial tcp: lookup x: no such host", "unreachable", "Correct the name"),
        (GOOGLE, "net/http: TLS handshake timeout", "unreachable", "not pushed again"),
        (GOOGLE, "x509: certificate signed by unknown authority", "certificate", "certs.d/europe-west1-docker.pkg.dev"),
        ("registry.example:5000/a", "http: server gave HTTP response to HTTPS client", "plain-http", "insecure-registries"),
        (GOOGLE, "toomanyrequests: Quota exceeded for quota metric", "busy", "Wait"),
        (LOCAL, "received unexpected HTTP status: 503 Service Unavailable", "registry-failing", "again"),
        (LOCAL, "unknown: unknown error", "registry-failing", "again"),
        (LOCAL, "An image does not exist locally with the tag: 127.0.0.1:5000/x", "image-missing", "sendoff up"),
        (LOCAL, "something nobody has heard of", "other", "Correct what it names"),
    ],
)  # fmt: skip
def test_a_message_leads_to_its_cause_and_fix(name: str, said: str, kind: str, fix: str) -> None:
    error = failure(name, "v1", said)
    assert error.kind == kind
    assert fix in error.fix
    assert f"{name}:v1" in error.what
    assert said in error.evidence
    assert "{" not in error.why + error.fix
    assert error.why.endswith(".")
    assert error.as_dict()["kind"] == kind


def pushing(
    *messages: dict[str, object], finish: bool = True, description: dict[str, object] | None = None
) -> dict[str, object]:
    """Handlers of an engine that says those messages while it pushes."""

    def give(request: BaseHTTPRequestHandler) -> None:
        request.rfile.read(int(request.headers.get("Content-Length") or 0))
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        for message in messages:
            data = json.dumps(message).encode() + b"\r\n"
            request.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        if finish:
            request.wfile.write(b"0\r\n\r\n")
        request.close_connection = True

    image = description or {"Id": IMAGE.id, "RepoTags": ["housing:1"], "RepoDigests": [], "RootFS": {"Layers": []}}
    return {"push": give, "json": answer(image), "tag": answer({}, 201)}


IMAGE = Image("housing:1", f"sha256:{'1' * 64}", None, "linux/amd64", 1, "scratch", 0)


@pytest.mark.parametrize("finish", [True, False])
def test_an_engine_that_goes_away_in_the_middle_is_said_to(tmp_path: Path, finish: bool) -> None:
    handlers = pushing({"status": "Preparing", "progressDetail": {}, "id": "aaa"}, finish=finish)
    with (
        fake_engine(tmp_path / "s", **handlers) as env,  # type: ignore[arg-type]  # handlers by name
        pytest.raises(EngineError, match="went away while pushing"),
    ):
        push(connect(env=env), IMAGE, LOCAL, ("1",), None, silent())


def test_a_digest_the_engine_does_not_say_is_read_from_its_notes(tmp_path: Path) -> None:
    digest = f"sha256:{'2' * 64}"
    noted = {"Id": IMAGE.id, "RepoTags": ["housing:1"], "RepoDigests": [f"{LOCAL}@{digest}"], "RootFS": {"Layers": []}}
    handlers = pushing({"status": "Pushed", "progressDetail": {}, "id": "aaa"}, description=noted)
    with fake_engine(tmp_path / "s", **handlers) as env:  # type: ignore[arg-type]  # handlers by name
        assert push(connect(env=env), IMAGE, LOCAL, ("1",), None, silent()).reference == f"{LOCAL}@{digest}"


def test_an_error_within_the_stream_is_a_push_error(tmp_path: Path) -> None:
    handlers = pushing({"errorDetail": {"message": "denied: no"}, "error": "denied: no"})
    with (
        fake_engine(tmp_path / "s", **handlers) as env,  # type: ignore[arg-type]  # handlers by name
        pytest.raises(PushError) as caught,
    ):
        push(connect(env=env), IMAGE, LOCAL, ("1",), None, silent())
    assert caught.value.kind == "denied"
