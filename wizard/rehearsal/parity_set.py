"""Answers to expect of a service: what the rehearsal compares with, and the proof of a release after it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from wizard.rehearsal.rows import Row

EXACT = 0.0
ROUNDING = 1e-12
"""Relative. What batching may change in a model that goes through BLAS: measured 1.3e-15 for a linear model."""
OTHER_MACHINE = 1e-9
"""Relative. What another processor, BLAS or thread count may change."""


@dataclass(frozen=True, slots=True)
class ParitySet:
    """Rows with the answers that are expected of the service.

    `predictions` and `probabilities` are as `predict(...).tolist()` and `predict_proba(...).tolist()` give them, one for
    each row, probabilities in the order of `classes_`. All of it is plain JSON data.
    """

    rows: tuple[Row, ...]
    predictions: tuple[Any, ...]
    probabilities: tuple[Any, ...] | None
    reference: str
    """Where the answers come from, e.g. "the live model in the notebook"."""
    tolerance: float = OTHER_MACHINE
    """Relative; 0: the same bits."""

    def __post_init__(self) -> None:
        answers = [self.predictions] if self.probabilities is None else [self.predictions, self.probabilities]
        if any(len(part) != len(self.rows) for part in answers):
            raise ValueError("A parity set needs one answer for each row.")

    def to_json(self) -> str:
        """The set as text; floats keep their every bit."""
        return json.dumps(
            {
                "rows": self.rows,
                "predictions": self.predictions,
                "probabilities": self.probabilities,
                "reference": self.reference,
                "tolerance": self.tolerance,
            }
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> ParitySet:
        """The set that `to_json` wrote."""
        data = json.loads(text)
        return cls(
            rows=tuple(tuple(row) if isinstance(row, list) else row for row in data["rows"]),
            predictions=tuple(data["predictions"]),
            probabilities=None if data["probabilities"] is None else tuple(data["probabilities"]),
            reference=data["reference"],
            tolerance=data["tolerance"],
        )
