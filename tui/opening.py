"""What the terminal wizard opens with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class Opening:
    """`home` needs no path; the others the model file, the plan, the draft, or the journal of a run to look at."""

    kind: Literal["home", "model", "plan", "draft", "run"] = "home"
    path: Path | None = None
