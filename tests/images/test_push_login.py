"""The login for a registry: the caller's token for Google's, Docker's own configuration for the rest; never in any text."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from wizard.errors import PushError
from wizard.images.registry_login import Login, find_login

SECRET = "s3cret-of-ada"
HOST = "registry.example:5000"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path / "config.json"


def helper(folder: Path, script: str) -> None:
    program = folder / "docker-credential-tests"
    program.write_text(f"#!/bin/sh\ncat > /dev/null\n{script}\n")
    program.chmod(0o755)


def test_an_access_token_serves_googles_registries_only(config: Path) -> None:
    for host in ("us-central1-docker.pkg.dev", "europe-docker.pkg.dev", "gcr.io", "eu.gcr.io"):
        assert find_login(host, SECRET) == Login("oauth2accesstoken", SECRET)
    for host in (HOST, "127.0.0.1:5000", "evil-gcr.io", "docker.pkg.dev.example"):
        assert find_login(host, SECRET) is None


def test_what_docker_login_wrote_into_the_file_is_read(config: Path) -> None:
    auth = base64.b64encode(f"ada:{SECRET}".encode()).decode()
    config.write_text(json.dumps({"auths": {HOST: {"auth": auth}}}))
    assert find_login(HOST) == Login("ada", SECRET)
    assert find_login("other.example") is None


def test_an_identity_token_stands_for_both(config: Path) -> None:
    config.write_text(json.dumps({"auths": {HOST: {"identitytoken": SECRET}}}))
    login = find_login(HOST)
    assert login is not None and login.as_header() == {"identitytoken": SECRET}


@pytest.mark.parametrize("names_it", [{"credsStore": "tests"}, {"credHelpers": {HOST: "tests"}}])
def test_dockers_credential_helpers_are_asked(config: Path, names_it: dict[str, object]) -> None:
    helper(config.parent, f"""echo '{{"ServerURL": "x", "Username": "ada", "Secret": "{SECRET}"}}'""")
    config.write_text(json.dumps(names_it))
    assert find_login(HOST) == Login("ada", SECRET)


def test_a_helper_that_knows_nobody_is_no_error(config: Path) -> None:
    helper(config.parent, "echo 'credentials not found in native keychain'; exit 1")
    config.write_text(json.dumps({"credsStore": "tests"}))
    assert find_login(HOST) is None


@pytest.mark.parametrize(
    ("host", "fix"),
    [(HOST, f"docker login {HOST}"), ("gcr.io", "gcloud auth configure-docker gcr.io")],
)
def test_a_helper_that_fails_is_named_with_what_to_do(config: Path, host: str, fix: str) -> None:
    config.write_text(json.dumps({"credsStore": "absent"}))
    with pytest.raises(PushError) as caught:
        find_login(host)
    assert host in caught.value.what and fix in caught.value.fix
    assert "docker-credential-absent" in caught.value.evidence[0]


@pytest.mark.parametrize("content", ['{"auths": {"x": 3}}', '{"auths": {"x": {"auth": "%%%"}}}', '{"auths": 3}'])
def test_a_broken_configuration_is_told_without_a_word_of_it(config: Path, content: str) -> None:
    config.write_text(content)
    with pytest.raises(PushError) as caught:
        find_login(HOST)
    assert "config.json" in caught.value.fix


def test_without_a_configuration_there_is_no_login(config: Path) -> None:
    assert find_login(HOST) is None


def test_a_password_is_in_no_text() -> None:
    assert SECRET not in f"{Login('ada', SECRET)!r} {Login('', '', SECRET)} {Login('ada', SECRET)}"
