"""A package index of a few made-up wheels on a loopback port: real uv, real HTTP, nothing from outside.

It speaks the index's JSON form with upload times and sizes, and can be told to misbehave as real ones do.
"""

import base64
import hashlib
import http.server
import io
import json
import threading
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class File:
    name: str
    content: bytes
    python: str
    uploaded: str


def wheel(name: str, version: str, needs: Sequence[str] = (), tag: str = "py3-none-any") -> tuple[str, bytes]:
    """File name and bytes of a wheel that installs one module holding its version."""
    stem = f"{name.replace('-', '_')}-{version}"
    info = f"{stem}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n" + "".join(
        f"Requires-Dist: {need}\n" for need in needs
    )
    members = {
        f"{name.replace('-', '_')}.py": f"version = {version!r}\n",
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    record = "".join(
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b'=').decode()},{len(text)}\n"
        for path, text in members.items()
    )
    members[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, text in members.items():
            archive.writestr(zipfile.ZipInfo(path), text)
    return f"{stem}-{tag}.whl", buffer.getvalue()


class SmallIndex:
    """What it serves may be changed while it runs. `url` is what uv is to be told."""

    def __init__(self) -> None:
        self.files: dict[str, list[File]] = {}
        self.tells_dates = True
        self.status = 200
        self.page: bytes | None = None
        self.credentials: str | None = None
        """ "user:password" it asks for."""
        self.hold: threading.Event | None = None
        """Answers nothing until it is set."""
        self.asked = threading.Event()
        """Set by the first request."""
        index = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                index.answer(self)

            do_HEAD = do_GET

            def log_message(self, *args: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.host = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.host}/simple"
        self.add("pip", "24.0")

    def add(
        self,
        name: str,
        version: str,
        *needs: str,
        tag: str = "py3-none-any",
        python: str = ">=3.7",
        uploaded: str = "2023-01-01",
    ) -> None:
        file, content = wheel(name, version, needs, tag)
        self.files.setdefault(name, []).append(File(file, content, python, f"{uploaded}T12:00:00Z"))

    def add_source(self, name: str, version: str, uploaded: str = "2023-01-01") -> None:
        """A version without any wheel."""
        self.files.setdefault(name, []).append(
            File(f"{name}-{version}.tar.gz", b"source", ">=3.7", f"{uploaded}T12:00:00Z")
        )

    def answer(self, request: http.server.BaseHTTPRequestHandler) -> None:
        self.asked.set()
        if self.hold is not None:
            self.hold.wait(60)
        status, kind, body = self._reply(request.path, request.headers.get("authorization", ""))
        try:
            request.send_response(status)
            request.send_header("content-type", kind)
            request.send_header("cache-control", "no-cache")  # so that every lock asks, and none lives on a fresh cache
            request.send_header("content-length", str(len(body)))
            request.end_headers()
            if request.command != "HEAD":
                request.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            request.close_connection = True

    def _reply(self, path: str, authorization: str) -> tuple[int, str, bytes]:
        if self.credentials is not None:
            wanted = "Basic " + base64.b64encode(self.credentials.encode()).decode()
            if authorization != wanted:
                return 401, "text/plain", b"who are you?"
        if self.status != 200:
            return self.status, "text/plain", b""
        if self.page is not None:
            return 200, "text/html", self.page
        _, place, name = [*path.strip("/").split("/"), "", "", ""][:3] if path.startswith("/simple") else ("", "", "")
        if path.startswith("/files/"):
            wanted_file = path.removeprefix("/files/")
            for files in self.files.values():
                for file in files:
                    if file.name == wanted_file:
                        return 200, "application/octet-stream", file.content
            return 404, "text/plain", b""
        name = place
        if name not in self.files:
            return 404, "text/plain", b""
        listing = {
            "meta": {"api-version": "1.1"},
            "name": name,
            "versions": sorted({file.name.split("-")[1] for file in self.files[name]}),
            "files": [
                {
                    "filename": file.name,
                    "url": f"http://{self.host}/files/{file.name}",
                    "hashes": {"sha256": hashlib.sha256(file.content).hexdigest()},
                    "requires-python": file.python,
                    "size": len(file.content),
                    **({"upload-time": file.uploaded} if self.tells_dates else {}),
                }
                for file in self.files[name]
            ],
        }
        return 200, "application/vnd.pypi.simple.v1+json", json.dumps(listing).encode()

    def close(self) -> None:
        if self.hold is not None:
            self.hold.set()
        self._server.shutdown()
        self._server.server_close()
