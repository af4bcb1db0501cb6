"""What can go wrong between a variable in a notebook and a model file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from wizard.errors import SendoffError


class CaptureError(SendoffError):
    """A live model, its sample or its answers cannot be taken up."""

    code: ClassVar[str] = "capture"


class InTheWayError(CaptureError):
    """A file of that name with other bytes is there, and nobody said that it may be replaced."""

    code: ClassVar[str] = "capture-in-the-way"


@dataclass(frozen=True, slots=True)
class Unsavable:
    """An object inside a model that pickle cannot save."""

    where: str
    """How to reach it from the model: "model.steps[1][1].func"."""
    value: Any
    reason: str
    """What pickle said of it, one line."""


class UnsavableError(CaptureError):
    """Something inside the model cannot be written to a file. `parts` are all such objects, as far as they were found."""

    code: ClassVar[str] = "capture-unsavable"

    def __init__(
        self, what: str, why: str = "", fix: str = "", *, parts: Sequence[Unsavable] = (), evidence: Sequence[str] = ()
    ) -> None:
        super().__init__(what, why, fix, evidence=evidence)
        self.parts = tuple(parts)
