"""What a plan is proposed from, beside the model: where it is made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wizard.plan.plan import Source


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the plan may learn from where it is made.

    `python` is the minor version of the running interpreter ("3.11"); `as_of` the day the model's dependencies are
    resolved as of; `project` the folder the plan will lie in. `project_id`, `region` and `endpoint` are what this machine says
    about Google Cloud, or a local Cloud Run that is up; None where it says nothing. `recorded` is the path of the live model's
    answers that lie beside the file. Each `…_why` is the reason, one sentence.
    """

    python: str
    project: Path
    as_of: str | None = None
    as_of_why: str = ""
    project_id: str | None = None
    project_id_why: str = ""
    region: str | None = None
    region_why: str = ""
    endpoint: str | None = None
    endpoint_why: str = ""
    recorded: str | None = None
    recorded_why: str = ""


@dataclass(frozen=True, slots=True)
class Proposed:
    """A value, who says so, and why."""

    value: Any
    source: Source
    why: str
