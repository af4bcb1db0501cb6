"""The proof: a cold start is waited for, a difference is shown, and nothing else passes for an answer."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.targets.cloud_run.releases import Witness
from wizard.errors import CancelledError, TargetError
from wizard.rehearsal.parity_set import ParitySet
from wizard.runtimes.ports import free_port
from wizard.targets.cloud_run import proof
from wizard.targets.cloud_run.proof import Prover

ROWS = ((1.0, 2.0), (3.0, 4.0), (5.0, 6.0))
EXPECTED = ParitySet(ROWS, (3.0, 7.0, 11.0), None, "the model alone")


@dataclass
class Small:
    """A service that adds a row up, after whatever statuses it was told to give first."""

    statuses: list[int] = field(default_factory=list)
    answer: Callable[[Any], Any] = sum
    asked: list[tuple[str, Any]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    port: int = 0

    @contextmanager
    def running(self) -> Iterator[str]:
        small = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def reply(self, status: int, answer: Any) -> None:
                data = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_GET(self) -> None:
                small.tokens.add(self.headers.get("Authorization", ""))
                status = small.statuses.pop(0) if small.statuses else 200
                self.reply(status, {"status": "ok"} if status == 200 else "not now")

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                small.asked.append((self.path, body))
                if small.statuses:
                    self.reply(small.statuses.pop(0), "not now")
                    return
                key = "probabilities" if self.path.endswith("proba") else "prediction"
                if "instances" in body:
                    values = [small.answer(row) for row in body["instances"]]
                    self.reply(200, {key if key == "probabilities" else "predictions": values})
                else:
                    self.reply(200, {key: small.answer(body["features"])})

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def prover(url: str, witness: Witness | None = None, look: Callable[[], bool] = lambda: False) -> Prover:
    reporter = (witness or Witness()).reporter
    return Prover("housing", "housing-1", url, lambda: "token", "the command", look, reporter)


def prove(small: Small, expected: ParitySet | None = EXPECTED, sample: Any = None, max_rows: int = 100) -> str:
    with small.running() as url:
        return prover(url).prove(expected, sample, max_rows)


def test_every_row_is_asked_alone_and_all_together_with_the_callers_identity() -> None:
    small = Small()
    assert prove(small).startswith("3 of 3 rows agree with the model alone")
    assert [body for _, body in small.asked] == [{"features": list(row)} for row in ROWS] + [
        {"instances": [list(row) for row in ROWS]}
    ]
    assert small.tokens == {"Bearer token"}


def test_rows_together_come_in_portions_the_service_takes() -> None:
    small = Small()
    prove(small, max_rows=2)
    assert [len(body["instances"]) for _, body in small.asked if "instances" in body] == [2, 1]


def test_a_text_goes_in_the_samples_own_wrapping() -> None:
    small = Small(answer=lambda row: "spam")
    prove(small, ParitySet(("win a prize",), ("spam",), None, "the model alone"), sample={"text": "hello"})
    assert small.asked[0] == ("/predict", {"features": {"text": "win a prize"}})


def test_probabilities_are_asked_for_where_they_are_known() -> None:
    small = Small(answer=lambda row: [0.25, 0.75])
    prove(small, ParitySet(ROWS[:1], ([0.25, 0.75],), ([0.25, 0.75],), "the model alone"))
    assert {path for path, _ in small.asked} == {"/predict", "/predict_proba"}


def test_a_cold_start_is_waited_for() -> None:
    assert "3 of 3" in prove(Small(statuses=[503, 429, 503]))


def test_an_address_that_is_not_known_yet_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "3 of 3" in prove(Small(statuses=[404, 404]))


def test_a_cold_start_that_never_ends_is_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "LONGEST", 0.5)
    with pytest.raises(TargetError, match="not healthy") as caught:
        prove(Small(statuses=[503] * 100))
    assert "503" in caught.value.evidence[0]


def test_an_error_is_an_answer_and_asked_for_once() -> None:
    small = Small(statuses=[200, 500])
    with pytest.raises(TargetError) as caught:
        prove(small)
    assert "2 of 3 rows agreed" in caught.value.why
    assert "500" in caught.value.evidence[0]
    assert len(small.asked) == 4


@pytest.mark.parametrize(("factor", "agrees"), [(1 + 1e-12, True), (1 + 1e-6, False)])
def test_numbers_may_differ_as_between_two_machines(factor: float, agrees: bool) -> None:
    small = Small(answer=lambda row: sum(row) * factor)
    if agrees:
        assert "3 of 3" in prove(small)
        return
    with pytest.raises(TargetError, match="does not answer what the model alone answers"):
        prove(small)


def test_a_difference_shows_row_expected_and_got() -> None:
    with pytest.raises(TargetError) as caught:
        prove(Small(answer=lambda row: 0.0 if row[0] == 3.0 else sum(row)))
    assert caught.value.evidence == ("row 2, asked alone: input [3.0, 4.0]; expected 7.0, got 0.0",)


def test_a_connection_that_is_cut_for_a_moment_is_made_again() -> None:
    port = free_port()
    small = Small(port=port)
    refused = threading.Event()
    said: list[str] = []

    def ask() -> None:
        witness = Witness()
        one = prover(f"http://127.0.0.1:{port}", witness, lambda: refused.set() or False)
        said.append(one.prove(EXPECTED, None, 100))

    thread = threading.Thread(target=ask)
    thread.start()
    assert refused.wait(20)
    with small.running():
        thread.join(20)
    assert said and "3 of 3" in said[0]


def test_no_connection_at_all_is_said_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "NEW_ADDRESS", 0.3)
    with pytest.raises(TargetError, match="did not answer at its own address"):
        prover(f"http://127.0.0.1:{free_port()}").prove(EXPECTED, None, 100)


def test_where_another_release_of_the_same_content_was_first_its_proof_counts() -> None:
    said = prover(f"http://127.0.0.1:{free_port()}", look=lambda: True).prove(EXPECTED, None, 100)
    assert "Another release of the same content" in said


def test_who_may_not_call_is_given_the_command() -> None:
    with pytest.raises(TargetError, match="You may not call housing") as caught:
        prove(Small(statuses=[403]))
    assert "An administrator runs: the command" in caught.value.fix


def test_a_request_to_stop_is_heard_between_two_rows() -> None:
    witness = Witness()
    small = Small()

    def answer(row: Any) -> float:
        witness.cancel.set()
        return float(sum(row))

    small.answer = answer
    with small.running() as url, pytest.raises(CancelledError):
        prover(url, witness).prove(EXPECTED, None, 100)
    assert len(small.asked) == 1
