"""The engine is looked for where `docker` looks for it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from wizard.errors import EngineError
from wizard.images.endpoint import find_endpoint


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def add_context(home: Path, name: str, host: str, *, tls: bool = False) -> None:
    digest = hashlib.sha256(name.encode()).hexdigest()
    meta = home / ".docker" / "contexts" / "meta" / digest / "meta.json"
    meta.parent.mkdir(parents=True)
    meta.write_text(json.dumps({"Name": name, "Endpoints": {"docker": {"Host": host, "SkipTLSVerify": False}}}))
    if tls:
        folder = home / ".docker" / "contexts" / "tls" / digest / "docker"
        folder.mkdir(parents=True)
        for file in ("ca.pem", "cert.pem", "key.pem"):
            (folder / file).write_text("")


def use_context(home: Path, name: str) -> None:
    (home / ".docker").mkdir(exist_ok=True)
    (home / ".docker" / "config.json").write_text(json.dumps({"currentContext": name, "auths": {}}))


def test_docker_host_wins_over_every_context(home: Path) -> None:
    add_context(home, "colima", "unix:///colima.sock")
    use_context(home, "colima")
    found = find_endpoint({"DOCKER_HOST": "unix:///mine.sock", "DOCKER_CONTEXT": "colima"})
    assert (found.url, found.source) == ("unix:///mine.sock", "DOCKER_HOST")


def test_docker_context_wins_over_the_current_context(home: Path) -> None:
    add_context(home, "colima", "unix:///colima.sock")
    add_context(home, "work", "ssh://me@work")
    use_context(home, "colima")
    found = find_endpoint({"DOCKER_CONTEXT": "work"})
    assert found.url == "ssh://me@work"
    assert not found.local


def test_the_current_context_is_used_though_the_sdk_ignores_it(home: Path) -> None:
    add_context(home, "desktop-linux", f"unix://{home}/.docker/run/docker.sock")
    use_context(home, "desktop-linux")
    found = find_endpoint({})
    assert found.url == f"unix://{home}/.docker/run/docker.sock"
    assert "desktop-linux" in found.source
    assert found.local


def test_the_folder_of_docker_config_is_the_one_that_is_read(home: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    add_context(elsewhere, "colima", "unix:///colima.sock")
    use_context(elsewhere, "colima")
    assert find_endpoint({"DOCKER_CONFIG": str(elsewhere / ".docker")}).url == "unix:///colima.sock"


def test_a_context_with_certificates_is_spoken_to_with_them(home: Path) -> None:
    add_context(home, "far", "tcp://far:2376", tls=True)
    found = find_endpoint({"DOCKER_CONTEXT": "far"})
    assert found.tls and found.verify
    assert found.ca and found.ca.endswith("ca.pem")


def test_docker_host_with_tls_takes_its_certificates_from_docker_cert_path(home: Path, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("")
    env = {"DOCKER_HOST": "tcp://far:2376", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(tmp_path)}
    found = find_endpoint(env)
    assert (found.tls, found.verify, found.ca) == (True, True, str(tmp_path / "ca.pem"))


def test_a_context_that_does_not_exist_is_named_in_the_error(home: Path) -> None:
    with pytest.raises(EngineError, match="'nowhere'") as caught:
        find_endpoint({"DOCKER_CONTEXT": "nowhere"})
    assert "docker context ls" in caught.value.fix


@pytest.mark.parametrize("content", ["", "{", "[]", '{"currentContext": 3}', '{"currentContext": "default"}'])
def test_a_configuration_without_a_usable_context_leads_to_the_default(home: Path, content: str) -> None:
    (home / ".docker").mkdir()
    (home / ".docker" / "config.json").write_text(content)
    assert "context" not in find_endpoint({}).source
