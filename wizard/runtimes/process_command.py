"""The command that starts a bundle's server: the one its image would run."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from wizard.errors import TargetError

_COMMAND = re.compile(r"^(CMD|ENTRYPOINT)\s+(.+)$", re.IGNORECASE | re.MULTILINE)
_SERVER = "server.py"


def server_command(bundle: Path, python: Path, environment: Mapping[str, str]) -> list[str]:
    """The Dockerfile's ENTRYPOINT and CMD with `python` for its interpreter; without them, the server itself.

    Raises TargetError where the bundle has no server, or names a program that is not there.
    """
    program, *arguments = _written(bundle) or ["python", _SERVER]
    if program in ("python", "python3"):
        if _SERVER in arguments and not (bundle / _SERVER).is_file():
            raise TargetError(
                "The bundle has no server.",
                f"There is no {_SERVER} in {bundle}.",
                "Make it again with `sendoff bundle`.",
            )
        return [str(python), *arguments]
    found = shutil.which(program, path=environment["PATH"])
    if found is None:
        raise TargetError(
            f"The server {program!r} is not installed.",
            "It is named by the bundle's Dockerfile, and neither the locked environment nor the PATH has it.",
            "Add what provides it to image.extra_requirements in sendoff.yaml, or correct CMD in the Dockerfile.",
        )
    return [found, *arguments]


def _written(bundle: Path) -> list[str]:
    try:
        text = (bundle / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    except (OSError, ValueError):
        return []
    last = {match[1].upper(): match[2].strip() for match in _COMMAND.finditer(text)}
    return [*_parts(last.get("ENTRYPOINT", "[]")), *_parts(last.get("CMD", "[]"))]


def _parts(written: str) -> list[str]:
    """A JSON list is the command itself; anything else is a line for the shell, as Docker has it."""
    try:
        parts = json.loads(written)
    except ValueError:
        parts = None
    if isinstance(parts, list) and all(isinstance(part, str) for part in parts):
        return parts
    return ["/bin/sh", "-c", written]
