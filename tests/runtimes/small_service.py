"""A small service that shows what it was given and does what it is asked, as an image and as a folder."""

SERVER = """\
import http.server, json, os, signal, subprocess, sys, urllib.parse

held = []

def do(action, value):
    if action == "show":
        return {"env": dict(os.environ), "user": os.getuid(), "folder": os.getcwd()}
    if action == "hold":
        held.append(b"x" * int(value))
    if action == "drop":
        held.clear()
    if action == "write":
        with open(value, "w") as file:
            file.write("x")
    if action == "say":
        print(value, flush=True)
    if action == "end":
        os._exit(int(value))
    if action == "child":
        return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]).pid
    return "done"

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path, _, value = self.path[1:].partition("?")
        try:
            status, answer = 200, do(path, urllib.parse.unquote(value))
        except OSError as error:
            status, answer = 500, str(error)
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass

def end(*_):
    if "STUBBORN" not in os.environ:
        print("bye", flush=True)
        os._exit(0)

signal.signal(signal.SIGTERM, end)
server = http.server.ThreadingHTTPServer((os.environ.get("HOST", "0.0.0.0"), int(os.environ["PORT"])), Handler)
print("ready", flush=True)
server.serve_forever()
"""

DOCKERFILE = """\
FROM {base}
WORKDIR /app
COPY server.py .
USER 65534
CMD ["python", "server.py"]
"""
