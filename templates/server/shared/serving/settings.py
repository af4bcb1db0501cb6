"""What service.json says, typed. Every other file reads it from here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Scalar = str | int | float | bool
FOLDER = Path(__file__).resolve().parent.parent
"""The bundle."""


@dataclass(frozen=True)
class Column:
    """One input of the model, in the order it was trained with."""

    name: str | None
    kind: str
    """"number", "category", "text" or "boolean"."""
    categories: tuple[Scalar, ...] = ()
    closed: bool = False
    """Only `categories` are accepted: the model fails on any other value."""
    missing: bool = False
    """The model handles a missing value: null is accepted."""
    example: Scalar | None = None


@dataclass(frozen=True)
class Model:
    """The model file, and what was seen in it when it was inspected."""

    file: Path
    sha256: str
    format: str
    """"joblib" or "pickle"."""
    compression: str
    type: str
    framework: str
    version: str | None
    task: str
    globals: frozenset[str]
    """Every class and function the file may load; anything else is refused."""
    main: str | None
    """The module that now defines what the file knows as `__main__`."""
    parallel: bool
    """Some part asks for several jobs, which one request at a time is slower with."""


@dataclass(frozen=True)
class Settings:
    """The whole of service.json."""

    name: str
    model: Model
    layout: str
    """What the model is handed: "array", "frame" (a pandas DataFrame) or "texts" (a list of strings)."""
    columns: tuple[Column, ...]
    """Empty where the model file does not tell its inputs."""
    classes: tuple[Scalar, ...]
    proba: bool
    max_rows: int
    """Most rows in one request."""
    max_body: int
    """Largest request, in bytes."""
    batching: bool
    max_batch: int
    """Most rows predicted together."""
    max_queue: int
    """Most rows waiting; beyond it a request is answered 503."""
    threads: int
    """Requests the Flask server works on at a time."""
    slow_seconds: float
    """A request that takes longer is logged."""
    room: int
    """Bytes that all large requests together may hold; beyond it one is answered 503."""

    @property
    def names(self) -> tuple[str, ...] | None:
        """Names of all columns, or None where they have none."""
        names = tuple(column.name for column in self.columns if column.name is not None)
        return names if names and len(names) == len(self.columns) else None

    @property
    def example(self) -> list[Any] | None:
        """One plausible row, or None where the inputs are not known."""
        return [column.example for column in self.columns] or None


def read(path: Path = FOLDER / "service.json") -> Settings:
    """Read service.json. Raises ValueError naming what is missing or wrong in it."""
    try:
        data = json.loads(path.read_bytes())
        model, inputs, output = data["model"], data["input"], data["output"]
        limits, batching, server = data["limits"], data["batching"], data["server"]
        return Settings(
            name=data["name"],
            model=Model(
                file=path.parent / model["file"],
                sha256=model["sha256"],
                format=model["format"],
                compression=model["compression"],
                type=model["type"],
                framework=model["framework"],
                version=model["version"],
                task=model["task"],
                globals=frozenset(model["globals"]),
                main=model["main"],
                parallel=model["parallel"],
            ),
            layout=inputs["layout"],
            columns=tuple(
                Column(
                    name=column["name"],
                    kind=column["kind"],
                    categories=tuple(column.get("categories", ())),
                    closed=column.get("closed", False),
                    missing=column.get("missing", False),
                    example=column.get("example"),
                )
                for column in inputs["columns"]
            ),
            classes=tuple(output["classes"]),
            proba=output["proba"],
            max_rows=_positive(limits, "rows"),
            max_body=_positive(limits, "body"),
            batching=batching["on"],
            max_batch=_positive(batching, "max_batch"),
            max_queue=_positive(batching, "max_queue"),
            threads=_positive(server, "threads"),
            slow_seconds=server["slow_seconds"],
            room=_positive(server, "room"),
        )
    except KeyError as error:
        raise ValueError(f"{path.name} lacks {error.args[0]!r}") from error
    except (TypeError, AttributeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path.name} is not what it should be: {error}") from error


def _positive(section: dict[str, Any], key: str) -> int:
    value = section[key]
    if type(value) is not int or value < 1:
        raise ValueError(f"service.json: {key!r} must be a whole number above 0, not {value!r}")
    return value
