"""What could stand in a field for the model file: the files beside it that look like models."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from wizard.inspection.model_file import MODEL_ENDINGS

_MOST = 100
_MOST_FOLDERS = 50


def model_files(folder: Path, spelled: str = "") -> tuple[str, ...]:
    """Model files in a folder and in the folders within it; `spelled` is how the folder itself is written, with its slash."""
    folders = [folder, *sorted(islice((entry for entry in _entries(folder) if _is_folder(entry)), _MOST_FOLDERS))]
    found = (
        f"{spelled}{file.relative_to(folder).as_posix()}"
        for inner in folders
        for file in sorted(_entries(inner))
        if file.suffix.lower() in MODEL_ENDINGS
    )
    return tuple(islice(found, _MOST))


def _entries(folder: Path) -> list[Path]:
    try:
        return [entry for entry in folder.iterdir() if not entry.name.startswith(".")]
    except OSError:
        return []  # gone, or not to be read: then there is nothing to suggest


def _is_folder(entry: Path) -> bool:
    try:
        return entry.is_dir() and not entry.is_symlink()
    except OSError:
        return False
