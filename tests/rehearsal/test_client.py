"""The rehearsal's own client: it says why no answer came, holds requests half sent, and is no bottleneck."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from wizard.rehearsal.connection import Address, Connection, NoAnswerError
from wizard.rehearsal.load import measure

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
BUSY = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"


@contextmanager
def serving(behave: Callable[[socket.socket], None]) -> Iterator[Address]:
    """A socket server that lets `behave` handle each connection in a thread."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:

        def accept() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=handle, args=(connection,), daemon=True).start()

        def handle(connection: socket.socket) -> None:
            with connection, suppress(ConnectionError):  # a client may end with a reset
                behave(connection)

        threading.Thread(target=accept, daemon=True).start()
        yield Address("127.0.0.1", server.getsockname()[1])


def answering(response: bytes) -> Callable[[socket.socket], None]:
    def behave(connection: socket.socket) -> None:
        while connection.recv(65536):
            connection.sendall(response)

    return behave


def test_a_refused_connection_is_told_as_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(NoAnswerError, match="refused"):
        Connection(Address("127.0.0.1", port)).get("/health")


def test_a_connection_closed_without_an_answer_is_told_as_closed() -> None:
    with serving(lambda connection: None) as address, pytest.raises(NoAnswerError, match=r"closed|reset"):
        Connection(address).get("/health")


def test_silence_is_told_as_no_answer_in_time() -> None:
    silent = threading.Event()
    with serving(lambda connection: silent.wait() and None) as address, Connection(address, timeout=0.1) as connection:
        with pytest.raises(NoAnswerError, match="in time"):
            connection.get("/health")
        silent.set()


@pytest.mark.parametrize("response", [OK, CHUNKED])
def test_answers_come_over_one_connection_kept_open(response: bytes) -> None:
    with serving(answering(response)) as address, Connection(address) as connection:
        answers = [connection.post("/predict", {"features": [1]}) for _ in range(3)]
    assert [(answer.status, answer.json()) for answer in answers] == [(200, {})] * 3


def test_a_connection_closed_while_idle_is_opened_anew() -> None:
    def once(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(OK)

    with serving(once) as address, Connection(address) as connection:
        assert [connection.get("/").status for _ in range(3)] == [200] * 3


def test_an_answer_given_before_the_body_was_read_is_still_seen() -> None:
    def impatient(connection: socket.socket) -> None:
        connection.recv(100)
        connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass

    with serving(impatient) as address, Connection(address) as connection:
        assert connection.post("/predict", b" " * 8_000_000).status == 413


def test_a_request_can_be_held_after_its_head_and_finished_later() -> None:
    def patient(connection: socket.socket) -> None:
        assert b"Expect: 100-continue" in connection.recv(65536)
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert connection.recv(65536) == b"[1]"
        connection.sendall(OK)

    with serving(patient) as address, Connection(address) as connection:
        assert connection.begin("/predict", 3)
        assert connection.finish(b"[1]").status == 200


def test_load_counts_answers_and_times_them() -> None:
    with serving(answering(OK)) as address:
        seen = measure(address, "/predict", [b"{}"], 4, requests=200, seconds=5)
    assert (seen.concurrency, seen.requests, seen.failed) == (4, 200, 0)
    assert 0 < seen.p50 <= seen.p95 <= seen.p99 and seen.per_second > 0


def test_load_counts_what_is_no_200_as_failed() -> None:
    with serving(answering(BUSY)) as address:
        assert measure(address, "/predict", [b"{}"], 2, requests=20, seconds=5).failed == 20


def test_load_counts_connections_that_were_dropped_as_failed() -> None:
    with serving(lambda connection: connection.recv(65536) and None) as address:
        seen = measure(address, "/predict", [b"{}"], 3, requests=100, seconds=5)
    assert (seen.requests, seen.failed) == (0, 3)


def test_load_ends_at_its_time_and_can_be_stopped_before() -> None:
    class StopError(Exception):
        pass

    def stop() -> None:
        raise StopError

    with serving(answering(OK)) as address:
        assert measure(address, "/predict", [b"{}"], 1, seconds=0.1).per_second > 0
        with pytest.raises(StopError):
            measure(address, "/predict", [b"{}"], 1, check=stop)
