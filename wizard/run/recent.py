"""Which plans this account worked on last: one small file a plan, outside any project, so that two at once lose nothing."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.run.project import Project
from wizard.run.run_summary import RunSummary, last_run
from wizard.runtimes.process_record import default_state

if TYPE_CHECKING:
    from wizard.plan.plan import Plan

_KEPT = 50
"""Plans that are remembered."""


@dataclass(frozen=True, slots=True)
class _Note:
    """What a file here holds."""

    plan: str
    used: float
    service: str
    target: str


@dataclass(frozen=True, slots=True)
class RecentPlan:
    """A plan somebody worked on: written, or begun and left as a draft."""

    plan_path: Path
    used: float
    """When it was last noted, in seconds since the epoch."""
    service: str
    """Its service's name when it was noted; empty where none was known."""
    target: str
    """Where it goes, `target.kind`; empty where that was not known."""
    last_run: RunSummary | None
    draft: Path | None
    """What somebody has begun to answer in the wizard and not yet written, where there is such."""

    @property
    def written(self) -> bool:
        """Whether the plan itself is there."""
        return self.plan_path.exists()


def note(plan_path: Path, plan: Plan | None = None) -> None:
    """Remember that a plan is being worked on; `plan` where it was read already, or as far as it is known.

    Where nothing can be noted down, nothing happens: it is a convenience.
    """
    plan_path = plan_path.absolute()
    if plan is None:
        plan = _plan(plan_path)
    noted = _Note(str(plan_path), time.time(), plan.service.name if plan else "", plan.target.kind if plan else "")
    folder = _folder()
    path = folder / f"{hashlib.sha256(os.fsencode(plan_path)).hexdigest()[:16]}.json"
    part = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.part")
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(asdict(noted)), encoding="utf-8")
        part.replace(path)


def recent(limit: int = 20) -> tuple[RecentPlan, ...]:
    """The plans worked on last, newest first. Those that are gone, plan and draft, are left out."""
    found: list[RecentPlan] = []
    for noted in _noted():
        path = Path(noted.plan)
        draft = draft_of(path)
        if draft is None and not _exists(path):
            continue
        project = Project.of_plan(path)
        found.append(RecentPlan(path, noted.used, noted.service, noted.target, last_run(project), draft))
        if len(found) == limit:
            break
    return tuple(found)


def draft_of(plan_path: Path) -> Path | None:
    """What was begun to be answered for a plan and not yet written; None where there is nothing."""
    draft = Project.of_plan(plan_path).state / "draft.json"
    return draft if _exists(draft) else None


def _folder() -> Path:
    return default_state().parent / "recent"


def _noted() -> list[_Note]:
    """All notes that can be understood, newest first; the files beyond those that are remembered are let go."""
    notes: list[tuple[_Note, Path]] = []
    with contextlib.suppress(OSError):
        for path in _folder().glob("*.json"):
            with contextlib.suppress(OSError, ValueError, TypeError):
                note = _Note(**json.loads(path.read_text(encoding="utf-8")))
                if all(isinstance(value, str) for value in (note.plan, note.service, note.target)):
                    notes.append((replace(note, used=float(note.used)), path))
    notes.sort(key=lambda each: each[0].used, reverse=True)
    for _, path in notes[_KEPT:]:
        with contextlib.suppress(OSError):
            path.unlink()
    return [note for note, _ in notes[:_KEPT]]


def _exists(path: Path) -> bool:
    """A folder that may not be looked into counts as gone."""
    try:
        return path.exists()
    except OSError:
        return False


def _plan(plan_path: Path) -> Plan | None:
    if not _exists(plan_path):  # nothing is imported to learn that
        return None
    from wizard.errors import SendoffError
    from wizard.plan import load_plan

    try:
        return load_plan(plan_path)
    except SendoffError:
        return None
