"""What is in a folder, in the order it is offered: folders, then what is named like a model, then the rest."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from urllib.parse import unquote

from wizard.errors import SendoffError
from wizard.inspection.model_file import MODEL_ENDINGS
from wizard.printable import one_line

LONGEST_PATH = 4096
"""Characters; no system takes a longer one."""
_DIGITS = re.compile(r"(\d+)")


class EntryKind(IntEnum):
    """In the order they are listed."""

    FOLDER = 0
    MODEL = 1
    """A file that is named like a model. What it is, only reading it tells."""
    OTHER = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a folder."""

    name: str
    kind: EntryKind
    size: int = 0
    """Bytes; 0 for a folder."""
    modified: float = 0.0
    """Seconds since the epoch; 0 where it cannot be told."""

    @property
    def hidden(self) -> bool:
        return self.name.startswith(".")

    @property
    def shown(self) -> str:
        """The name as it may be printed."""
        return one_line(self.name)


def read_folder(folder: Path) -> tuple[Entry, ...]:
    """Everything in the folder, hidden things too. Raises SendoffError where it cannot be read."""
    try:
        with os.scandir(folder) as found:
            entries = [_entry(one) for one in found]
    except OSError as error:
        raise _unreadable(folder, error) from None
    except ValueError:  # a null character in it
        raise SendoffError("That is no name of a folder.", "", "Check what was typed.") from None
    return tuple(sorted(entries, key=lambda entry: (entry.kind, _natural(entry.name))))


def _entry(found: os.DirEntry[str]) -> Entry:
    size, modified, folder = 0, 0.0, False
    try:
        folder = found.is_dir()
        status = found.stat()
        size, modified = (0 if folder else status.st_size), status.st_mtime
    except OSError:
        pass  # a link to nowhere, or a file that has gone since: it is listed, and reading it says what is wrong
    if folder:
        return Entry(found.name, EntryKind.FOLDER, 0, modified)
    likely = found.name.lower().endswith(MODEL_ENDINGS)
    return Entry(found.name, EntryKind.MODEL if likely else EntryKind.OTHER, size, modified)


def _natural(name: str) -> tuple[tuple[bool, int, str], ...]:
    """Sorts model-2 before model-10."""
    parts = _DIGITS.split(name.casefold())
    return tuple((True, int(part), "") if part.isdecimal() else (False, 0, part) for part in parts if part)


def _unreadable(folder: Path, error: OSError) -> SendoffError:
    shown = one_line(str(folder))
    if isinstance(error, FileNotFoundError):
        return SendoffError(f"There is no folder {shown}.", "", "Check the path.")
    if isinstance(error, NotADirectoryError):
        return SendoffError(f"{shown} is no folder.", "", "Check the path.")
    if isinstance(error, PermissionError):
        return SendoffError(
            f"{shown} cannot be read.",
            "Your account has no permission to look into this folder.",
            f"chmod u+rx {shown}, or ask its owner.",
        )
    return SendoffError(f"{shown} cannot be read.", f"{error.strerror or error}.", "Check the disk it is on.")


def matching(entries: Iterable[Entry], text: str, hidden: bool) -> tuple[Entry, ...]:
    """The entries whose name holds every word of `text`, those that begin with it first. Hidden ones only with `hidden`, or
    where the text begins with a dot."""
    wanted = text.casefold().strip()
    words = wanted.split()
    seen = hidden or wanted.startswith(".")
    first: list[Entry] = []
    later: list[Entry] = []
    for entry in entries:
        if not seen and entry.hidden:
            continue
        name = entry.name.casefold()
        if all(word in name for word in words):
            (first if name.startswith(wanted) else later).append(entry)
    return (*first, *later)


def pasted_path(text: str) -> str:
    """A path as it was meant: without the quotes, `file://` or backslashes that terminals and file managers put to it."""
    line = next((part.strip() for part in text.splitlines() if part.strip()), "")
    if line.startswith("file://"):
        return unquote(line.removeprefix("file://"))
    if len(line) > 1 and line[0] == line[-1] and line[0] in "'\"":
        return line[1:-1]
    return re.sub(r"\\([ '\"()&\[\]])", r"\1", line)


def folder_meant(typed: str, folder: Path) -> Path:
    """The folder that what was typed names, seen from `folder`; `~` is home."""
    if typed.startswith("~"):
        name, _, rest = typed.partition("/")
        home = Path.home() if name == "~" else Path(name).expanduser()
        return home / rest
    return Path(os.path.normpath(folder / typed))


def in_words(path: Path) -> str:
    """The path as people write it, with ~ for home."""
    home = Path.home()
    shown = f"~/{path.relative_to(home)}" if path != home and path.is_relative_to(home) else str(path)
    return one_line("~" if path == home else shown)
