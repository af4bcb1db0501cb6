"""The live model's own answers, asked at the moment it is saved: what every later stage has to give again."""

from __future__ import annotations

import json
import math
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_ext.capture.errors import CaptureError
from jupyter_ext.capture.exporting import Exported
from jupyter_ext.capture.fitness import is_not_fitted, unfitted
from jupyter_ext.capture.sample import Sample
from wizard.errors import PlanError
from wizard.events import Reporter, silent
from wizard.inspection.inspection import Column, Inspection, Kind, Layout
from wizard.printable import one_line
from wizard.recorded import Recorded, refined
from wizard.rehearsal.parity import difference, finite, typical_size
from wizard.rehearsal.parity_set import OTHER_MACHINE, ParitySet
from wizard.rehearsal.rows import Row, make_rows

REFERENCE = "the live model in the notebook"
_SHOWN = 300
"""Characters of what the model said, at most."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What was recorded, and what the person should know of it, a sentence each."""

    recorded: Recorded | None
    """None where there was nothing to ask the model with."""
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Asked:
    rows: tuple[Row, ...]
    predictions: list[Any]
    probabilities: list[Any] | None


def record(
    model: Any,
    sample: Sample | None,
    exported: Exported,
    inspection: Inspection,
    *,
    reporter: Reporter | None = None,
    variable: str = "model",
) -> Recording:
    """Ask the live model with the sample; without one, with rows made from what the file says about its inputs.

    The model is asked twice, so that one whose answers change by themselves is known for it. Rows that it answers with NaN or
    infinity are left out. Raises CaptureError where the model fails on the sample, or its answers are no plain data.
    """
    reporter = reporter or silent("record")
    rows = sample.rows if sample is not None else _made_rows(inspection)
    if not rows:
        return Recording(
            None,
            (
                "The file does not tell what its inputs are, so nothing could be recorded: give rows with sample=X_test, and the "
                "service is held to the live model's own answers.",
            ),
        )
    reporter.progress(0, len(rows), unit="rows", what="asking the live model")
    asking = _Asking(model, inspection, variable)
    asked = asking.about(rows, sample.data) if sample is not None else asking.about_those_it_takes(rows, reporter)
    reporter.check()
    notices = list(sample.notices) if sample is not None else []
    again = asking.about(asked.rows, sample.data if sample is not None else _formed(asked.rows, inspection))
    if _apart(asked, again):
        notices.append(
            f"{variable} gave two answers to the same rows: its predictions depend on chance, so the service cannot be held to "
            "them exactly. Set its random_state, or expect the rehearsal to object."
        )
    asked, left = _finite_only(asked)
    if left:
        notices.append(f"{left} of {len(rows)} rows were answered with NaN or infinity and were left out.")
    answers = ParitySet(
        rows=asked.rows,
        predictions=tuple(asked.predictions),
        probabilities=None if asked.probabilities is None else tuple(asked.probabilities),
        reference=REFERENCE,
        tolerance=OTHER_MACHINE,
    )
    recorded = Recorded(exported.sha256, sample.columns if sample is not None else (), answers)
    _check(recorded, inspection)
    reporter.progress(len(rows), len(rows), unit="rows", what="asking the live model")
    return Recording(recorded, tuple(notices))


class _Asking:
    """The questions to one model."""

    def __init__(self, model: Any, inspection: Inspection, variable: str) -> None:
        self._variable = variable
        self._inspection = inspection
        self._predict: Callable[[Any], Any] = model.predict if hasattr(model, "predict") else model.transform
        self._proba: Callable[[Any], Any] | None = (
            getattr(model, "predict_proba", None) if inspection.has_proba else None
        )

    def about(self, rows: Sequence[Row], data: Any) -> _Asked:
        """The answers to all rows at once."""
        try:
            predictions = _answers(self._predict, data)
            probabilities = None if self._proba is None else _answers(self._proba, data)
        except CaptureError:
            raise
        except Exception as error:
            raise self._refused(len(rows), error) from None
        for each in (predictions, probabilities):
            if each is not None and len(each) != len(rows):
                raise CaptureError(
                    f"{self._variable} gave {len(each)} answers to {len(rows)} rows.",
                    "A service needs one answer for each row. A model that reads raw text takes a frame for a list of its columns.",
                    "Give a text model a list or one column of texts: sample=X_test['text']. A model of your own has to answer "
                    "each row.",
                )
        return _Asked(tuple(rows), predictions, probabilities)

    def about_those_it_takes(self, rows: Sequence[Row], reporter: Reporter) -> _Asked:
        """The answers to the rows that the model does not refuse: rows that were made up may go too far."""
        try:
            return self.about(rows, _formed(rows, self._inspection))
        except CaptureError as error:
            refusal = error
        alone: list[_Asked] = []
        for row in rows:
            reporter.check()
            try:
                alone.append(self.about([row], _formed([row], self._inspection)))
            except CaptureError as error:
                refusal = error
        if not alone:
            raise CaptureError(
                f"{self._variable} refuses every row that was made up for it.",
                "The rows were made from what its file says about its inputs.",
                "Give rows it takes: sample=X_test",
                evidence=refusal.evidence,
            )
        predictions = [one.predictions[0] for one in alone]
        probable = [one.probabilities[0] for one in alone if one.probabilities is not None]
        return _Asked(tuple(one.rows[0] for one in alone), predictions, probable or None)

    def _refused(self, count: int, error: Exception) -> CaptureError:
        said = [one_line(line.strip())[:_SHOWN] for line in str(error).splitlines() if line.strip()]
        if is_not_fitted(error):
            return unfitted(self._variable, "", said[0] if said else "")
        return CaptureError(
            f"{self._variable} cannot answer the sample.",
            f"Asked for {count} {'row' if count == 1 else 'rows'}, it failed with {type(error).__name__}.",
            f"Try {self._variable}.predict(sample) in a cell: give the rows in the form it was fitted with.",
            evidence=[said[-1] if said else type(error).__name__],
        )


def _answers(ask: Callable[[Any], Any], data: Any) -> list[Any]:
    """One answer for each row, as plain data; several outputs' probabilities are a table each, and come row by row."""
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # names of features, versions: the person has seen them, or will at the rehearsal
        answers = ask(data)
    if isinstance(answers, list) and answers and getattr(answers[0], "ndim", 0) == 2:
        return [list(row) for row in zip(*(table.tolist() for table in answers), strict=True)]
    if hasattr(answers, "toarray"):
        answers = answers.toarray()
    if hasattr(answers, "to_numpy"):
        answers = answers.to_numpy()
    if hasattr(answers, "tolist"):
        answers = answers.tolist()
    if not isinstance(answers, list | tuple):
        raise CaptureError(
            f"The model's answer is a {type(answers).__name__}, not one answer for each row.",
            "A service needs a list or an array from predict.",
            "Let predict return an array with one answer for each row.",
        )
    return list(answers)


def _made_rows(inspection: Inspection) -> tuple[Row, ...]:
    if not inspection.columns and inspection.layout is not Layout.TEXTS:
        return ()
    return make_rows(inspection, None)


def _formed(rows: Sequence[Row], inspection: Inspection) -> Any:
    """Rows in the form the model is served with: its types follow the columns, as in the service."""
    if inspection.layout is Layout.TEXTS:
        return [row if isinstance(row, str) else str(next(iter(row))) for row in rows]
    listed = [list(row) for row in rows]
    if inspection.layout is Layout.FRAME:
        import pandas  # a model that selects columns by name was fitted with it

        names = inspection.column_names or range(len(inspection.columns))
        columns = zip(names, inspection.columns, zip(*listed, strict=True), strict=True)
        return pandas.DataFrame({name: _series(pandas, column, values) for name, column, values in columns})
    filled = [[math.nan if cell is None else cell for cell in row] for row in listed]
    numpy = sys.modules.get("numpy")
    array: Any = filled if numpy is None else numpy.array(filled, dtype="float64")
    pandas_too = sys.modules.get("pandas")
    if inspection.column_names is not None and pandas_too is not None:
        array = pandas_too.DataFrame(array, columns=list(inspection.column_names))
    return array


def _series(pandas: Any, column: Column, values: Sequence[Any]) -> Any:
    numbers = bool(column.categories) and all(type(one) in (int, float) for one in column.categories)
    if column.kind is Kind.NUMBER or (column.kind is Kind.CATEGORY and numbers):
        dtype = "float64"
    else:
        dtype = "bool" if column.kind is Kind.BOOLEAN and not column.missing else "object"
    return pandas.Series([math.nan if value is None else value for value in values], dtype=dtype)


def _apart(one: _Asked, other: _Asked) -> bool:
    """Whether the same rows were answered differently."""
    pairs = [(one.predictions, other.predictions), (one.probabilities or [], other.probabilities or [])]
    return any(difference(first, second, typical_size(first)) > OTHER_MACHINE for first, second in pairs)


def _finite_only(asked: _Asked) -> tuple[_Asked, int]:
    """The rows that were answered in numbers JSON has, and how many were not."""
    probable = asked.probabilities
    kept = [
        at
        for at, answer in enumerate(asked.predictions)
        if finite(answer) and (probable is None or finite(probable[at]))
    ]
    if not kept:
        raise CaptureError(
            "The model answers every row with NaN or infinity.",
            "A service's answers are JSON, which has no such numbers.",
            "Look at the model: was it fitted on data with NaN or infinite numbers in it?",
        )
    rows = tuple(asked.rows[at] for at in kept)
    predictions = [asked.predictions[at] for at in kept]
    return _Asked(rows, predictions, probable and [probable[at] for at in kept]), len(asked.rows) - len(kept)


def _check(recorded: Recorded, inspection: Inspection) -> None:
    """Raise CaptureError where the answers are no plain data, or the sample's columns are not those the file tells of."""
    try:
        json.dumps(recorded.answers.predictions, allow_nan=False)
        Recorded.from_json(recorded.to_json())
        refined(inspection, recorded)
    except TypeError:
        kind = type(recorded.answers.predictions[0])
        raise CaptureError(
            "The model's answers are no plain data.",
            f"Its first answer is of the type {kind.__module__}.{kind.__qualname__}: a service answers in JSON, which has texts, "
            "numbers, true, false and null.",
            "Let predict return numbers or texts.",
        ) from None
    except PlanError as error:
        raise CaptureError(
            "The sample has other columns than the model takes.",
            error.why,
            "Give the inputs as the model was fitted with, without the column it predicts.",
        ) from None
    except ValueError as error:
        raise CaptureError(
            "The model's answers cannot be recorded.", str(error), "Give fewer or simpler rows as the sample."
        ) from None
