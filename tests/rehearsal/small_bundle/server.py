"""A small server that keeps the whole contract with the standard library alone, and breaks one line of it on demand.

FAULT in the environment names the line to break. Stands in for server.py of a bundle where a test plants a fault.
"""

import json
import math
import os
import signal
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FAULT = os.environ.get("FAULT", "")
HERE = Path(__file__).resolve().parent
SETTINGS = json.loads((HERE / "service.json").read_text())
COLUMNS = [column["name"] for column in SETTINGS["input"]["columns"]]
MAX_BODY = SETTINGS["limits"]["body"]


def log(message, severity="INFO"):
    if FAULT == "plain-logs":
        print(message, flush=True)
    else:
        print(json.dumps({"severity": severity, "message": message}), flush=True)


class Refused(Exception):
    def __init__(self, status, message, field=None):
        super().__init__(message)
        self.status, self.message, self.field = status, message, field


def number(value, name):
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Refused(422, f"{name} must be a number, not {value!r}", name)
    return float(value)


def row(value, at):
    if isinstance(value, dict):
        for name in value:
            if name not in COLUMNS:
                raise Refused(422, f"there is no column {name}", name)
        for name in COLUMNS:
            if name not in value:
                raise Refused(422, f"{name} is missing", name)
        value = [value[name] for name in COLUMNS]
    if not isinstance(value, list):
        raise Refused(422, f"{at} must be a row", at)
    if len(value) != len(COLUMNS):
        raise Refused(422, f"{at} must have {len(COLUMNS)} values", at)
    return [number(cell, name) for cell, name in zip(value, COLUMNS, strict=True)]


def refuse_constant(name):
    raise Refused(400, f"{name} is not valid JSON")


def rows_of(body):
    try:
        data = json.loads(body, parse_constant=refuse_constant)
    except ValueError as error:
        raise Refused(400, f"the body is no JSON: {error}") from None
    if not isinstance(data, dict):
        raise Refused(422, "the body must be an object")
    if "features" in data:
        return [row(data["features"], "features")], False
    if not isinstance(data.get("instances"), list):
        raise Refused(422, "instances must be a list of rows, or features one row", "instances")
    return [row(one, f"instances[{at}]") for at, one in enumerate(data["instances"])], True


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    under_way = 0
    lock = threading.Lock()

    def answer(self, status, value, kind="application/json"):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if status == 413:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/health":
            if FAULT == "never-ready":
                self.answer(503, {"error": {"message": "loading", "field": None}})
            elif FAULT == "no-health":
                self.answer(404, {"error": {"message": "not found", "field": None}})
            else:
                self.answer(200, {"status": "ok"})
        elif self.path in ("/", "/docs"):
            self.answer(200, "about", "text/html")
        elif self.path == "/openapi.json":
            self.answer(200, {"openapi": "3.1.0", "paths": {"/predict": {}, "/health": {}}})
        else:
            self.answer(404, {"error": {"message": "not found", "field": "path"}})

    def do_POST(self):
        with self.lock:
            Handler.under_way += 1
        try:
            self.predict()
        finally:
            with self.lock:
                Handler.under_way -= 1

    def predict(self):
        import handler

        length = int(self.headers.get("Content-Length") or 0)
        try:
            if length > MAX_BODY:
                raise Refused(413, f"a body may have {MAX_BODY} bytes", "body")
            rows, many = rows_of(self.rfile.read(length))
            answers = handler.predict(MODEL, handler.preprocess(rows))
        except Refused as refused:
            if FAULT == "error-500":
                return self.answer(500, {"error": {"message": "Internal Server Error", "field": None}})
            if FAULT == "nameless":
                return self.answer(refused.status, {"error": {"message": "bad request", "field": None}})
            if FAULT == "dies-on-bad-input":
                os._exit(7)
            return self.answer(refused.status, {"error": {"message": refused.message, "field": refused.field}})
        if FAULT == "leaks":
            KEPT.append(answers)
            answers = [one + len(KEPT) for one in answers]
        return self.answer(200, {"predictions": answers} if many else {"prediction": answers[0]})

    def log_message(self, *arguments):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 256
    allow_reuse_address = True


def load():
    if FAULT == "missing-module":
        import a_module_nobody_installed  # noqa: F401
    if FAULT == "crash":
        raise ValueError("could not convert string to float: 'n/a'")
    if FAULT == "out-of-memory":
        held = []
        while True:
            held.append(bytearray(os.urandom(1 << 20) * 16))
    if FAULT == "writes":
        (HERE / "cache.json").write_text("{}")
    if FAULT == "swallowed-write":
        try:
            (HERE / "cache.json").write_text("{}")
        except OSError as error:
            log(f"no cache: {error}", "WARNING")
    if FAULT == "slow-load":
        while True:
            KEPT.append(bytearray(os.urandom(1 << 18) * 4))
            time.sleep(0.02)
    if FAULT == "metrics-first":
        KEPT.append(socket.create_server(("0.0.0.0", 0)))
        for _ in range(70):
            KEPT.append(os.urandom(1 << 20))
            time.sleep(0.1)
    if FAULT == "slow":
        time.sleep(3600)
    if FAULT == "exits":
        log("nothing to do")
        sys.exit(3)
    if SETTINGS["model"]["file"] is None:
        return None
    import joblib

    return joblib.load(HERE / SETTINGS["model"]["file"])


KEPT = []
MODEL = load()


def main():
    host = "127.0.0.1" if FAULT == "loopback" else os.environ.get("HOST", "0.0.0.0")
    port = 5000 if FAULT == "wrong-port" else int(os.environ["PORT"])
    if FAULT == "wrong-port-here":
        with socket.socket() as probe:
            probe.bind((host, 0))
            port = probe.getsockname()[1]
    server = Server((host, port), Handler)

    def stop(*_):
        def drain():
            server.shutdown()
            server.socket.close()
            if FAULT != "drops-requests":
                while Handler.under_way:
                    time.sleep(0.01)
            os._exit(0)

        threading.Thread(target=drain).start()

    signal.signal(signal.SIGTERM, (lambda *_: None) if FAULT == "ignores-sigterm" else stop)
    log(f"listening on {host}:{port}")
    server.serve_forever(poll_interval=0.05)
    threading.Event().wait()


if __name__ == "__main__":
    main()
