"""Running uv: one call is one child process in a folder of its own, watched, redacted and stopped when the person asks."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wizard.errors import LockError
from wizard.events import Reporter
from wizard.locking.index_settings import uv_environment, without_credentials
from wizard.locking.problem import Problem


@dataclass(frozen=True, slots=True)
class Target:
    """What the packages must run on: a Python minor version ("3.11") and uv's name of a platform."""

    python: str
    platform: str = "x86_64-manylinux_2_28"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call of uv ended. Both texts have their credentials taken out."""

    code: int
    stdout: str
    stderr: str

    @property
    def ok(self) -> bool:
        return self.code == 0

    @property
    def said(self) -> str:
        """uv's explanation as running text, without the marks it is drawn with, so that its words can be recognised."""
        return re.sub(r"\s+", " ", re.sub(r"[×╰─▶├│]", " ", self.stderr)).strip()

    @property
    def evidence(self) -> tuple[str, ...]:
        """uv's own lines, as they stand."""
        return tuple(line.rstrip() for line in self.stderr.splitlines() if line.strip())[:40]


@dataclass(frozen=True, slots=True)
class Question:
    """A resolution to ask of uv: files of requirements by name, and how to read them."""

    files: Mapping[str, Sequence[str]]
    target: Target
    constraints: Sequence[str] = ()
    as_of: str | None = None
    """Date (YYYY-MM-DD, that day included, UTC) after which nothing was released."""
    options: Sequence[str] = ()

    def arguments(self) -> list[str]:
        """What follows `uv` on the command line."""
        return [
            "pip",
            "compile",
            *self.files,
            *(["--constraints", CONSTRAINTS] if self.constraints else []),
            *(["--exclude-newer", end_of_day(self.as_of)] if self.as_of else []),
            "--only-binary",
            ":all:",
            "--python-version",
            self.target.python,
            "--python-platform",
            self.target.platform,
            *self.options,
        ]


CONSTRAINTS = "model-side.txt"
"""Name of the file that holds the model's side while the server's packages are added to it."""


def end_of_day(date: str) -> str:
    """The end of a day as uv reads it everywhere alike: a bare date would be taken in the machine's own time zone."""
    from datetime import date as day
    from datetime import timedelta

    return f"{day.fromisoformat(date) + timedelta(days=1)}T00:00:00Z"


def find_uv() -> str:
    """Path of uv: the one installed beside Sendoff, else the one on PATH. Raises `LockError` (kind `uv`)."""
    with contextlib.suppress(ImportError, FileNotFoundError):
        import uv

        return os.fsdecode(uv.find_uv_bin())
    if found := shutil.which("uv"):
        return found
    raise LockError(
        "uv is not installed.",
        "It finds the packages an image needs, and comes with Sendoff; this installation has lost it.",
        "Install it with `python -m pip install uv`.",
        kind=Problem.UV,
    )


@dataclass(slots=True)
class Uv:
    """uv on this machine, with the person's index settings. Calls may be made from several threads at once."""

    reporter: Reporter
    binary: str = field(default_factory=find_uv)
    environment: Mapping[str, str] = field(default_factory=uv_environment)

    def resolve(self, question: Question, *, loud: bool = False, timeout: float | None = None) -> Outcome:
        """Ask for a resolution. `loud` passes uv's lines on as log; `timeout` is in seconds, and running out is failing."""
        with tempfile.TemporaryDirectory(prefix="sendoff-lock-") as folder:
            for name, lines in {**question.files, CONSTRAINTS: question.constraints}.items():
                Path(folder, name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
            # The Python that runs us only answers uv's question what an interpreter is; nothing is installed into it.
            return self.run(
                [*question.arguments(), "--python", sys.executable, "--no-progress"],
                folder=folder,
                loud=loud,
                timeout=timeout,
            )

    def run(
        self, arguments: Sequence[str], *, folder: str, loud: bool = False, timeout: float | None = None
    ) -> Outcome:
        """Run uv in a folder until it ends, the time is over or the person asks to stop (`CancelledError`)."""
        self.reporter.check()
        try:
            process = subprocess.Popen(
                [self.binary, "--color", "never", *arguments],
                cwd=folder,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
                # Ctrl-C on a terminal reaches us alone, and we stop uv in our own way.
                start_new_session=sys.platform != "win32",
            )
        except OSError as error:
            raise LockError(
                "uv cannot be started.",
                f"{self.binary}: {error.strerror or error}",
                "Install it again with `python -m pip install --force-reinstall uv`.",
                kind=Problem.UV,
            ) from error
        errors: list[str] = []

        def listen() -> None:
            assert process.stderr is not None
            for line in process.stderr:
                errors.append(without_credentials(line))
                if loud:
                    self.reporter.log(errors[-1])

        listener = threading.Thread(target=listen, daemon=True)
        late = threading.Timer(timeout, process.kill) if timeout is not None else None
        with self.reporter.cancel.interrupting(process.kill):
            listener.start()
            if late is not None:
                late.start()
            try:
                assert process.stdout is not None
                output = process.stdout.read()
                code = process.wait()
                listener.join()
            finally:
                if late is not None:
                    late.cancel()
                if process.poll() is None:
                    process.kill()
                    process.wait()
                if process.stdout is not None:
                    process.stdout.close()
        self.reporter.check()
        return Outcome(code, without_credentials(output), "".join(errors))
