"""The registry behind the repositories: the reference implementation (`docker-registry` in Debian), as a process of ours."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path

from wizard.runtimes.ports import LOOPBACK, free_port, is_free
from wizard.runtimes.process_record import Record, read_record, write_record
from wizard.runtimes.process_table import started
from wizard.workshop.faults import WorkshopError

_NAMES = ("docker-registry", "registry")
"""Debian's name and its makers' own."""
_ANSWERS_WITHIN = 20.0
_ENDS_WITHIN = 5.0
_LOOK_AGAIN = 0.02


class RegistryProcess:
    """A registry on 127.0.0.1 that keeps its blobs in `folder`. One that an earlier program left running is used on."""

    def __init__(self, folder: Path, command: str | None = None) -> None:
        """`command`: the program; found on the PATH where it is not named."""
        self._folder = folder
        self._command = command or next(filter(None, map(shutil.which, _NAMES)), None)
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def available(self) -> bool:
        """The program is installed."""
        return self._command is not None

    def start(self, port: int = 0) -> int:
        """Start it on that port (0: the one it had before, else a free one) and wait until it answers; returns the port.

        Raises WorkshopError where it does not come up.
        """
        assert self._command is not None, "ask `available` first"
        before = read_record(self._folder)
        if before is not None:
            if port in (0, before.port) and self._runs(before) and _answers(before.port):
                return before.port
            self.stop()
            port = port or (before.port if is_free(before.port) else 0)
        port = port or free_port()
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        config = self._folder / "config.yml"
        config.write_text(self._config(port), encoding="utf-8")
        log = self._folder / "log"
        with log.open("wb") as output:
            self._child = subprocess.Popen(
                [self._command, "serve", str(config)],
                env={"PATH": os.environ.get("PATH", os.defpath), "OTEL_TRACES_EXPORTER": "none"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C here is not for it
            )
        write_record(self._folder, Record("registry", self._child.pid, started(self._child.pid), port))
        self._wait_until_it_answers(port, log)
        return port

    def stop(self) -> None:
        """End it, by the number it was started under. What was pushed stays. Does nothing where it does not run."""
        record = read_record(self._folder)
        if record is None or not self._runs(record):
            return
        for number, seconds in ((signal.SIGTERM, _ENDS_WITHIN), (signal.SIGKILL, _ENDS_WITHIN)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(record.pid, number)
            deadline = time.monotonic() + seconds
            while self._runs(record) and time.monotonic() < deadline:
                time.sleep(_LOOK_AGAIN)
            if not self._runs(record):
                return

    def _runs(self, record: Record) -> bool:
        if self._child is not None and self._child.pid == record.pid:
            return self._child.poll() is None
        return bool(record.started) and started(record.pid) == record.started

    def _config(self, port: int) -> str:
        # JSON is YAML, and quotes whatever a path may hold.
        return json.dumps(
            {
                "version": 0.1,
                "log": {"level": "warn", "accesslog": {"disabled": True}},
                "storage": {
                    "filesystem": {"rootdirectory": str(self._folder / "blobs")},
                    "delete": {"enabled": True},
                },
                "http": {"addr": f"{LOOPBACK}:{port}", "secret": secrets.token_hex(16)},
            },
            indent=2,
        )

    def _wait_until_it_answers(self, port: int, log: Path) -> None:
        assert self._child is not None
        deadline = time.monotonic() + _ANSWERS_WITHIN
        while not _answers(port):
            if self._child.poll() is not None or time.monotonic() > deadline:
                words = log.read_text(encoding="utf-8", errors="replace").splitlines()[-10:]
                self.stop()
                raise WorkshopError(
                    "The registry of the local Cloud Run did not start.",
                    f"{self._command} ended with its words below."
                    if words
                    else f"{self._command} did not answer on port {port} within {_ANSWERS_WITHIN:.0f} s.",
                    "Free what it names and run `sendoff workshop up` again.",
                    evidence=words,
                )
            time.sleep(_LOOK_AGAIN)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=2)
    try:
        connection.request("GET", "/v2/")
        answer = connection.getresponse()
        return answer.status == 200 and (answer.getheader("Docker-Distribution-Api-Version") or "").startswith(
            "registry"
        )
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
