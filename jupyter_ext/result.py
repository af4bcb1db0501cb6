"""What a run came to: a service that answers, as the notebook goes on with it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from wizard.errors import SendoffError

if TYPE_CHECKING:
    from jupyter_ext.capture.table import Wanted
    from wizard.plan.plan import Plan
    from wizard.targets import ReleasedService

_AT_ONCE = 1_000
"""Rows in one request: a service takes 10,000 or a few MiB unless its plan says otherwise."""


class NotDeployedError(SendoffError):
    """There is no service (yet) to speak of."""

    code: ClassVar[str] = "not-deployed"


@dataclass(frozen=True, slots=True)
class Result:
    """A service that was released by the run."""

    service: str
    """Its name."""
    url: str
    revision: str
    """The release that answers there."""
    place: str
    """Where it runs, in words; empty for this machine."""
    proof: str
    """How the revision was proved before it got traffic, a sentence; empty where the rehearsal was the proof."""
    seconds: float
    """What the run took."""
    changed: bool
    """False where it was all there already and nothing was written."""
    target: str = "local"
    """What `wizard.targets.find` takes to mean this one of several by its name: "local", PROJECT/REGION, or the address of a local
    Cloud Run."""

    def predict(self, rows: Any) -> list[Any]:
        """The service's answers to these rows, one for each.

        `rows`: a DataFrame, an array, a list of rows, a dict or a Series of one row. Raises TargetError where the service refuses
        them, in its own words, and CaptureError for what is no table. A private service is called with the identity of who is
        signed in.
        """
        from contextlib import closing

        from wizard.targets import find

        with closing(find(self.service, self.target)) as service:
            return ask(service, rows)

    def __repr__(self) -> str:
        return f"<{self.service} answers at {self.url}>"


def result_of(released: Mapping[str, Any], seconds: float, plan: Plan) -> Result:
    """From a `Release` as plain data, which is what a run's end holds, and the plan that was run."""
    target = plan.target
    return Result(
        service=str(released.get("service") or ""),
        url=str(released.get("url") or ""),
        revision=str(released.get("revision") or ""),
        place=str(released.get("place") or ""),
        proof=str(released.get("proof") or ""),
        seconds=seconds,
        changed=bool(released.get("changed", True)),
        target="local" if target.kind == "local" else target.endpoint or f"{target.project}/{target.region}",
    )


def ask(service: ReleasedService, rows: Any) -> list[Any]:
    """One answer for each row, in requests of a size that every service takes. Raises as `Result.predict` does."""
    from wizard.steps.reply_words import refusal

    answers: list[Any] = []
    listed = _features(rows, _wanted(Path(service.bundle)))
    for at in range(0, len(listed), _AT_ONCE):
        reply = service.predict({"instances": listed[at : at + _AT_ONCE]})
        if reply.status != 200:
            raise refusal(reply)
        answers += reply.answer["predictions"]
    return answers


def _wanted(bundle: Path) -> Wanted:
    """The inputs, as the bundle that the service was made of tells them; nothing where it has gone."""
    from jupyter_ext.capture.table import Wanted

    try:
        columns = json.loads((bundle / "service.json").read_text(encoding="utf-8"))["input"]["columns"]
        names = tuple(column.get("name") for column in columns)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Wanted(None, None)
    return Wanted(names if names and all(names) else None, len(names) or None)


def _features(rows: Any, wanted: Wanted) -> list[Any]:
    """Rows as a request has them: by column name where the model has names, else in order; a text where a row is one."""
    from jupyter_ext.capture.cells import plain
    from jupyter_ext.capture.table import table_of

    table = table_of(rows, wanted)
    try:
        cells = [[plain(value) for value in row] for row in table.cells(range(table.count))]
    except ValueError as error:
        raise _not_sendable(f"The rows hold a {error}.") from None
    if any(isinstance(cell, float) and math.isinf(cell) for row in cells for cell in row):
        raise _not_sendable("The rows hold an infinite number.")
    if table.texts:
        return [row[0] for row in cells]
    if wanted.names is None or table.names is None:
        return cells
    return [dict(zip(table.names, row, strict=True)) for row in cells]


def _not_sendable(why: str) -> SendoffError:
    return SendoffError(
        "The rows cannot be sent to the service.",
        f"{why} A request is JSON: numbers, texts, true and false, and None for what is missing.",
        "Turn it into one of these, or leave the row out.",
    )
