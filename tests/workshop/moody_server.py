"""What the runtimes' tests run: a server that does what MOOD says. Standard library alone."""

import os
import signal
import sys
import time

mood = os.environ.get("MOOD", "")
port = int(os.environ["PORT"])
print(f"mood {mood or 'good'}, port {port}", flush=True)

if mood == "exit":
    print("I will not serve", file=sys.stderr, flush=True)
    sys.exit(3)
if mood == "greedy":
    hoard = bytearray()
    while True:
        hoard += b"x" * (16 << 20)
if mood == "idle":
    time.sleep(600)

import http.server  # noqa: E402  (it takes its time, and the first line is to be said at once)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/crash":
            os._exit(9)
        if self.path == "/health" and mood == "unwell":
            self.send_error(500)
            return
        body = repr(
            {name: text for name, text in os.environ.items() if name.startswith(("K_", "PORT", "MOOD"))}
        ).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def terminated(*_):
    print("asked to end", flush=True)
    if mood != "stubborn":
        sys.exit(0)


signal.signal(signal.SIGTERM, terminated)
host = "127.0.0.1" if mood == "loopback" else os.environ.get("HOST", "0.0.0.0")
http.server.ThreadingHTTPServer((host, port), Handler).serve_forever()
