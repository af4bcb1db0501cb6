"""Bodies beyond the limit are refused, whether their length is announced or not, and never held in memory."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.serving.bundles import bundled
from tests.serving.examples import Example
from tests.serving.running import Running, received, running

LIMIT = 4096
MIB = 1024**2


@pytest.fixture(scope="module")
def service(
    server: str, tmp_path_factory: pytest.TempPathFactory, trained: Callable[[str], Example]
) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp(server) / "bundle"
    bundled(trained("linear"), folder, server, max_body=LIMIT, max_rows=30)
    with running(folder) as service:
        yield service.ready()


def request(length: int) -> bytes:
    """A valid request of just so many bytes."""
    body = json.dumps({"features": [0.5] * 8}).encode()
    return body + b" " * (length - len(body))


def chunks(body: bytes, size: int = 1000) -> bytes:
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def test_a_body_of_just_the_limit_is_taken_and_one_byte_more_is_not(service: Running) -> None:
    assert service.post(request(LIMIT)).status_code == 200
    refused = service.post(request(LIMIT + 1))
    assert refused.status_code == 413
    assert "4096 bytes" in refused.json()["error"]["message"]


@pytest.mark.parametrize(("length", "status"), [(LIMIT, 200), (LIMIT + 1, 413), (20 * LIMIT, 413)])
def test_a_body_that_comes_in_chunks_is_held_to_the_same_limit(length: int, status: int, service: Running) -> None:
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as client:
        client.sendall(b"POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        client.sendall(chunks(request(length)))
        assert received(client)[0] == status


def test_a_body_far_beyond_the_limit_does_not_stay_in_memory(service: Running) -> None:
    process = psutil.Process(service.process.pid)
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as client:
        client.sendall(b"POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        before = memory(process)
        for _ in range(40):
            client.sendall(b"%x\r\n%s\r\n" % (MIB, b" " * MIB))
        grown = memory(process) - before
        client.sendall(b"0\r\n\r\n")
        assert received(client)[0] == 413
    assert grown < 15 * MIB


def memory(process: psutil.Process) -> int:
    return sum(each.memory_info().rss for each in [process, *process.children()])


def test_the_room_of_a_large_request_is_given_back_however_it_ends(
    server: str, bundle: Path, trained: Callable[[str], Example]
) -> None:
    bundled(trained("linear"), bundle, server, max_body=MIB)
    service_file = bundle / "service.json"
    said = json.loads(service_file.read_text())
    said["server"]["room"] = 1  # there is always room for one
    service_file.write_text(json.dumps(said))
    large = request(MIB)
    with running(bundle) as service:
        service.ready()
        for body, status in [(large, 200), (large[:-1] + b"x", 400), (large + b" ", 413)] * 2:
            assert service.post(body).status_code == status


def test_a_client_that_asks_before_it_sends_is_told(service: Running, server: str) -> None:
    length = 10 * LIMIT
    head = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n" % length
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as client:
        client.sendall(head)
        if server == "flask":  # gunicorn says so before the application is asked
            assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
            client.sendall(request(length))
        assert received(client)[0] == 413


def test_the_limit_of_rows_is_the_plans(service: Running) -> None:
    assert service.post({"instances": [[0] * 8] * 30}).status_code == 200
    refused = service.post({"instances": [[0] * 8] * 31})
    assert refused.status_code == 413
    assert refused.json()["error"]["message"] == "31 rows are too many: this service takes 30 in one request"


def test_the_service_goes_on_after_a_client_that_breaks_off(service: Running) -> None:
    for head in (b"", b"POST", b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"):
        socket.create_connection(("127.0.0.1", service.port)).sendall(head)
    assert service.post(request(100)).status_code == 200
    assert not [line for line in service.said() if line["severity"] in ("ERROR", "CRITICAL")], service.log


def test_what_is_not_http_is_refused_and_the_service_goes_on(service: Running, tmp_path: Path) -> None:
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as client:
        client.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        assert received(client)[0] == 400
    assert service.get("/health").status_code == 200
