"""Opening a model file: a regular file that can be read, and is the same at the end as at the start."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from wizard.errors import InspectionError

HEAD = 4096
MODEL_ENDINGS = (".joblib", ".pkl", ".pickle", ".sav", ".model")
"""What files of the models that are read here are called, as a rule."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """An open model file."""

    path: Path
    stream: FileIO
    size: int
    modified: float
    head: bytes
    """Its first bytes."""

    def ensure_unchanged(self) -> None:
        """Fail if the file was written to since it was opened."""
        now = os.fstat(self.stream.fileno())
        if (now.st_size, now.st_mtime) != (self.size, self.modified):
            raise InspectionError(
                f"{self.path.name} changed while it was read.",
                f"It had {self.size:,} bytes at first and has {now.st_size:,} now: something is still writing it.",
                "Wait until the file is complete, then try again.",
            )


@contextmanager
def opened(path: Path) -> Iterator[ModelFile]:
    """Open a model file, or say why that cannot be. Never waits on a pipe or device."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise _not_a_file(path)
        # Between the look and the opening the path may have become a pipe, which would wait for ever.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        raise InspectionError(f"There is no file {path}.", _nearby(path), "Check the path.") from None
    except PermissionError:
        raise InspectionError(
            f"{path} cannot be read.", "Your account has no permission to.", f"chmod u+r {path}, or ask its owner."
        ) from None
    except (OSError, ValueError) as error:
        raise InspectionError(f"{path} cannot be opened.", str(error), "Check the path and the disk.") from None
    with FileIO(descriptor, "rb") as stream:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise _not_a_file(path)
        if status.st_size == 0:
            raise InspectionError(
                f"{path.name} is empty.",
                "Saving it did not finish, or only its name was copied.",
                "Save the model again: joblib.dump(model, path).",
            )
        head = stream.read(HEAD)
        stream.seek(0)
        yield ModelFile(path, stream, status.st_size, status.st_mtime, head)


def _not_a_file(path: Path) -> InspectionError:
    if path.is_dir():
        models = sorted(entry.name for entry in path.iterdir() if entry.suffix in MODEL_ENDINGS)[:5]
        fix = f"Name the file: {path / models[0]}" if models else "Name the model file itself."
        return InspectionError(
            f"{path} is a folder, not a model file.", f"It holds {', '.join(models)}." if models else "", fix
        )
    return InspectionError(
        f"{path} is no regular file.",
        "It is a pipe, socket or device: a model must be read twice, which these cannot be.",
        "Save the model to a file first.",
    )


def _nearby(path: Path) -> str:
    """Model files where the missing one was looked for."""
    folder = path.parent
    if not folder.is_dir():
        return f"There is no folder {folder} either."
    try:
        models = sorted(entry.name for entry in folder.iterdir() if entry.suffix in MODEL_ENDINGS)[:5]
    except OSError:
        return ""
    return f"In {folder} there is {', '.join(models)}." if models else ""
