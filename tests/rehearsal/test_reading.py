"""What is read from the kernel, from log lines and from measured figures."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable

import pytest

from wizard.advice.causes import Listener
from wizard.errors import RehearsalError
from wizard.plan.plan import MIB, Plan
from wizard.rehearsal import Check, Latency, Outcome, Parity, RehearsalReport, require_passed
from wizard.rehearsal.consequences import SIZES, consequences, sensible_memory
from wizard.rehearsal.output import check_log_lines, check_read_only
from wizard.rehearsal.sockets import listeners_of_processes, parse_table

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"


@pytest.mark.parametrize(
    ("address", "listener"),
    [
        ("0100007F:1F90", Listener("127.0.0.1", 8080)),
        ("00000000:1388", Listener("0.0.0.0", 5000)),
        ("00000000000000000000000000000000:0050", Listener("::", 80)),
        ("00000000000000000000000001000000:0050", Listener("::1", 80)),
        ("0000000000000000FFFF00000100007F:0050", Listener("127.0.0.1", 80)),
    ],
)
def test_a_listening_socket_is_read_from_the_kernels_table(address: str, listener: Listener) -> None:
    line = f"   0: {address} 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1\n"
    assert list(parse_table(HEAD + line)) == [(listener, "4711")]


def test_connections_are_no_listeners() -> None:
    line = "   0: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 4711 1\n"
    assert list(parse_table(HEAD + line + "garbage\n")) == []


def test_what_this_process_listens_on_is_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert Listener("127.0.0.1", server.getsockname()[1]) in (listeners_of_processes(os.getpid()) or ())


def test_a_process_that_is_gone_cannot_be_looked_into() -> None:
    assert listeners_of_processes(2**22 + 1) is None


def line(**fields: object) -> str:
    return json.dumps({"severity": "INFO", "message": "hello", **fields})


def test_log_lines_of_one_json_object_each_pass() -> None:
    assert check_log_lines([line(), "", line(severity="ERROR")]).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    "bad", ["Starting server", "[1]", line(severity="information"), line(message=1), json.dumps({"severity": "INFO"})]
)
def test_a_line_cloud_logging_cannot_read_is_quoted_with_its_number(bad: str) -> None:
    check = check_log_lines([line(), bad])
    assert check.outcome is Outcome.FAILED and "log line 2" in check.evidence and bad in check.evidence


def test_a_refused_write_that_was_swallowed_is_found_in_the_log() -> None:
    said = line(message="no cache: [Errno 30] Read-only file system: '/app/cache.json'")
    check = check_read_only([said], "container")
    assert check.outcome is Outcome.FAILED and "/app/cache.json" in check.evidence


@pytest.mark.parametrize(("peak", "size"), [(90, 128), (100, 256), (196, 256), (200, 512), (390, 512), (400, 1024)])
def test_memory_is_the_next_size_with_a_third_to_spare(peak: int, size: int) -> None:
    assert sensible_memory(peak * MIB) == size * MIB


def test_a_peak_beyond_every_usual_size_still_gets_an_answer() -> None:
    assert sensible_memory(SIZES[-1]) > SIZES[-1]


def latency(concurrency: int, per_second: float, p99: float) -> Latency:
    return Latency(concurrency, 100, p99 / 2, p99, p99, per_second, 0)


def test_advice_follows_from_what_was_measured(planned: Callable[..., Plan]) -> None:
    slow = consequences(planned(), "container", 12.0, 300 * MIB, [latency(1, 10, 120), latency(8, 12, 900)])
    assert "raise service.memory to 512Mi" in slow[0]
    assert "service.concurrency 6 keeps the wait near 500 ms" in slow[1]
    assert "up to 50 s" in slow[2] and "12 s more" in slow[3]
    quick = consequences(planned(), "container", 0.4, 60 * MIB, [latency(1, 1000, 2), latency(8, 4000, 5)])
    assert "128Mi would do" in quick[0] and "keep service.concurrency at 8" in quick[1]
    assert "none need be kept warm" in quick[3]


def report(*checks: Check, parity: Parity | None = None) -> RehearsalReport:
    return RehearsalReport("process", checks, 1.0, 1, 1, (), parity)


PASSED = Check("a", "It does a.", Outcome.PASSED, "seen")
FAILED = Check("b", "It does b.", Outcome.FAILED, "It did not.\nlog line 3: oops", "Do b.")
UNSEEN = Check("c", "It does c.", Outcome.NOT_COVERED, "No engine.")


def test_a_report_without_a_failure_raises_nothing() -> None:
    require_passed(report(PASSED, UNSEEN, parity=Parity(2, 2, 0.0, 0.0, "here")))


def test_the_first_failure_becomes_the_error_and_the_others_its_evidence() -> None:
    with pytest.raises(RehearsalError) as caught:
        require_passed(report(PASSED, FAILED, Check("d", "It does d.", Outcome.FAILED, "")))
    error = caught.value
    assert "It does b." in error.what and error.why == "It did not." and error.fix == "Do b."
    assert error.evidence == ("log line 3: oops", "also failed: It does d.")


def test_answers_that_disagree_are_an_error_of_their_own() -> None:
    with pytest.raises(RehearsalError, match="model alone"):
        require_passed(report(PASSED, parity=Parity(2, 1, 0.5, 0.0, "here", ("row 2",))))
