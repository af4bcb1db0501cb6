"""The answers to expect: the model alone, in the locked environment."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wizard.errors import RehearsalError
from wizard.events import Reporter
from wizard.inspection.inspection import Column, Inspection, Kind
from wizard.rehearsal.parity import difference, finite, typical_size
from wizard.rehearsal.parity_set import EXACT, ROUNDING, ParitySet
from wizard.rehearsal.rows import Row
from wizard.runtimes.runtime import Runtime

REFERENCE = "the model loaded alone in the locked environment"
_SECONDS = 20.0
_TIMEOUT = 300.0


def ask_the_model(rows: Sequence[Row], inspection: Inspection, runtime: Runtime, reporter: Reporter) -> ParitySet:
    """What the model alone answers to the rows. Rows that it refuses, or answers with NaN or Infinity, are left out.

    The tolerance is 0 where the model's answers do not depend on what a row is batched with, else 1e-12.
    Raises RehearsalError where the model cannot be loaded or answers nothing; CancelledError.
    """
    job = {
        "rows": rows,
        "layout": inspection.layout.value,
        "columns": [{"name": column.name, "dtype": _dtype(column)} for column in inspection.columns],
        "proba": inspection.has_proba,
        "seconds": _SECONDS,
    }
    script = Path(__file__).with_name("reference_script.py").read_text(encoding="utf-8")
    output = runtime.run_script(script, stdin=json.dumps(job).encode(), timeout=_TIMEOUT, reporter=reporter)
    try:
        result: dict[str, Any] = json.loads(output)
        predicted = result["predict"]["alone"]
    except (ValueError, KeyError, TypeError):
        raise RehearsalError(
            "The model alone gave no answers.",
            "What came back from the locked environment is no JSON: something writes to its output.",
            "Look at what the model's own modules print.",
            evidence=[output[:300].decode(errors="replace")],
        ) from None
    probable = result["predict_proba"]["alone"] if inspection.has_proba else None
    kept = [at for at, one in enumerate(predicted) if _usable(one) and (probable is None or _usable(probable[at]))]
    if not kept:
        raise RehearsalError(
            "The model refuses every row it was given.",
            "The rows were made from what the model file says about its inputs.",
            "Give a row that works as the sample request: sample.json in the bundle.",
            evidence=[one["error"] for one in predicted[:3] if "error" in one],
        )
    predictions = tuple(predicted[at]["answer"] for at in kept)
    exact = inspection.exact_batches and _same(predictions, result["predict"]["together"], kept)
    return ParitySet(
        rows=tuple(rows[at] for at in kept),
        predictions=predictions,
        probabilities=None if probable is None else tuple(probable[at]["answer"] for at in kept),
        reference=REFERENCE,
        tolerance=EXACT if exact else ROUNDING,
    )


def _dtype(column: Column) -> str:
    """What a frame's column held in training, as far as the file tells."""
    if column.kind is Kind.BOOLEAN and not column.missing:
        return "bool"
    numbers = bool(column.categories) and all(type(one) in (int, float) for one in column.categories)
    return "float64" if column.kind is Kind.NUMBER or (column.kind is Kind.CATEGORY and numbers) else "object"


def _usable(one: dict[str, Any]) -> bool:
    """The model answered, in numbers that JSON has."""
    return "answer" in one and finite(one["answer"])


def _same(predictions: Sequence[Any], together: Sequence[Any] | None, kept: Sequence[int]) -> bool:
    """The model itself gives the same bits whatever it is batched with."""
    if together is None:
        return True
    size = typical_size(predictions)
    return all(difference(one, together[at], size) == 0 for one, at in zip(predictions, kept, strict=True))
