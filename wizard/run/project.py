"""The folder a plan lies in, and what Sendoff keeps there under `.sendoff/`.

sendoff.yaml        the plan
bundle/             the folder that builds into the image
.sendoff/journal/   one file of JSON lines a run: every event, every log line
.sendoff/done.jsonl one line a finished stage: the hash of its inputs and its result
.sendoff/env/       locked environments, where no engine is
.sendoff/lock       held while a run is at work
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from wizard.errors import ProjectBusyError, SendoffError

PLAN_NAME = "sendoff.yaml"


@dataclass(frozen=True, slots=True)
class Project:
    """Where a plan and everything made from it live."""

    folder: Path
    plan_path: Path

    @classmethod
    def of_plan(cls, plan_path: Path) -> Project:
        """The project of a plan file, which need not exist yet."""
        plan_path = plan_path.absolute()
        return cls(plan_path.parent, plan_path)

    @property
    def state(self) -> Path:
        """Sendoff's own folder in the project."""
        return self.folder / ".sendoff"

    @property
    def bundle(self) -> Path:
        return self.folder / "bundle"

    @property
    def journal(self) -> Path:
        return self.state / "journal"

    @property
    def done(self) -> Path:
        return self.state / "done.jsonl"

    @property
    def environments(self) -> Path:
        return self.state / "env"

    def prepare(self) -> None:
        """Make Sendoff's folder, and keep it out of version control. Raises SendoffError where that is impossible."""
        try:
            self.journal.mkdir(parents=True, exist_ok=True)
            ignore = self.state / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n", encoding="utf-8")
        except OSError as error:
            raise SendoffError(
                f"Sendoff cannot keep its notes in {self.state}.",
                f"{error.strerror or error}.",
                "Put the plan into a folder you can write to: sendoff plan MODEL -o FOLDER/sendoff.yaml.",
            ) from None

    @contextmanager
    def held(self, purpose: str) -> Iterator[None]:
        """Hold the project while at work; a second run is refused, not mixed in. The system frees it if we are killed."""
        self.prepare()
        with (self.state / "lock").open("a+", encoding="utf-8") as file:
            if not _take(file):
                raise _busy(file)
            file.seek(0)
            file.truncate()
            json.dump({"pid": os.getpid(), "since": time.time(), "purpose": purpose}, file)
            file.flush()
            try:
                yield
            finally:
                file.seek(0)
                file.truncate()
                file.flush()


def _take(file: IO[str]) -> bool:
    """Take the lock without waiting; False where another process has it."""
    try:
        if os.name == "nt":  # pragma: no cover
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _busy(file: IO[str]) -> ProjectBusyError:
    file.seek(0)
    why = ""
    with contextlib.suppress(ValueError, KeyError, TypeError):
        holder = json.loads(file.read())
        since = time.strftime("%H:%M:%S", time.localtime(holder["since"]))
        why = f"Process {holder['pid']} has been at work on it since {since}: sendoff {holder['purpose']}."
    return ProjectBusyError(
        "Another run is at work on this project.",
        why,
        "Wait for it to end or stop it there, then run this command again.",
    )
