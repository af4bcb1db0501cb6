"""The way into the package: a path in, an `Inspection` out."""

from __future__ import annotations

import os
from pathlib import Path

from wizard.events import Reporter, silent
from wizard.inspection.format_foreign import refuse_unrecognised
from wizard.inspection.formats import recognised
from wizard.inspection.inspection import Inspection
from wizard.inspection.model_file import opened


def inspect_model(path: str | os.PathLike[str], *, reporter: Reporter | None = None) -> Inspection:
    """What the model file at `path` says about itself, without running, importing or unpickling anything in it.

    Raises `InspectionError` where the file cannot be read, is damaged, or is no model Sendoff serves, and `CancelledError`
    where the reporter was asked to stop.
    """
    reporter = reporter or silent("inspect")
    model = Path(path)
    head = b""
    if not _is_folder(model):
        with opened(model) as file:
            head = file.head
    found = recognised(model, head)
    if found is None and not head:
        with opened(model):  # raises: it says what is wrong with a folder
            pass
    return found.read(model, reporter) if found is not None else refuse_unrecognised(model, head)


def _is_folder(path: Path) -> bool:
    """Whether it is a folder; a name no folder can have is none."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False
