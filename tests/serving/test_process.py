"""The server as a process: how it starts, what it says when it cannot, and how it ends."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import joblib
import pytest
from sklearn.linear_model import Ridge

from tests.serving.bundles import bundled
from tests.serving.conftest import Serve
from tests.serving.examples import Example
from tests.serving.gates import HANDLER, Gate
from tests.serving.running import listens, received, running, sent
from tests.serving.test_batching import ask, body

Trained = Callable[[str], Example]
TRACE = "105445aa7843bc8bf206b12000100000"


def last_words(bundle: Path, **environment: str) -> str:
    """The one line a server writes that cannot start."""
    with running(bundle, **environment) as service:
        assert service.ended() != 0
        assert not listens(service.port)
        [line] = service.log
    assert line["severity"] == "CRITICAL"
    return f"{line['message']} {line.get('where', '')}"


def test_a_model_that_was_exchanged_is_not_loaded(server: str, bundle: Path, trained: Trained) -> None:
    bundled(trained("linear"), bundle, server)
    joblib.dump(Ridge(), bundle / "model" / "model.pkl")
    assert "Could not load model.pkl: ValueError: it is not the file that was inspected" in last_words(bundle)


def test_a_model_that_is_gone_is_named(server: str, bundle: Path, trained: Trained) -> None:
    bundled(trained("linear"), bundle, server)
    (bundle / "model" / "model.pkl").unlink()
    assert "Could not load model.pkl: FileNotFoundError" in last_words(bundle)


def test_a_class_that_was_not_in_the_file_when_it_was_inspected_is_not_loaded(
    server: str, bundle: Path, trained: Trained
) -> None:
    bundled(trained("linear"), bundle, server)
    service = json.loads((bundle / "service.json").read_text())
    service["model"]["globals"].remove("sklearn.linear_model._base.LinearRegression")
    (bundle / "service.json").write_text(json.dumps(service))
    words = last_words(bundle)
    assert "it asks for sklearn.linear_model._base.LinearRegression, which was not in it when it was inspected" in words


def test_a_handler_that_fails_on_the_example_is_named_with_its_line(
    server: str, bundle: Path, trained: Trained
) -> None:
    bundled(trained("linear"), bundle, server)
    handler = (bundle / "handler.py").read_text()
    (bundle / "handler.py").write_text(handler.replace("return model.predict(X)", "return model.prophesy(X)"))
    words = last_words(bundle)
    assert "Could not predict the example: AttributeError" in words
    assert "handler.py:" in words


def test_a_handler_with_a_fault_in_its_syntax_is_named(server: str, bundle: Path, trained: Trained) -> None:
    bundled(trained("linear"), bundle, server)
    (bundle / "handler.py").write_text("def load(settings)\n    pass\n")
    assert "Could not import handler.py: SyntaxError" in last_words(bundle)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("not json", "service.json is not what it should be"),
        ("{}", "service.json lacks 'model'"),
    ],
)
def test_a_service_json_that_cannot_be_read_is_named(
    change: str, says: str, server: str, bundle: Path, trained: Trained
) -> None:
    bundled(trained("linear"), bundle, server)
    (bundle / "service.json").write_text(change)
    assert f"Could not read service.json: ValueError: {says}" in last_words(bundle)


def test_a_limit_that_is_no_number_is_named(server: str, bundle: Path, trained: Trained) -> None:
    bundled(trained("linear"), bundle, server)
    service = json.loads((bundle / "service.json").read_text())
    service["limits"]["rows"] = "many"
    (bundle / "service.json").write_text(json.dumps(service))
    assert "'rows' must be a whole number above 0, not 'many'" in last_words(bundle)


def test_a_port_that_is_taken_ends_the_server(server: str, bundle: Path, trained: Trained) -> None:
    bundled(trained("linear"), bundle, server)
    with closing(socket.socket()) as other:
        other.bind(("0.0.0.0", 0))
        other.listen()
        with running(bundle, PORT=str(other.getsockname()[1])) as service:
            assert service.ended() != 0
            assert "in use" in json.dumps(service.log)
            assert not [line for line in service.log if "not JSON" in line]


def test_sigterm_lets_what_is_predicted_and_what_waits_be_answered(server: str, bundle: Path, trained: Trained) -> None:
    bundled(trained("linear"), bundle, server)
    (bundle / "handler.py").write_text(HANDLER)
    with running(bundle) as service, ThreadPoolExecutor(3) as pool:
        service.ready()
        gate = Gate(bundle)
        first = pool.submit(ask, service, 1)
        model = gate.wait_for_the_model()
        second = sent(service.port, body(2))
        assert service.get("/health").status_code == 200  # asked after it, so the second has arrived
        service.told_to_stop()
        while listens(service.port):
            pass
        gate.open_for_good(model)
        assert first.result().json() == {"prediction": 2}
        assert received(second) == (200, b'{"prediction":4}')
        assert service.ended(timeout=10) == 0


def test_an_idle_server_ends_at_once_with_status_0(server: str, bundle: Path, trained: Trained) -> None:
    bundled(trained("linear"), bundle, server)
    with running(bundle) as service:
        service.ready()
        assert service.get("/health").status_code == 200
        service.told_to_stop()
        assert service.ended(timeout=10) == 0


def test_sigterm_while_the_model_loads_ends_the_server(server: str, bundle: Path, trained: Trained) -> None:
    bundled(trained("linear"), bundle, server)
    (bundle / "handler.py").write_text(
        "import logging, time\ndef load(settings):\n    logging.info('loading')\n    time.sleep(60)\n"
    )
    with running(bundle) as service:
        service.wait_for(lambda line: line["message"] == "loading")
        service.told_to_stop()
        assert service.ended(timeout=10) == 0


def test_the_port_is_closed_until_the_model_has_answered(server: str, bundle: Path, trained: Trained) -> None:
    bundled(trained("linear"), bundle, server)
    (bundle / "handler.py").write_text(HANDLER)
    gate = Gate(bundle)
    with running(bundle) as service:
        model = gate.wait_for_the_model()  # the first prediction is under way
        assert not listens(service.port)
        gate.open_for_good(model)
        service.ready()


def test_every_line_of_the_log_is_one_json_object_with_severity_message_and_time(server: str, serve: Serve) -> None:
    service = serve("linear", server)
    service.post(b"x")
    service.wait_for(lambda line: line["message"].startswith("refused"))
    for line in service.log:
        assert {"severity", "message", "time"} <= line.keys()


def test_requests_that_go_well_are_not_logged(server: str, bundle: Path, trained: Trained) -> None:
    bundled(trained("linear"), bundle, server)
    with running(bundle) as service:
        client = service.ready().client
        for _ in range(5):
            assert client.post("/predict", json={"features": [0.5] * 8}).status_code == 200
        said = [line["message"] for line in service.said()]
    assert not [message for message in said if "ready" not in message and "quick" not in message]


@pytest.mark.parametrize(
    ("headers", "trace", "span"),
    [
        ({"X-Cloud-Trace-Context": f"{TRACE}/1;o=1"}, TRACE, "0000000000000001"),
        ({"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}, TRACE, "00f067aa0ba902b7"),
    ],
)  # fmt: skip
def test_a_line_about_a_request_carries_its_trace(
    headers: dict[str, str], trace: str, span: str, server: str, bundle: Path, trained: Trained
) -> None:
    bundled(trained("linear"), bundle, server)
    with running(bundle, GOOGLE_CLOUD_PROJECT="workshop") as service:
        service.ready().client.post("/predict", content=b"x", headers=headers)
        line = service.wait_for(lambda line: line["message"].startswith("refused"))
    assert line["logging.googleapis.com/trace"] == f"projects/workshop/traces/{trace}"
    assert line["logging.googleapis.com/spanId"] == span
    assert line["httpRequest"]["status"] == 400
    assert line["httpRequest"]["requestUrl"] == "/predict"


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Cloud-Trace-Context": "a/" + "1" * 5000},
        {"X-Cloud-Trace-Context": f"{TRACE}/{'1' * 5000}"},
        {"X-Cloud-Trace-Context": "/;o=1"},
        {"traceparent": "00-x-y-01"},
    ],
    ids=lambda headers: str(headers)[:40],
)
def test_a_malformed_trace_is_left_out_and_the_request_logged_all_the_same(
    headers: dict[str, str], server: str, serve: Serve
) -> None:
    service = serve("linear", server)
    before = len(service.said()) + 1
    assert service.client.post("/predict", content=b"x", headers=headers).status_code == 400
    line = service.wait_for(lambda line: service.log.index(line) >= before)
    assert line["message"] == "refused"
    assert "logging.googleapis.com/trace" not in line


def test_what_a_handler_says_through_logging_comes_out_as_json(server: str, bundle: Path, trained: Trained) -> None:
    bundled(trained("linear"), bundle, server)
    handler = (bundle / "handler.py").read_text()
    (bundle / "handler.py").write_text(handler.replace("import warnings", "import logging\nimport warnings").replace(
        "    return model.predict(X)", "    logging.warning('two\\nlines')\n    return model.predict(X)"
    ))  # fmt: skip
    with running(bundle) as service:
        line = service.wait_for(lambda line: line["message"] == "two\nlines")
    assert line["severity"] == "WARNING"
