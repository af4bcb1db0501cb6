"""An inspection as plain data for JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from wizard.inspection.inspection import Inspection


def to_dict(inspection: Inspection) -> dict[str, Any]:
    """JSON-safe data; the keys are the field names and stay."""
    data: dict[str, Any] = _plain(asdict(inspection))
    return data


def _plain(value: Any) -> Any:
    """Tuples as lists, enums as their text."""
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return str(value) if isinstance(value, str) else value
