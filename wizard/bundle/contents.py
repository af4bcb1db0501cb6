"""The files of a bundle that are made from the templates: the same plan, inspection and lock give the same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from wizard.bundle.sample import example, input_columns, sample_request
from wizard.bundle.schema import column_schema, described, openapi
from wizard.bundle.service import service_data
from wizard.bundle.sources import framework_source, render, server_source
from wizard.inspection.inspection import Column, Inspection, Kind

if TYPE_CHECKING:
    from wizard.locking.lock import Lock
    from wizard.plan.plan import Plan


def generated_files(
    plan: Plan, inspection: Inspection, lock: Lock, base: str, yours: Iterable[str] = ()
) -> dict[str, bytes]:
    """Path → content of everything but the model and the person's own files.

    `base` is the image the Dockerfile names; `yours` are the paths of the person's own files, which it copies too.
    """
    server = server_source(plan.serving.server.value)
    framework = framework_source(inspection.framework)
    code = server.code() | framework.code()
    service = service_data(plan, inspection)
    sample = sample_request(inspection)
    page = _page(inspection, service, sample) | {"files": _file_list(code)}
    dockerfile = {
        "name": plan.service.name,
        "base": base,
        "imports": sorted({*server.imports, *framework.imports}),
        "system_packages": framework.system_packages,
        "threads": max(1, int(plan.service.cpu)),
        "folders": sorted({path.partition("/")[0] for path in yours if "/" in path}),
        "files": sorted(path for path in yours if "/" not in path and not path.endswith((".py", ".json"))),
    }
    return {
        **code,
        "service.json": _json(service),
        "sample.json": _json(sample),
        "openapi.json": _json(openapi(plan, inspection)),
        "requirements.txt": lock.requirements.encode(),
        "docs.html": render("docs.html", page),
        "README.md": render("README.md", page),
        "Dockerfile": render("Dockerfile", dockerfile),
        ".dockerignore": render("dockerignore", {}),
    }


def _page(inspection: Inspection, service: dict[str, Any], sample: dict[str, Any]) -> dict[str, Any]:
    """What the two pages for people, README.md and docs.html, say of the model."""
    columns = [
        {"name": column.name, "takes": _takes(column), "example": example(column)}
        for column in input_columns(inspection)
    ]
    return {
        **{key: service[key] for key in ("name", "model", "limits", "batching")},
        "proba": inspection.has_proba,
        "columns": columns,
        "named": inspection.column_names is not None,
        "sample": json.dumps(sample, ensure_ascii=False),
        "pretty": json.dumps(sample, ensure_ascii=False, indent=2),
        "samples": json.dumps({"instances": [sample["features"], sample["features"]]}, ensure_ascii=False),
    }


def _takes(column: Column) -> str:
    """What a column takes, in words."""
    if column.closed and column.categories:
        shown = ", ".join(json.dumps(category, ensure_ascii=False) for category in column.categories[:12])
        words = f"one of {shown}{', …' if len(column.categories) > 12 else ''}"
    else:
        words = {Kind.NUMBER: "a number", Kind.TEXT: "a text", Kind.BOOLEAN: "true or false"}.get(column.kind, "")
        words = words or " or ".join(
            {"string": "a text", "number": "a number", "boolean": "true or false"}[name] for name in _types(column)
        )
    words += " or null" if column.missing else ""
    return f"{words}. {seen}" if (seen := described(column)) else words


def _types(column: Column) -> list[str]:
    types = column_schema(column)["type"]
    return [types] if isinstance(types, str) else [name for name in types if name != "null"]


def _file_list(code: dict[str, bytes]) -> list[tuple[str, str]]:
    """Each Python file with the first sentence of its docstring, which says what it is."""
    listed = []
    for name in sorted(code.keys() - {"handler.py"}):
        first = code[name].decode().removeprefix('"""').split("\n\n")[0].replace("\n", " ").rstrip('"')
        listed.append((name, first.partition(": ")[0] if len(first) > 110 else first))
    return listed


def _json(data: Any) -> bytes:
    return json.dumps(data, indent=2, ensure_ascii=False).encode() + b"\n"
