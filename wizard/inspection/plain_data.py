"""An inspection as plain data for JSON, and back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from wizard.inspection.inspection import (
    Column,
    Estimator,
    Finding,
    Inspection,
    Kind,
    Layout,
    LocalModule,
    Requirement,
    Severity,
    Task,
)


def to_dict(inspection: Inspection) -> dict[str, Any]:
    """JSON-safe data; the keys are the field names and stay."""
    data: dict[str, Any] = _plain(asdict(inspection))
    return data


def from_dict(data: dict[str, Any]) -> Inspection:
    """The inspection `to_dict` was given; `KeyError` or `TypeError` where the data is not such a one."""
    return Inspection(
        **{
            **data,
            "other_versions": tuple(data["other_versions"]),
            "classes": tuple(data["classes"]),
            "globals": tuple(data["globals"]),
            "tree": _estimator(data["tree"]) if data["tree"] is not None else None,
            "task": Task(data["task"]),
            "layout": Layout(data["layout"]),
            "columns": tuple(_column(column) for column in data["columns"]),
            "requirements": tuple(Requirement(**requirement) for requirement in data["requirements"]),
            "local_modules": tuple(
                LocalModule(**{**module, "names": tuple(module["names"])}) for module in data["local_modules"]
            ),
            "findings": tuple(
                Finding(**{**finding, "severity": Severity(finding["severity"])}) for finding in data["findings"]
            ),
        }
    )


def _column(data: dict[str, Any]) -> Column:
    return Column(**{**data, "kind": Kind(data["kind"]), "categories": tuple(data["categories"])})


def _estimator(data: dict[str, Any]) -> Estimator:
    children = tuple(_estimator(child) for child in data["children"])
    return Estimator(**{**data, "columns": tuple(data["columns"]), "children": children})


def _plain(value: Any) -> Any:
    """Tuples as lists, enums as their text."""
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return str(value) if isinstance(value, str) else value
