"""The live model's answers on the road: found beside the model for a plan, and read as the plan names them for a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wizard.inspection.inspection import Inspection
from wizard.recorded import answers_for, recorded_beside, recorded_for, recorded_path_of, refined
from wizard.rehearsal.parity_set import ParitySet

if TYPE_CHECKING:
    from wizard.run.road import Road


def answers_beside(inspection: Inspection) -> tuple[str | None, str]:
    """Where the live model's answers lie beside the file, and why they are taken; (None, "") where none of this file do."""
    recorded = recorded_beside(inspection)
    if recorded is None:
        return None, ""
    count = len(recorded.answers.rows)
    why = (
        "1 row and the live model's answer to it were recorded when it was saved."
        if count == 1
        else f"{count} rows and the live model's answers to them were recorded when it was saved."
    )
    return str(recorded_path_of(Path(inspection.path))), why


def refined_beside(inspection: Inspection) -> Inspection:
    """The inspection with what the sample says whose answers lie beside the file; as it is where none of this file do."""
    recorded = recorded_beside(inspection)
    return refined(inspection, recorded) if recorded is not None else inspection


def refined_by_plan(road: Road, inspection: Inspection) -> Inspection:
    """The inspection with what the sample says that the plan names. Raises PlanError where that is of another model."""
    path = _path(road)
    return inspection if path is None else refined(inspection, recorded_for(path, inspection.sha256))


def expected_answers(road: Road) -> ParitySet | None:
    """What the service has to answer; None where the plan names no record: the model alone is asked then. Raises PlanError."""
    path = _path(road)
    return None if path is None else answers_for(road.inspection, recorded_for(path, road.inspection.sha256))


def recorded_stamp(road: Road) -> tuple[object, ...]:
    """Another one where the file the plan names was written anew, or is gone; empty where it names none."""
    path = _path(road)
    if path is None:
        return ()
    try:
        stat = path.stat()
    except (OSError, ValueError):  # reading it says why
        return (str(path),)
    return str(path), stat.st_size, stat.st_mtime_ns, stat.st_ino


def _path(road: Road) -> Path | None:
    recorded = road.written_plan.model.recorded
    return road.project.folder / recorded if recorded else None
