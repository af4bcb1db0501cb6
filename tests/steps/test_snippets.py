"""The snippets are run as they stand, against a server that says what it got."""

import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from wizard.steps.snippets import snippets
from wizard.targets import ReleasedService
from wizard.targets.cloud_run.records import CloudRecord
from wizard.targets.cloud_run.service import CloudService

BODY: dict[str, Any] = {"features": {"it's": 'a "b" $HOME `c`', "none": None, "yes": True, "number": 1.5, "Köln": "ü"}}
LONG = {"instances": [[float(number) for number in range(200)]]}


class Echo:
    """A service that answers with the request it got."""

    def __init__(self) -> None:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers["Content-Length"]))
                self.answer(
                    {
                        "path": self.path,
                        "type": self.headers["Content-Type"],
                        "who": self.headers["Authorization"],
                        "body": json.loads(sent),
                    }
                )

            def do_GET(self) -> None:
                """The metadata server of a local Cloud Run: a token for the audience that is named."""
                assert self.headers["Metadata-Flavor"] == "Google"
                self.send_response(200)
                self.end_headers()
                self.wfile.write(f"token-for-{self.path.partition('audience=')[2].partition('&')[0]}".encode())

            def answer(self, data: dict[str, Any]) -> None:
                content = json.dumps(data).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def echo() -> Iterator[Echo]:
    server = Echo()
    yield server
    server.close()


@dataclass(frozen=True)
class Local:
    url: str
    target: str = "local"


def local(url: str) -> ReleasedService:
    return cast(ReleasedService, Local(url))


def cloud(url: str, endpoint: str = "") -> CloudService:
    return CloudService(CloudRecord("housing", "my-project", "us-central1", endpoint, "/f", "/f/bundle", url))


def run(language: str, text: str, **environment: str) -> dict[str, Any]:
    """What the server says it got from a snippet."""
    command = ["bash", "-c", text] if language == "curl" else [sys.executable, "-c", text]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, env={**os.environ, "NO_PROXY": "127.0.0.1", **environment}
    )
    assert done.returncode == 0, f"{text}\n{done.stderr}"
    said: dict[str, Any] = json.loads(done.stdout) if language == "curl" else eval(done.stdout, {})
    return said


@pytest.mark.parametrize("language", ["curl", "Python", "Python with requests"])
@pytest.mark.parametrize("body", [BODY, LONG], ids=["quotes", "long"])
def test_each_snippet_sends_the_very_body_to_the_path(echo: Echo, language: str, body: dict[str, Any]) -> None:
    (snippet,) = [one for one in snippets(local(echo.url), body, "/predict_proba") if one.language == language]
    said = run(language, snippet.text)
    assert said == {"path": "/predict_proba", "type": "application/json", "who": None, "body": body}


@pytest.mark.parametrize("language", ["curl", "Python", "Python with requests"])
def test_a_private_service_is_called_with_a_token_that_gcloud_gives(echo: Echo, language: str, tmp_path: Path) -> None:
    gcloud = tmp_path / "gcloud"
    gcloud.write_text('#!/bin/sh\n[ "$*" = "auth print-identity-token" ] && echo a.b.c\n')
    gcloud.chmod(0o755)
    (snippet,) = [one for one in snippets(cloud(echo.url), BODY) if one.language == language]
    said = run(language, snippet.text, PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert said["who"] == "Bearer a.b.c" and said["body"] == BODY


@pytest.mark.parametrize("language", ["curl", "Python", "Python with requests"])
def test_a_service_on_a_local_cloud_run_is_called_with_a_token_of_its_own(echo: Echo, language: str) -> None:
    service = cloud(f"{echo.url}/", endpoint=echo.url)
    (snippet,) = [one for one in snippets(service, BODY) if one.language == language]
    said = run(language, snippet.text)
    assert said["who"] == f"Bearer token-for-{echo.url.replace(':', '%3A').replace('/', '%2F')}"


def test_a_public_service_is_called_without_a_token(echo: Echo) -> None:
    for snippet in snippets(cloud(echo.url), BODY, private=False):
        assert "Authorization" not in snippet.text
        assert run(snippet.language, snippet.text)["who"] is None
