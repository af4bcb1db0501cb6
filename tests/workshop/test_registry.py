"""The registry behind the repositories is a real one, keeps what was pushed, and leaves no process."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from wizard.runtimes.process_record import read_record
from wizard.runtimes.process_table import started
from wizard.workshop.faults import WorkshopError
from wizard.workshop.registry_process import RegistryProcess

pytestmark = pytest.mark.registry


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "registry"
    RegistryProcess(tmp_path / "registry").stop()


def push(port: int, blob: bytes) -> str:
    digest = f"sha256:{hashlib.sha256(blob).hexdigest()}"
    begun = httpx.post(f"http://127.0.0.1:{port}/v2/demo/models/housing/blobs/uploads/")
    done = httpx.put(f"{begun.headers['location']}&digest={digest}", content=blob)
    assert done.status_code == 201, done.text
    return digest


def has(port: int, digest: str) -> bool:
    return httpx.get(f"http://127.0.0.1:{port}/v2/demo/models/housing/blobs/{digest}").status_code == 200


def test_what_was_pushed_is_there_after_a_restart_on_the_same_port(folder: Path) -> None:
    registry = RegistryProcess(folder)
    port = registry.start()
    digest = push(port, b"layer")
    registry.stop()
    record = read_record(folder)
    assert record is not None
    assert started(record.pid) != record.started
    assert RegistryProcess(folder).start() == port
    assert has(port, digest)


def test_one_that_a_killed_program_left_is_used_on(folder: Path) -> None:
    port = RegistryProcess(folder).start()
    left = read_record(folder)
    assert RegistryProcess(folder).start() == port
    assert read_record(folder) == left
    RegistryProcess(folder).stop()
    assert left is not None
    assert started(left.pid) != left.started


def test_another_program_under_its_old_number_is_left_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = RegistryProcess(folder)
    registry.start()
    record = read_record(folder)
    assert record is not None
    (folder / "process.json").write_text(
        (folder / "process.json").read_text().replace(f'"started": "{record.started}"', '"started": "1"')
    )
    RegistryProcess(folder).stop()
    assert started(record.pid) == record.started
    os.kill(record.pid, signal.SIGKILL)


def test_it_moves_where_its_port_was_taken(folder: Path) -> None:
    registry = RegistryProcess(folder)
    port = registry.start()
    registry.stop()
    with socket.create_server(("127.0.0.1", port)):
        assert RegistryProcess(folder).start() != port


def test_one_that_cannot_start_is_explained(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(WorkshopError) as raised:
        RegistryProcess(folder).start(taken.getsockname()[1])
    assert "address already in use" in " ".join(raised.value.evidence)
    assert raised.value.fix


def test_it_listens_on_loopback_alone(folder: Path) -> None:
    port = RegistryProcess(folder).start()
    listening = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()
    addresses = {line.split()[1] for line in listening.splitlines() if f":{port:04X} " in line and " 0A " in line}
    assert addresses == {f"0100007F:{port:04X}"}


def test_without_the_program_it_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert not RegistryProcess(folder).available
