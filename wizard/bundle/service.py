"""service.json: all that the generated server knows of this model."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from wizard.bundle.sample import example, input_columns
from wizard.inspection.inspection import Column, Inspection

if TYPE_CHECKING:
    from wizard.plan.plan import Plan

MOST_THREADS = 64
"""Threads of the Flask server: each costs memory, and batching needs no more."""
SLOW_SECONDS = 1.0
ROOM = 8
"""One part in so many of the memory may hold the bodies of large requests: parsed, they take several times as much."""


def service_data(plan: Plan, inspection: Inspection) -> dict[str, Any]:
    """The content of service.json."""
    serving = plan.serving
    return {
        "name": plan.service.name,
        "model": {
            "file": f"model/{PurePath(plan.model.path).name}",
            "sha256": inspection.sha256,
            "size": inspection.size,
            "format": inspection.format,
            "compression": inspection.compression,
            "type": inspection.root.rpartition(".")[2],
            "framework": inspection.framework,
            "version": inspection.framework_version,
            "task": inspection.task.value,
            "main": main_module(plan, inspection),
            "parallel": inspection.parallel,
            "globals": list(inspection.globals),
        },
        "input": {
            "layout": inspection.layout.value,
            "columns": [_column(column) for column in input_columns(inspection)],
        },
        "output": {
            "classes": list(inspection.classes),
            "outputs": inspection.outputs,
            "proba": inspection.has_proba,
        },
        "limits": {"rows": serving.max_rows, "body": serving.max_body},
        "batching": {
            "on": serving.batching and inspection.vectorised,
            "max_batch": serving.max_batch,
            "max_queue": serving.max_queue,
            "exact": inspection.exact_batches,
        },
        "server": {
            "threads": min(plan.service.concurrency, MOST_THREADS),
            "room": max(serving.max_body, plan.service.memory // ROOM),
            "slow_seconds": SLOW_SECONDS,
        },
    }


def main_module(plan: Plan, inspection: Inspection) -> str | None:
    """The shipped module that defines what the file knows as `__main__`: classes written in a notebook or script.

    The one the inspection found, else the only one there is; None where neither is so.
    """
    shipped = [PurePath(module).stem for module in plan.image.modules]
    for local in inspection.local_modules:
        if local.module == "__main__":
            if local.path is not None and (stem := PurePath(local.path).stem) in shipped:
                return stem
            return shipped[0] if len(shipped) == 1 else None
    return None


def _column(column: Column) -> dict[str, Any]:
    """A column with all it says; what it does not say is left out."""
    data: dict[str, Any] = {"name": column.name, "kind": column.kind.value}
    if column.categories:
        data |= {"categories": list(column.categories), "closed": column.closed}
    if column.missing:
        data["missing"] = True
    if column.integer:
        data["integer"] = True
    if column.minimum is not None and column.maximum is not None:
        data |= {"minimum": column.minimum, "maximum": column.maximum}
    return data | {"example": example(column)}
