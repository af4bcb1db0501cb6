"""Turns a wrong value into a message: which field, what is allowed, the nearest right value."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from wizard.errors import PlanError
from wizard.plan.fields import TARGET_KINDS, Place, field_paths, holds_names, kind_of, place, place_of, target_kind_with
from wizard.plan.names import local_endpoint, project_id, service_name
from wizard.plan.plan import Plan
from wizard.plan.quantities import format_bytes
from wizard.plan.rules import problems

_PRIVATE = ("service.env", "target.secrets")
"""Fields whose values are never repeated in a message: they may be secrets that strayed here."""

_NEAREST: dict[str, Callable[[str], str]] = {
    "service.name": service_name,
    "target.project": project_id,
    "target.endpoint": local_endpoint,
}
"""Fields with a pattern → what turns a text into the nearest one that matches."""

_HOW = {
    "target.project": "Give it with --set target.project=PROJECT, or write it into the plan; "
    "`gcloud projects list` shows yours.",
}
"""Fields without a default whose value the person has to look up → how."""

_IN_WORDS = {
    "a valid tuple": "a list",
    "a valid dictionary": "names with their values, one a line",
}
"""What the types are called in pydantic's messages → what people call them."""


def validate(data: Mapping[str, Any], lines: Mapping[str, int] | None = None) -> Plan:
    """A plan from plain data; raises PlanError about the first wrong field, naming the others.

    `lines` maps dotted paths to line numbers.
    """
    lines = lines or {}
    try:
        plan = Plan.model_validate(data)
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise _explain(details[0], lines, _others([place(detail["loc"]).path for detail in details])) from None
    if found := problems(plan):
        first = found[0]
        raise PlanError(
            f"{first.what.removesuffix('.')}{_at(first.field, lines)}.",
            first.why + _others([problem.field for problem in found]),
            first.fix,
            field=first.field,
            nearest=first.nearest,
        )
    return plan


def unknown_field(path: str, target: str = "local") -> PlanError:
    """The error for a dotted path that is no field of a plan for this kind of target, with the nearest one that is."""
    known = list(field_paths(target))
    section, _, name = path.partition(".")
    elsewhere = target_kind_with(name.partition(".")[0]) if section == "target" else None
    if elsewhere is not None and elsewhere != target:
        return PlanError(
            f"{path} is a setting of the target {elsewhere}, and this plan's target is {target}.",
            f"Known for {target}: {', '.join(one for one in known if one.startswith('target.'))}.",
            f"Set target.kind to {elsewhere}, or leave {path} out.",
            field=path,
        )
    nearest = _nearest(path, known)
    return PlanError(
        f"The plan has no field {path}.",
        f"Known: {', '.join(known)}.",
        f"Did you mean {nearest}?" if nearest else "Choose one of these.",
        field=path,
    )


def field_given(path: str, target: str) -> str:
    """The field a path speaks of: the one it names, or the one it goes into. Raises PlanError where there is none."""
    field = ".".join(path.split(".")[:2])
    if field not in field_paths(target) or (field != path and not holds_names(place_of(field, target))):
        raise unknown_field(path, target)
    return field


def check_target_kind(kind: object) -> str:
    """The kind of target, if there is such a one. Raises PlanError that names those there are."""
    if kind in TARGET_KINDS:
        return str(kind)
    raise _no_such_kind("target", kind, TARGET_KINDS, "")


def _no_such_kind(path: str, value: object, allowed: Sequence[str], where: str, rest: str = "") -> PlanError:
    nearest = _nearest(str(value), allowed)
    return PlanError(
        f"{path}.kind cannot be {_shown(value)}{where}.",
        f"Allowed: {', '.join(allowed)}.{rest}",
        f"Did you mean {nearest}?" if nearest else f"For example {allowed[0]}.",
        field=f"{path}.kind",
        nearest=nearest,
    )


def _others(paths: Sequence[str]) -> str:
    others = [path for path in dict.fromkeys(paths) if path != paths[0]]
    return f" Wrong too: {', '.join(others)}." if others else ""


def _explain(detail: Any, lines: Mapping[str, int], rest: str) -> PlanError:
    found = place(detail["loc"])
    path, description = found.path, found.field.description or "" if found.field else ""
    kind, context, value = detail["type"], detail.get("ctx", {}), detail.get("input")
    where = _at(path, lines)

    def error(what: str, why: str, fix: str, nearest: Any = None) -> PlanError:
        return PlanError(what, why + rest, fix, field=path, nearest=nearest)

    if kind == "extra_forbidden":
        return _extra(found, where, rest)
    if kind == "union_tag_invalid":
        return _no_such_kind(path, context.get("tag"), _kinds(found), _at(f"{path}.kind", lines), rest)
    if kind == "union_tag_not_found":
        return error(
            f"{path}.kind is missing{where}.",
            f"Known here: {', '.join(_kinds(found))}.",
            f"Say what it is, for example kind: {_kinds(found)[0]}.",
        )
    if kind == "missing":
        return error(
            f"{path} is missing from the plan.",
            description,
            _HOW.get(path) or ("`sendoff plan MODEL` writes a complete one." if path.count(".") < 2 else "Add it."),
        )
    shown = _shown(value)
    wrong = f"{path} cannot be {shown}{where}."
    if path.startswith(_PRIVATE):
        return error(
            f"{path} is not what belongs there{where}.",
            f"It should be {_due(detail)}. {description}",
            'Put a number, or yes and no, in quotes: "…".'
            if kind == "string_type"
            else "Write it as NAME: TEXT, one a line.",
        )
    if kind in {"enum", "literal_error"}:
        allowed = _choices(found.field)
        nearest = _nearest(str(value), allowed)
        return error(
            wrong,
            f"Allowed: {', '.join(allowed)}.",
            f"Did you mean {nearest}?" if nearest else f"For example {allowed[0]}.",
            nearest,
        )
    if kind in {"greater_than_equal", "less_than_equal"}:
        bound = context.get("ge", context.get("le"))
        word = "at least" if "ge" in context else "at most"
        nearest = format_bytes(int(bound)) if found.in_bytes else f"{bound:g}"
        amount = format_bytes(value) if found.in_bytes and isinstance(value, int) else shown
        return error(
            f"{path} cannot be {amount}{where}.",
            f"It must be {word} {nearest}. {description}",
            f"The nearest right value is {nearest}.",
            int(bound) if bound == int(bound) else bound,
        )
    if kind == "string_type" and isinstance(value, int | float):
        return error(wrong, "YAML reads it as a number, or as yes and no.", f'Put it in quotes: "{value}".')
    if found.in_bytes:
        return error(
            f"{path} is not an amount of memory{where}.",
            f"It should be {_due(detail)}.",
            "For example 512Mi, 1Gi or 2Gi.",
        )
    if path in _NEAREST and isinstance(value, str):
        nearest = _NEAREST[path](value)
        how = f"The nearest right value is {nearest}." if nearest else "Remove it to get the default."
        return error(wrong, description, how if nearest or path not in _HOW else _HOW[path], nearest or None)
    if found.sections and kind in {"model_type", "model_attributes_type"}:
        return error(
            wrong,
            f"It has fields of its own: {', '.join(_names(found.sections))}. {description}".rstrip(),
            "Write them below it, one a line.",
        )
    return error(wrong, f"It should be {_due(detail)}. {description}", "Correct it, or remove it to get the default.")


def _due(detail: Any) -> str:
    """What pydantic says belongs there."""
    due = str(detail["msg"]).removeprefix("Value error, ").removeprefix("Input should be ").rstrip(".")
    return _IN_WORDS.get(due, due)


def _extra(found: Place, where: str, rest: str) -> PlanError:
    path = found.path
    section, _, name = path.rpartition(".")
    owner = (found.owner,) if found.owner is not None else ()
    if section == "target" and (elsewhere := target_kind_with(name)) is not None:
        error = unknown_field(path, next(kind_of(one) for one in owner))
        return PlanError(
            f"{error.what.removesuffix('.')}{where}.",
            error.why + rest,
            f"Set target.kind to {elsewhere}, or remove the line.",
            field=path,
        )
    allowed = _names(owner)
    nearest = _nearest(name, allowed)
    return PlanError(
        f"The plan has no field {path}{where}.",
        f"Known here: {', '.join(allowed)}.{rest}",
        f"Did you mean {nearest}?" if nearest else "Remove it, or choose one of these.",
        field=path,
    )


def _kinds(found: Place) -> list[str]:
    return [kind_of(section) for section in found.sections]


def _names(sections: Sequence[type[Any]]) -> list[str]:
    return [name for section in sections[:1] for name in section.model_fields if name != "sources"]


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


def _choices(field: FieldInfo | None) -> list[str]:
    annotation = field.annotation if field is not None else None
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return [str(member.value) for member in annotation]
    return [str(choice) for choice in get_args(annotation)] if get_origin(annotation) is Literal else []


def _nearest(value: str, allowed: Sequence[str]) -> str | None:
    found = difflib.get_close_matches(value.lower(), allowed, n=1, cutoff=0.5)
    holding = [name for name in allowed if len(value) > 1 and value.lower() in name]
    return next(iter([*found, *holding]), None)
