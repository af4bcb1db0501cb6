"""Turns a wrong value into a message: which field, what is allowed, the nearest right value."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from wizard.errors import PlanError
from wizard.plan.names import service_name
from wizard.plan.plan import Plan, field_paths
from wizard.plan.quantities import format_bytes, parse_bytes

MEMORY_FIELDS = frozenset({"service.memory", "serving.max_body"})
"""Fields in bytes that people write as 512Mi."""


def validate(data: Mapping[str, Any], lines: Mapping[str, int] | None = None) -> Plan:
    """A plan from plain data; raises PlanError about the first wrong field. `lines` maps dotted paths to line numbers."""
    data = _with_bytes(data, lines or {})
    try:
        plan = Plan.model_validate(data)
    except ValidationError as error:
        details = error.errors(include_url=False)
        first = details[0]
        others = [".".join(str(part) for part in detail["loc"]) for detail in details[1:]]
        raise _explain(first, lines or {}, others) from None
    _check_together(plan, lines or {})
    return plan


_SECRET = re.compile(r"SECRET|PASSW|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIAL", re.IGNORECASE)
_RESERVED = frozenset({"PORT", "HOST", "PATH", "PYTHONPATH"})
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _check_together(plan: Plan, lines: Mapping[str, int]) -> None:
    """What no single field can tell."""
    tag = re.fullmatch(r"(?:.*/)?python:(3\.\d+)[^@]*(?:@.*)?", plan.image.base)
    if tag is not None and tag[1] != plan.image.python:
        raise PlanError(
            f"image.python is {plan.image.python}, but the base image holds Python {tag[1]}{_at('image.base', lines)}.",
            f"image.base is {plan.image.base!r}; what is locked for one Python does not run on another.",
            f"Set image.python to {tag[1]!r}, or image.base to 'python:{plan.image.python}-slim'.",
            field="image.python",
        )
    if plan.model.trusted and plan.model.sha256 is None:
        raise PlanError(
            f"model.trusted says which file is trusted only together with model.sha256{_at('model.trusted', lines)}.",
            "Without the digest any file that is put in its place later would be trusted too.",
            "Add model.sha256; `sendoff inspect MODEL --json` shows it.",
            field="model.trusted",
        )
    for name in plan.service.env:
        path = "service.env"
        if not _VARIABLE.fullmatch(name):
            raise PlanError(
                f"{name!r} is no name for an environment variable{_at(path, lines)}.",
                "Letters, digits and underscores, not starting with a digit.",
                "Rename it.",
                field=path,
            )
        if name in _RESERVED:
            raise PlanError(
                f"service.env cannot set {name}{_at(path, lines)}.",
                "Where the service runs decides it.",
                "Remove it.",
                field=path,
            )
        if _SECRET.search(name):
            raise PlanError(
                f"service.env.{name} looks like a secret{_at(path, lines)}.",
                "A plan is read, compared and shared, and an image can be unpacked: a secret would be readable in both.",
                "Have handler.py read it at start from a mounted file or a secret store, or rename it if it is none.",
                field=path,
            )


def unknown_field(path: str) -> PlanError:
    """The error for a dotted path that is no field, with the nearest one that is."""
    known = list(field_paths())
    nearest = _nearest(path, known)
    return PlanError(
        f"The plan has no field {path}.",
        f"Known: {', '.join(known)}.",
        f"Did you mean {nearest}?" if nearest else "Choose one of these.",
        field=path,
    )


def _with_bytes(data: Mapping[str, Any], lines: Mapping[str, int]) -> dict[str, Any]:
    result = {key: dict(value) if isinstance(value, Mapping) else value for key, value in data.items()}
    for path in MEMORY_FIELDS:
        section, _, name = path.partition(".")
        values = result.get(section)
        if isinstance(values, dict) and isinstance(values.get(name), str):
            try:
                values[name] = parse_bytes(values[name])
            except ValueError as error:
                raise PlanError(
                    f"{path} is not an amount of memory{_at(path, lines)}.",
                    f"{error}.",
                    "For example 512Mi, 1Gi or 2Gi.",
                    field=path,
                ) from None
    return result


def _explain(detail: Any, lines: Mapping[str, int], others: Sequence[str]) -> PlanError:
    location: Sequence[Any] = [part for part in detail["loc"] if part not in {"local"} or detail["loc"][0] != "target"]
    path = ".".join(str(part) for part in location)
    kind, context, value = detail["type"], detail.get("ctx", {}), detail.get("input")
    where = _at(path, lines)
    rest = f" Wrong too: {', '.join(others)}." if others else ""

    def error(what: str, why: str, fix: str) -> PlanError:
        return PlanError(what, why + rest, fix, field=path)

    if kind == "extra_forbidden":
        allowed = _names(location[:-1])
        nearest = _nearest(str(location[-1]), allowed)
        return error(
            f"The plan has no field {path}{where}.",
            f"Known here: {', '.join(allowed)}.",
            f"Did you mean {nearest}?" if nearest else "Remove it, or choose one of these.",
        )
    if kind == "missing":
        return error(
            f"{path} is missing from the plan.", _description(path), "`sendoff plan MODEL` writes a complete one."
        )
    shown = _shown(value)
    if kind in {"enum", "literal_error"}:
        allowed = _choices(path)
        nearest = _nearest(str(value), allowed)
        return error(
            f"{path} cannot be {shown}{where}.",
            f"Allowed: {', '.join(allowed)}.",
            f"Did you mean {nearest}?" if nearest else f"For example {allowed[0]}.",
        )
    if kind in {"greater_than_equal", "less_than_equal"}:
        bound = context.get("ge", context.get("le"))
        word = "at least" if "ge" in context else "at most"
        nearest = format_bytes(int(bound)) if path in MEMORY_FIELDS else f"{bound:g}"
        amount = format_bytes(value) if path in MEMORY_FIELDS and isinstance(value, int) else shown
        return error(
            f"{path} cannot be {amount}{where}.",
            f"It must be {word} {nearest}. {_description(path)}",
            f"The nearest right value is {nearest}.",
        )
    if kind == "string_type" and isinstance(value, int | float):
        return error(f"{path} cannot be {shown}{where}.", "YAML reads it as a number.", f'Put it in quotes: "{value}".')
    if path == "service.name":
        return error(
            f"service.name cannot be {shown}{where}.",
            _description(path),
            f"The nearest right value is {service_name(str(value))}.",
        )
    message = str(detail["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
    return error(
        f"{path} cannot be {shown}{where}.",
        f"It should be {message}. {_description(path)}",
        "Correct it, or remove the line to get the default.",
    )


def _at(path: str, lines: Mapping[str, int]) -> str:
    while path:
        if path in lines:
            return f" (line {lines[path]})"
        path = path.rpartition(".")[0]
    return ""


def _shown(value: object) -> str:
    if isinstance(value, str):
        return repr(value if len(value) <= 60 else value[:57] + "…")
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)[:60]
    return f"a {type(value).__name__.removeprefix('Commented').lower()}"


def _model_at(location: Sequence[Any]) -> type[BaseModel] | None:
    model: type[BaseModel] | None = Plan
    for part in location:
        annotation = model.model_fields[part].annotation if model and part in model.model_fields else None
        model = annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None
    return model


def _names(location: Sequence[Any]) -> list[str]:
    model = _model_at(location)
    return [name for name in model.model_fields if name != "sources"] if model else []


def _choices(path: str) -> list[str]:
    section, _, name = path.rpartition(".")
    model = _model_at(section.split(".") if section else ())
    annotation = model.model_fields[name].annotation if model and name in model.model_fields else None
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return [str(member.value) for member in annotation]
    if get_origin(annotation) is not None:
        return [str(choice) for choice in get_args(annotation)]
    return []


def _description(path: str) -> str:
    section, _, name = path.rpartition(".")
    model = _model_at(section.split(".") if section else ())
    field = model.model_fields.get(name) if model else None
    return (field.description or "") if field else ""


def _nearest(value: str, allowed: Sequence[str]) -> str | None:
    found = difflib.get_close_matches(value.lower(), allowed, n=1, cutoff=0.5)
    return found[0] if found else None
