"""A call goes to the service it is for, and to nobody else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from wizard.targets.calling import call


@pytest.fixture
def service() -> Iterator[str]:
    """A service that answers the path it was asked for."""

    class Echo(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(self.path.encode())

        def log_message(self, *_: object) -> None:
            """Nothing on the screen of the tests."""

    server = HTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("path", ["/predict", "predict", "@127.0.0.2:9/predict", ":9/predict", "//127.0.0.2:9/predict"])
def test_whatever_the_path_the_token_goes_to_the_service_only(service: str, path: str) -> None:
    reply = call("housing", service, path, {"features": [1]}, 5, token="secret")
    assert (reply.status, reply.answer) == (200, f"/{path.lstrip('/')}")
