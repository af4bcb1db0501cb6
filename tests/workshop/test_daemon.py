"""`sendoff workshop`: up, down, reset, and a daemon that was killed; with real processes."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from google.cloud import run_v2
from google.cloud.run_v2.services.services.transports import ServicesGrpcTransport

from wizard.runtimes.ports import free_port
from wizard.runtimes.process_table import started

PARENT = "projects/demo-project/locations/us-central1"
SERVICE = f"{PARENT}/services/housing"


class Command:
    """The command, with a home of the test's own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.folder = home / "workshop"
        self.port = free_port()

    def run(self, *words: str, status: int = 0) -> dict[str, Any]:
        command = [sys.executable, "-m", "wizard", "workshop", *words, "--json"]
        env = {**os.environ, "SENDOFF_HOME": str(self.home)}
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer

    def up(self, runtime: str = "fake") -> dict[str, Any]:
        return self.run("up", "--runtime", runtime, "--port", str(self.port))


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Command]:
    command = Command(tmp_path)
    yield command
    command.run("reset", "--yes")


def services(told: dict[str, Any]) -> run_v2.ServicesClient:
    return run_v2.ServicesClient(transport=ServicesGrpcTransport(channel=grpc.insecure_channel(told["grpc"])))


def deploy(told: dict[str, Any], image: str, name: str = "housing") -> str:
    """A public service; its URL."""
    service = run_v2.Service(template=run_v2.RevisionTemplate(containers=[run_v2.Container(image=image)]))
    service.invoker_iam_disabled = True
    done = services(told).create_service(parent=PARENT, service=service, service_id=name).result(timeout=60)
    return str(done.uri)


def wait(condition: Callable[[], bool], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


def kill(told: dict[str, Any]) -> None:
    begun = started(told["pid"])
    os.kill(told["pid"], signal.SIGKILL)
    assert wait(lambda: started(told["pid"]) != begun)


def test_up_says_where_it_is_and_up_again_says_that_it_is_up(command: Command) -> None:
    assert command.run("status") == {"ok": True, "up": False}
    first = command.up()
    assert first["endpoint"] == f"http://127.0.0.1:{command.port}"
    assert httpx.get(first["endpoint"]).json()["grpc"] == first["grpc"]
    again = command.up()
    assert again["was_up"]
    assert again["pid"] == first["pid"]
    assert command.run("status")["endpoint"] == first["endpoint"]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not tell how much memory was used")
def test_thirty_services_at_once_take_under_150_mb(command: Command) -> None:
    told = command.up()
    with ThreadPoolExecutor(30) as people:
        urls = list(people.map(lambda number: deploy(told, "example/housing:1", f"service-{number}"), range(30)))
    assert all(answers(url) for url in urls)
    lines = Path(f"/proc/{told['pid']}/status").read_text().splitlines()
    peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    assert peak < 150_000, "kB"


def test_it_outlives_the_command_and_down_ends_it(command: Command) -> None:
    told = command.up()
    assert os.getsid(told["pid"]) != os.getsid(0)
    assert command.run("down")["was_up"]
    assert not answers(told["endpoint"])
    assert started(told["pid"]) == ""
    assert not command.run("down")["was_up"]


def test_services_and_addresses_come_back_after_down_and_up(command: Command) -> None:
    before = command.up()
    url = deploy(before, "example/housing:1")
    assert answers(url)
    command.run("down")
    assert not answers(url)
    after = command.run("up", "--runtime", "fake")  # no port given: the one it had
    assert {name: after[name] for name in ("endpoint", "grpc", "registry")} == {
        name: before[name] for name in ("endpoint", "grpc", "registry")
    }
    assert wait(lambda: answers(url))
    assert services(after).get_service(name=SERVICE).uri == url


def test_after_a_kill_up_brings_services_back(command: Command) -> None:
    before = command.up()
    url = deploy(before, "example/housing:1")
    kill(before)
    assert command.run("status") == {"ok": True, "up": False}
    after = command.up()
    assert after["pid"] != before["pid"]
    assert wait(lambda: answers(url))


def test_after_a_kill_down_ends_what_was_left(command: Command) -> None:
    told = command.up()
    kill(told)
    if told["registry"]:
        assert answers(f"http://{told['registry']}/v2/")
    assert not command.run("down")["was_up"]
    if told["registry"]:
        assert not answers(f"http://{told['registry']}/v2/")


@pytest.mark.engine
def test_containers_outlive_a_killed_daemon_and_are_ended_by_down(
    command: Command, engine: Any, base_image: str
) -> None:
    tag = f"sendoff-test-daemon:{command.home.name[-20:].strip('_-').lower()}"
    context = command.home / "context"
    context.mkdir()
    (context / "server.py").write_bytes((Path(__file__).parent / "moody_server.py").read_bytes())
    (context / "Dockerfile").write_text(f'FROM {base_image}\nCOPY server.py /\nCMD ["python", "/server.py"]\n')
    engine.images.build(path=str(context), tag=tag, rm=True)
    try:
        before = command.up("engine")
        url = deploy(before, tag)
        assert answers(url)
        workshop = json.loads((command.folder / "workshop.json").read_text())["workshop"]

        def containers() -> list[str]:
            label = {"label": f"sendoff.workshop={workshop}"}
            return [container.id for container in engine.containers.list(all=True, filters=label)]

        (container,) = containers()
        kill(before)
        assert containers() == [container]
        command.up("engine")
        assert wait(lambda: answers(url))
        assert containers() == [container], "the same one, found again"
        command.run("down", "--keep")
        assert containers() == [container]
        command.run("down")
        assert containers() == []
        command.up("engine")
        assert wait(lambda: answers(url)), "a new one"
        command.run("reset", "--yes")
        assert containers() == []
    finally:
        command.run("down")
        engine.images.remove(tag, force=True)


def test_reset_forgets_everything(command: Command) -> None:
    told = command.up()
    deploy(told, "example/housing:1")
    command.run("reset", "--yes")
    assert not command.folder.exists()
    assert started(told["pid"]) == ""
    fresh = command.up()
    assert list(services(fresh).list_services(parent=PARENT)) == []


def test_reset_asks_first(command: Command) -> None:
    command.up()
    refused = command.run("reset", status=1)
    assert "--yes" in refused["error"]["fix"]
    assert command.run("status")["up"]


def test_its_folder_is_readable_by_its_owner_alone(command: Command) -> None:
    command.up()
    assert stat.S_IMODE(command.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((command.folder / "signing.key").stat().st_mode) == 0o600


def test_a_port_in_use_is_said_by_whom(command: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        error = command.run("up", "--runtime", "fake", "--port", str(port), status=1)["error"]
    assert error["what"] == f"Port {port} is in use."
    assert f"process {os.getpid()}" in error["why"]
    assert "--port" in error["fix"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_said(command: Command) -> None:
    command.home.chmod(0o500)
    try:
        error = command.run("up", "--runtime", "fake", status=1)["error"]
    finally:
        command.home.chmod(0o700)
    assert "SENDOFF_HOME" in error["fix"]


def test_a_folder_that_is_a_file_is_said(command: Command) -> None:
    command.folder.write_text("")
    try:
        error = command.run("up", "--runtime", "fake", status=1)["error"]
    finally:
        command.folder.unlink()
    assert str(command.folder) in error["what"]
    assert "SENDOFF_HOME" in error["fix"]


def test_without_the_extra_it_says_how_to_install_it(command: Command, tmp_path: Path) -> None:
    code = (
        "import sys, importlib.util as u; f = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == 'httptools' else f(name, *rest)\n"
        "sys.argv = ['sendoff', 'workshop', 'up', '--json']\n"
        "from wizard.cli import main; main()"
    )
    env = {**os.environ, "SENDOFF_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["fix"] == "pip install 'sendoff[workshop]'"


def test_two_daemons_never_share_a_folder(command: Command) -> None:
    command.up()
    second = [sys.executable, "-m", "wizard.workshop.daemon", str(command.folder), "--runtime", "fake"]
    done = subprocess.run(second, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "up already" in done.stderr
    assert command.run("status")["up"]


def test_faults_are_planted_listed_and_cleared(command: Command) -> None:
    assert command.run("fault", "list", status=1)["error"]["fix"] == "Start it: sendoff workshop up"
    told = command.up()
    command.run("fault", "plant", "slow", "--count", "2", "--with", "seconds=3")
    listed = command.run("fault", "list")
    assert listed["planted"] == [{"fault": "slow", "count": 2, "details": {"seconds": "3"}}]
    assert "no-such" in command.run("fault", "plant", "no-such", status=1)["error"]["what"]
    command.run("fault", "clear")
    command.run("fault", "plant", "permission-denied", "--with", "permission=run.services.list")
    with pytest.raises(Exception, match=r"run\.services\.list"):
        list(services(told).list_services(parent=PARENT))
