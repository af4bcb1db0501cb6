"""Runs inside the locked environment, beside the bundle's files: the model alone, without server or handler.

It reads a job from stdin and writes the answers to stdout, as JSON. The person's handler.py is left out on purpose: a
mistake in it must show as a difference. Not imported by Sendoff; sent to the environment as text.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import math
import sys
import time
import warnings
from pathlib import Path
from typing import Any

JOB = dict[str, Any]


def load() -> Any:
    """The model, through the bundle's own loader, which lets the file have nothing but what was seen in it."""
    loading, settings = importlib.import_module("serving.loading"), importlib.import_module("serving.settings")
    return loading.load(settings.read().model)


def table(rows: list[Any], job: JOB) -> Any:
    """What `predict` is handed: a frame, an array or texts."""
    if job["layout"] == "texts":
        return rows
    names = [column["name"] for column in job["columns"]]
    listed = [[row[name] for name in names] if isinstance(row, dict) else row for row in rows]
    if job["layout"] == "frame":
        import pandas

        values: dict[str, Any] = {}
        for at, column in enumerate(job["columns"]):
            cells = [math.nan if row[at] is None else row[at] for row in listed]
            values[column["name"]] = pandas.Series(cells, dtype=column["dtype"])
        return pandas.DataFrame(values, columns=names)
    import numpy

    return numpy.array([[math.nan if cell is None else cell for cell in row] for row in listed], dtype="float64")


def answer(ask: Any, rows: list[Any], job: JOB) -> list[Any]:
    """One answer for each row, as plain data."""
    answers = ask(table(rows, job))
    return list(answers.tolist() if hasattr(answers, "tolist") else answers)


def alone(ask: Any, job: JOB, together: list[Any] | None) -> list[Any]:
    """Each row by itself: {"answer": …}, or {"error": …} where the model refuses the row.

    When the time is used up, the rest is taken from the answers given together.
    """
    end = time.monotonic() + job["seconds"]
    answers: list[Any] = []
    for at, row in enumerate(job["rows"]):
        if together is not None and time.monotonic() > end:
            answers.append({"answer": together[at]})
            continue
        try:
            answers.append({"answer": answer(ask, [row], job)[0]})
        except Exception as error:
            answers.append({"error": f"{type(error).__name__}: {error}"[:300]})
    return answers


def together(ask: Any, job: JOB) -> list[Any] | None:
    """All rows at once; None where the model refuses one of them."""
    try:
        return answer(ask, job["rows"], job)
    except Exception:
        return None


def main() -> None:
    warnings.simplefilter("ignore")
    job = json.load(sys.stdin)
    sys.path.insert(0, str(Path.cwd()))
    # Whatever a model prints while it loads must not mix with the answers.
    with contextlib.redirect_stdout(sys.stderr):
        model = load()
        result: JOB = {}
        for name in ("predict", "predict_proba") if job["proba"] else ("predict",):
            ask = getattr(model, name)
            batch = together(ask, job)
            result[name] = {"alone": alone(ask, job, batch), "together": batch}
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()
