"""The fake runtime, where it is more than what the contract says of every runtime."""

from __future__ import annotations

import gc
import socket
import threading

import pytest

from tests.workshop.admin import LONG
from wizard.workshop.runtime import Instance
from wizard.workshop.runtimes.fake import FakeRuntime


def test_the_fake_runtime_leaves_nothing_under_way_when_it_closes(caplog: pytest.LogCaptureFixture) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def predict(_revision: str, _body: bytes) -> bytes:
        asked.set()
        go_on.wait(LONG)
        return b"{}"

    runtime = FakeRuntime(predict, start=0)
    backend = runtime.start(Instance("s/revisions/s-a", "r/p/i", 8080, 1, 1 << 29), lambda _: None, lambda: False)
    with socket.create_connection((backend.host, backend.port)) as caller:
        caller.sendall(b"POST / HTTP/1.1\r\ncontent-length: 0\r\n\r\n")
        assert asked.wait(LONG)
        runtime.close(stop_all=True)
    go_on.set()
    gc.collect()
    assert [record.getMessage() for record in caplog.records] == []
