"""The value and its file: `<stem>.recorded.json` beside the model. Plain data, never code."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from wizard.errors import PlanError
from wizard.inspection.inspection import Column
from wizard.recorded.shapes import answers_in, columns_in, digest_in, entries_in
from wizard.rehearsal.parity_set import ParitySet

FIELD = "model.recorded"
"""The field of the plan that names the file."""
LARGEST = 64 * 1024 * 1024
"""Bytes. 64 rows of a thousand columns take about one MiB."""
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the live model said, and what its sample says about the inputs."""

    model_sha256: str
    """Of the file the answers belong to."""
    columns: tuple[Column, ...]
    """What the sample says about each input, in order; () where nothing."""
    answers: ParitySet
    """Rows with the live model's answers. Every number in them is finite: JSON has no other."""

    def to_json(self) -> str:
        """As text; floats keep their every bit. Raises ValueError where a number is NaN or infinite."""
        data = {
            "sendoff_recorded": _VERSION,
            "model_sha256": self.model_sha256,
            "columns": [asdict(column) for column in self.columns],
            "reference": self.answers.reference,
            "tolerance": self.answers.tolerance,
            "rows": self.answers.rows,
            "predictions": self.answers.predictions,
            "probabilities": self.answers.probabilities,
        }
        return json.dumps(data, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Recorded:
        """What `to_json` wrote. Raises ValueError with a sentence that says what is wrong with it."""
        try:
            data = entries_in(text)
            if data.get("sendoff_recorded") != _VERSION:
                raise ValueError(f"This Sendoff reads records that say sendoff_recorded: {_VERSION}; it does not.")
            columns = columns_in(data)
            return cls(digest_in(data), columns, answers_in(data, columns))
        except RecursionError:
            raise ValueError("It is nested too deeply.") from None


def recorded_path_of(model: Path) -> Path:
    """Where the answers of a model file lie: `model.pkl` → `model.recorded.json`, beside it."""
    return model.with_name(f"{model.stem}.recorded.json")


def read_recorded(path: Path) -> Recorded:
    """The answers in a file. Raises PlanError where it is gone, too large, or no such record."""
    remedy = f"Record them again with the live model, or take {FIELD} out of the plan."
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:  # ValueError: a name no file can have
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise PlanError(
            f"The recorded answers {path.name} cannot be read.", f"{said}: {path}", remedy, field=FIELD
        ) from None
    if len(text) > LARGEST:
        raise PlanError(
            f"{path.name} is too large for recorded answers.",
            f"It has more than {LARGEST // 1024**2} MiB.",
            "Record fewer rows: 64 are enough to tell two models apart.",
            field=FIELD,
        )
    try:
        return Recorded.from_json(text)
    except ValueError as error:
        raise PlanError(f"{path.name} holds no recorded answers.", str(error), remedy, field=FIELD) from None


def recorded_for(path: Path, model_sha256: str) -> Recorded:
    """The answers in a file, of the model with this digest. Raises PlanError; also where they are of another file."""
    recorded = read_recorded(path)
    if recorded.model_sha256 != model_sha256:
        raise PlanError(
            f"The answers in {path.name} were recorded with another model file.",
            f"They belong to the file with SHA-256 {recorded.model_sha256[:12]}…; the model is {model_sha256[:12]}…: it was saved "
            "again, or replaced, since.",
            f"Record them again with the live model, or take {FIELD} out of the plan: the model alone is asked then.",
            field=FIELD,
        )
    return recorded


def write_recorded(path: Path, recorded: Recorded) -> None:
    """Write them, whole or not at all, readable for their owner only: the rows may be people's data.

    Raises PlanError where the file cannot be written; ValueError where it could not be read back.
    """
    text = recorded.to_json()
    Recorded.from_json(text)
    part: Path | None = None
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        part = Path(name)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        part.replace(path)
    except OSError as error:
        raise PlanError(
            f"The recorded answers could not be written to {path}.",
            f"{error.strerror or error}.",
            "Choose a folder you may write to, with room.",
            field=FIELD,
        ) from None
    finally:
        if part is not None:
            with contextlib.suppress(OSError):
                part.unlink()
