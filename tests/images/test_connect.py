"""An engine that is missing, closed, of the wrong kind or too old is an error that says what to do."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.images.fake_engine import INFO, VERSION, answer, fake_engine
from wizard.errors import EngineError
from wizard.images.engine import Engine, connect, probe


def fails(env: dict[str, str]) -> EngineError:
    with pytest.raises(EngineError) as caught:
        probe(env=env)
    error = caught.value
    assert error.what and error.why and error.fix
    return error


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def test_a_socket_that_does_not_exist_means_no_engine(tmp_path: Path) -> None:
    error = fails({"DOCKER_HOST": f"unix://{tmp_path}/none.sock"})
    assert error.what == "No container engine answers."
    assert "none.sock" in error.why
    assert "DOCKER_HOST" in error.fix


def test_a_closed_port_means_no_engine(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    listener.close()
    error = fails({"DOCKER_HOST": f"tcp://127.0.0.1:{port}"})
    assert error.what == "No container engine answers."
    assert "Connection refused" in error.evidence[0]


def test_a_socket_nobody_listens_on_any_more_means_no_engine(tmp_path: Path) -> None:
    path = tmp_path / "left.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    assert fails({"DOCKER_HOST": f"unix://{path}"}).what == "No container engine answers."


def test_a_socket_this_account_may_not_use_leads_to_the_group() -> None:
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as closed:
        Path(folder).chmod(0o755)
        path = Path(folder) / "closed.sock"
        closed.bind(str(path))
        closed.listen()
        path.chmod(0)
        # To root nothing is closed: another account has to look, with all it imports read before.
        code = f"""
import os, docker.tls, requests, encodings.idna
from wizard.images import probe
from wizard.errors import EngineError
if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    probe(env={{"DOCKER_HOST": "unix://{path}", "DOCKER_CONFIG": "/nowhere"}})
except EngineError as error:
    print(error.what, error.fix)
"""
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "may not use the container engine" in ran.stdout
    assert sys.platform != "linux" or "usermod -aG docker" in ran.stdout


def test_something_else_that_answers_is_not_taken_for_an_engine(listener: socket.socket) -> None:
    def greet() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1024)
            connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")

    threading.Thread(target=greet, daemon=True).start()
    error = fails({"DOCKER_HOST": f"tcp://127.0.0.1:{listener.getsockname()[1]}"})
    assert error.what == "What answers is not a container engine."


@pytest.mark.parametrize("said", [{"hello": "world"}, [], "text", {"ApiVersion": 7}, {"ApiVersion": "new"}])
def test_a_web_server_that_answers_something_else_is_not_taken_for_an_engine(tmp_path: Path, said: object) -> None:
    with fake_engine(tmp_path / "s", version=answer(said)) as env:
        assert fails(env).what == "What answers is not a container engine."


def test_an_engine_that_says_nothing_is_given_up_in_time(listener: socket.socket) -> None:
    began = time.monotonic()
    error = fails({"DOCKER_HOST": f"tcp://127.0.0.1:{listener.getsockname()[1]}"})
    assert error.what == "The container engine does not answer."
    assert time.monotonic() - began < 3


def test_an_engine_too_old_says_its_version_and_the_one_needed(tmp_path: Path) -> None:
    old = {**VERSION, "Version": "19.03.15", "ApiVersion": "1.40"}
    with fake_engine(tmp_path / "s", version=answer(old)) as env:
        error = fails(env)
    assert error.what == "The container engine is too old."
    assert "19.03.15" in error.why and "20.10" in error.why


def test_an_engine_of_windows_containers_says_how_to_switch(tmp_path: Path) -> None:
    with fake_engine(tmp_path / "s", version=answer({**VERSION, "Os": "windows"})) as env:
        assert "Switch to Linux containers" in fails(env).fix


def test_an_engine_of_another_architecture_is_known_to_emulate(tmp_path: Path) -> None:
    arm = answer({**VERSION, "Arch": "arm64"})
    with fake_engine(tmp_path / "s", version=arm, info=answer({**INFO, "Architecture": "aarch64"})) as env:
        facts = probe(env=env)
    assert facts.platform == "linux/arm64"
    assert facts.emulates
    assert "by emulation" in str(facts)


def test_a_full_disk_is_recognised_in_any_answer_of_the_engine(tmp_path: Path) -> None:
    full = {"message": "write /var/lib/docker/tmp/x: no space left on device"}
    with fake_engine(tmp_path / "s", create=answer(full, 500)) as env:
        engine = connect(env=env)
        with pytest.raises(EngineError, match="disk is full") as caught, engine.guarding("making a container"):
            engine.api.create_container("image")
        engine.close()
    assert "docker system prune" in caught.value.fix


def test_looking_for_an_engine_needs_no_docker_library_until_it_is_done() -> None:
    code = "import sys, wizard.images; print([name for name in ('docker', 'requests') if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


@pytest.mark.engine
def test_the_engine_here_says_what_it_is(connected: Engine) -> None:
    facts = connected.facts
    assert facts.platform.startswith("linux/")
    assert facts.cpus >= 1
    assert facts.memory > 2**28
    assert facts.cgroup in ("1", "2")
    assert facts.version in str(facts)


@pytest.mark.engine
def test_the_engine_here_is_found_through_a_context(connected: Engine, tmp_path: Path) -> None:
    config = {"DOCKER_CONFIG": str(tmp_path)}
    create = ["docker", "context", "create", "mine", "--docker", f"host={connected.facts.endpoint.url}"]
    try:
        subprocess.run(create, env={**os.environ, **config}, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("the docker command, which makes contexts, is not installed")
    facts = probe(timeout=10, env={**config, "DOCKER_CONTEXT": "mine"})
    assert facts.endpoint.source == "the context 'mine'"
    assert facts.version == connected.facts.version
