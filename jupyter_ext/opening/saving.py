"""A live model saved into its folder, over its former self where there is one: notebooks are run again and again."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_ext.capture.errors import InTheWayError
from jupyter_ext.capture.naming import checked_name, name_of
from jupyter_ext.opening.taking_up import run_left
from wizard.errors import PlanError, ProjectBusyError
from wizard.run.project import PLAN_NAME

if TYPE_CHECKING:
    from jupyter_ext.capture.capturing import Captured
    from jupyter_ext.capture.live_session import Session
    from wizard.events import Reporter


_PIECE = 1 << 22
"""Bytes read at a time."""


def save_live(
    model: Any,
    folder: Path | None,
    *,
    sample: Any = None,
    name: str | None = None,
    overwrites: bool = False,
    session: Session | None = None,
    reporter: Reporter | None = None,
) -> Captured:
    """Capture the model into `folder`, by default one below the working directory that has the model's name.

    Files that Sendoff saved there before are replaced, others only with `overwrites`, and none while a run is at work on them.
    Raises what `capture` raises, and ProjectBusyError.
    """
    from jupyter_ext.capture.capturing import capture

    name = checked_name(name) if name is not None else name_of(model, session.namespace if session is not None else {})
    folder = folder or Path.cwd() / Path(name).stem
    left = run_left(folder / PLAN_NAME)
    at_work = left is not None and left.at_work
    replaces = overwrites or was_saved_here(folder / name, reporter)
    try:
        return capture(
            model,
            folder,
            name=name,
            sample=sample,
            session=session,
            reporter=reporter,
            overwrites=replaces and not at_work,
        )
    except InTheWayError:
        if not (at_work and replaces):
            raise
        raise ProjectBusyError(
            "A run is at work on this project.",
            f"It deploys {name} as it was saved before. The model has changed since, and saving it would change the file that the "
            "run works with.",
            "Wait for the run to end, or stop it; or save this model into another folder.",
        ) from None


def was_saved_here(path: Path, reporter: Reporter | None = None) -> bool:
    """Whether Sendoff saved a model file here and it is as it was: the answers beside it are of this very file."""
    from wizard.recorded import read_recorded, recorded_path_of

    if not path.is_file():
        return False
    try:
        return read_recorded(recorded_path_of(path)).model_sha256 == digest_of(path, reporter)
    except PlanError:
        return False


def digest_of(path: Path, reporter: Reporter | None = None) -> str:
    """SHA-256 of a file in hexadecimal; empty where it cannot be read."""
    digest, done = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            while piece := file.read(_PIECE):
                digest.update(piece)
                done += len(piece)
                if reporter is not None:
                    reporter.check()
                    reporter.progress(done, size, unit="bytes", what="comparing")
    except OSError:
        return ""
    return digest.hexdigest()
