"""A service is ready when it answers itself, and not when another program answers in its place."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from wizard.errors import TargetError
from wizard.events import silent
from wizard.runtimes.process import ProcessInstance
from wizard.runtimes.process_record import Record
from wizard.targets.calling import healthy
from wizard.targets.readiness import wait_until_healthy


class _Healthy(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def another() -> Iterator[int]:
    """The port of another program, which is healthy."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Healthy) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def test_another_programs_healthy_answer_does_not_make_an_ended_service_ready(another: int, tmp_path: Path) -> None:
    ended = ProcessInstance(Record("ended", 1, "at another time", another), tmp_path)
    assert healthy(ended.url)
    with pytest.raises(TargetError, match="did not become healthy"):
        wait_until_healthy(ended, 1_000_000, silent())
