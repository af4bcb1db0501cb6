"""What is wrong with the person's own code that is to be shipped, each at its row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from wizard.plan.problem import Problem

_ENDINGS = frozenset({".py", ".so"})


def module_problems(field: str, rows: Sequence[str], folder: Path) -> Iterator[Problem]:
    """A row is the path of a Python file or of a package's folder, seen from the plan's `folder`."""
    for number, row in enumerate(rows):
        if (problem := _problem(f"{field}.{number}", row, folder)) is not None:
            yield problem


def _problem(at: str, row: str, folder: Path) -> Problem | None:
    path = folder / row
    try:
        if path.is_dir():
            if folder.resolve().is_relative_to(path.resolve()):
                return Problem(
                    at,
                    f"{row} holds the plan itself.",
                    "All that lies in the folder would be shipped with the model.",
                    "Name the files and folders that the model imports, one a line.",
                )
            return None
        if path.is_file():
            if path.suffix in _ENDINGS:
                return None
            return Problem(
                at,
                f"{row} is no Python file.",
                "What the model imports is a file that ends in .py, or a folder of such.",
                "Correct the name. A file that your code reads is added to the bundle's folder instead.",
            )
    except (OSError, ValueError):
        pass  # a name that no file can have
    return Problem(
        at,
        f"{row} is not there.",
        f"Your own code is looked for in {folder}.",
        "Correct the path. A package that others publish goes under “More packages”.",
    )
