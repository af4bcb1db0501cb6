"""The draft on disk: written in the background, whole or not at all, so that typing never waits for the disk."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from pathlib import Path
from typing import Any

from wizard.errors import PlanError, SendoffError
from wizard.run.project import Project
from wizard.run.recent import note

_PAUSE = 0.2
"""Seconds between two writings: a quick typist's letters go to disk together."""
_IDLE = 30.0
"""Seconds without an answer after which the thread that writes ends; the next answer starts another."""
_LARGEST = 32 * 1024 * 1024


class DraftFile:
    """Keeps the newest draft in its project's folder. A folder that cannot be written to has none; that is no error."""

    def __init__(self, idle: float = _IDLE) -> None:
        self._patience = idle
        self._change = threading.Condition()
        self._wanted: tuple[Path, dict[str, Any]] | None = None
        self._writing = False
        self._written: Path | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    def keep(self, plan_path: Path, draft: dict[str, Any]) -> None:
        """Have it written soon. Where the plan is to lie elsewhere now, the draft moves there."""
        with self._change:
            if self._closed:
                return
            self._wanted = plan_path, draft
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="draft", daemon=True)
                self._thread.start()
            self._change.notify_all()

    def drop(self, plan_path: Path) -> None:
        """There is nothing left to go on with."""
        with self._change:
            self._wanted = None
            self._change.wait_for(lambda: not self._writing)
            _remove(draft_path_of(plan_path))
            self._written = None

    def close(self) -> None:
        """What is to be written is written before this returns."""
        with self._change:
            self._closed = True
            self._change.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _serve(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._wanted is not None or self._closed, self._patience)
                if self._wanted is None:
                    self._thread = None
                    return
                (plan_path, draft), self._wanted = self._wanted, None
                self._writing = True
            path = draft_path_of(plan_path)
            done = _write(plan_path, draft)
            if done and self._written != path:
                note(plan_path)  # so that it is found again from anywhere
            with self._change:
                if done and self._written not in (None, path):
                    _remove(self._written)
                self._written = path if done else self._written
                self._writing = False
                self._change.notify_all()
                self._change.wait_for(lambda: self._closed, _PAUSE)


def draft_path_of(plan_path: Path) -> Path:
    return Project.of_plan(plan_path).state / "draft.json"


def read_draft_file(path: Path) -> dict[str, Any]:
    """The draft in a file. Raises PlanError."""
    begin_anew = "Begin anew: sendoff MODEL."
    try:
        if path.stat().st_size > _LARGEST:
            raise PlanError(f"{path} is too large for a draft.", "A draft has a few thousand bytes.", begin_anew)
        draft = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PlanError(f"There is no draft at {path}.", "A plan that is written takes it away.", begin_anew) from None
    except OSError as error:
        raise PlanError(f"{path} could not be read.", f"{error.strerror}.", begin_anew) from None
    except (ValueError, RecursionError):
        raise PlanError(f"{path} is not a draft.", "It is damaged, or something else.", begin_anew) from None
    if not isinstance(draft, dict) or not isinstance(draft.get("session"), dict):
        raise PlanError(f"{path} is not a draft.", "It holds no answers.", begin_anew)
    return draft


def _write(plan_path: Path, draft: dict[str, Any]) -> bool:
    path = draft_path_of(plan_path)
    part = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.part")
    try:
        Project.of_plan(plan_path).prepare()
        part.touch(mode=0o600)  # for its owner only: an answer may be private before anybody has said that it is
        part.write_text(json.dumps(draft, indent=1), encoding="utf-8")
        part.replace(path)
    except (OSError, SendoffError):
        _remove(part)
        return False
    return True


def _remove(path: Path | None) -> None:
    with contextlib.suppress(OSError):
        if path is not None:
            path.unlink(missing_ok=True)
