"""A small JSON file about a service, written whole or not at all, also where two write it at once."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wizard.errors import TargetError


def note_down(path: Path, service: str, data: Mapping[str, Any]) -> None:
    """Write what is to be remembered of a service. Raises TargetError where the folder cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A name of its own for each writer: two that shared one would take each other's file away.
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=f"{path.stem}.", suffix=".part", delete=False
        ) as part:
            part.write(json.dumps(data, indent=2) + "\n")
        Path(part.name).replace(path)
    except OSError as error:
        raise TargetError(
            f"The service {service} could not be noted down.",
            f"{error.strerror or error}: {path}",
            "Make the folder writable, or set SENDOFF_HOME to one that is.",
        ) from error
