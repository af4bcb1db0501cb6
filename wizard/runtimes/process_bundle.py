"""A detached process's own copy of the bundle: the person's is replaced by every run, and edited while it serves."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from wizard.errors import TargetError

_MODEL = "model"


def copy_bundle(bundle: Path, to: Path) -> None:
    """Copy the bundle's folder. Raises TargetError where it cannot be; part of it may lie there then.

    Model files are hard links where they can be: they are large, and nobody edits them in the bundle, where a new one
    is a new file. All else is copied, as a person's editor may write into the very file.
    """
    models = str(bundle / _MODEL) + os.sep

    def place(source: str, target: str) -> str:
        if source.startswith(models) and not Path(source).is_symlink():
            try:
                os.link(source, target)
            except OSError:  # another file system, or one without hard links
                pass
            else:
                return target
        return shutil.copy2(source, target)

    try:
        shutil.copytree(bundle, to, copy_function=place, ignore_dangling_symlinks=True)
    except OSError as error:
        raise TargetError(
            "The bundle could not be copied for the service.",
            f"A process keeps its own copy in {to}. {_first(error)}",
            "Make room there, or set SENDOFF_HOME to a folder you may write to.",
        ) from error


def _first(error: OSError) -> str:
    if isinstance(error, shutil.Error):  # of many: (from, to, what)
        return str(error.args[0][0][2])
    return f"{error.strerror or error}: {error.filename}"
