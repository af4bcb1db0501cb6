"""A registry that holds one image and can only be pulled from, as no real one can be reached from the tests."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import random
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


@dataclass(frozen=True)
class OneImage:
    host: str
    """Where an engine on this machine finds it: "127.0.0.1:PORT"."""
    digest: str
    compressed: int
    """Bytes that a pull downloads."""


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _layer(name: str, content: bytes) -> tuple[bytes, bytes]:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return raw.getvalue(), gzip.compress(raw.getvalue(), 1, mtime=0)


@contextmanager
def small_registry(seed: int, architecture: str = "amd64") -> Iterator[OneImage]:
    """Serves `HOST/small:1` for one architecture, of two layers of noise; another seed, another image."""
    noise = random.Random(seed)
    layers = [_layer("first", noise.randbytes(3_000_000)), _layer("second", noise.randbytes(1_000_000))]
    config = json.dumps(
        {
            "architecture": architecture,
            "os": "linux",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": [_digest(raw) for raw, _ in layers]},
            "history": [{"created_by": "noise"}] * len(layers),
        }
    ).encode()
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": _MANIFEST,
            "config": {
                "mediaType": "application/vnd.docker.container.image.v1+json",
                "size": len(config),
                "digest": _digest(config),
            },
            "layers": [
                {
                    "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",
                    "size": len(packed),
                    "digest": _digest(packed),
                }
                for _, packed in layers
            ],
        }
    ).encode()
    blobs = {_digest(data): data for data in (config, *(packed for _, packed in layers))}
    known = {
        "/v2/": b"{}",
        "/v2/small/manifests/1": manifest,
        f"/v2/small/manifests/{_digest(manifest)}": manifest,
        **{f"/v2/small/blobs/{digest}": data for digest, data in blobs.items()},
    }

    class Request(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            data = known.get(self.path)
            missing = {"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}
            body = json.dumps(missing).encode() if data is None else data
            self.send_response(404 if data is None else 200)
            self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
            self.send_header("Content-Type", _MANIFEST if "/manifests/" in self.path and data else "application/json")
            if data is not None:
                self.send_header("Docker-Content-Digest", _digest(data))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Request)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        compressed = sum(len(packed) for _, packed in layers)
        yield OneImage(f"127.0.0.1:{server.server_address[1]}", _digest(manifest), compressed)
    finally:
        server.shutdown()
        server.server_close()
