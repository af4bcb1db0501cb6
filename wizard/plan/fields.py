"""What fields a plan has, read off its sections: their paths, descriptions, defaults and types.

A section may be one of several kinds (the target, a volume), told apart by its field `kind`. Every question about fields
is therefore asked for one kind of target.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from wizard.plan.plan import Plan
from wizard.plan.quantities import format_bytes
from wizard.plan.section import AmountOfBytes, Section


def sections_in(annotation: Any) -> tuple[type[Section], ...]:
    """The sections a value of this type may be; none where it is a plain value, or many values."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return sections_in(get_args(annotation)[0])
    if origin in {Union, types.UnionType}:
        return tuple(section for part in get_args(annotation) for section in sections_in(part))
    return (annotation,) if isinstance(annotation, type) and issubclass(annotation, Section) else ()


def kind_of(section: type[Section]) -> str:
    """What a section of one kind among several calls itself; empty where there are no kinds."""
    field = section.model_fields.get("kind")
    names = get_args(field.annotation) if field is not None and get_origin(field.annotation) is Literal else ()
    return str(names[0]) if len(names) == 1 else ""


TARGET_KINDS = tuple(kind_of(section) for section in sections_in(Plan.model_fields["target"].annotation))
"""Where a plan can lead: local, cloud_run."""


def field_paths(target: str = "local") -> dict[str, str]:
    """Dotted path of every field of a plan for this kind of target → its one-sentence description, in the plan's order."""
    return {path: field.description or "" for path, field in _fields(target)}


def field_defaults(target: str = "local") -> dict[str, Any]:
    """Dotted path of every field that has a default → the default, as plain data."""
    return {
        path: _plain(field.get_default(call_default_factory=True))
        for path, field in _fields(target)
        if not field.is_required()
    }


def target_kind_with(field: str) -> str | None:
    """The kind of target that has a field of this name; None where none has."""
    return next((kind for kind in TARGET_KINDS if f"target.{field}" in field_paths(kind)), None)


def _fields(target: str) -> Iterator[tuple[str, FieldInfo]]:
    for name, field in Plan.model_fields.items():
        members = sections_in(field.annotation)
        for section in members if len(members) == 1 else [one for one in members if kind_of(one) == target]:
            for inner, info in section.model_fields.items():
                yield f"{name}.{inner}", info


def _plain(value: Any) -> Any:
    if isinstance(value, Section):
        return value.model_dump(mode="json")
    if isinstance(value, tuple):
        return [_plain(inner) for inner in value]
    return value


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a plan, as the types describe it.

    `path` is dotted and leaves out what pydantic puts between (the kind of a section). `owner` is the section that has the
    field, `field` is None where it has none of that name. `annotation` is the type of the value there, None where unknown.
    """

    path: str
    owner: type[Section] | None
    field: FieldInfo | None
    annotation: Any

    @property
    def sections(self) -> tuple[type[Section], ...]:
        return sections_in(self.annotation)

    @property
    def in_bytes(self) -> bool:
        return self.field is not None and any(isinstance(mark, AmountOfBytes) for mark in self.field.metadata)


def place(location: Sequence[str | int]) -> Place:
    """What is at a location: names of fields, positions in lists, keys of mappings, and kinds where there are several."""
    parts: list[str] = []
    owner: type[Section] | None = None
    field: FieldInfo | None = None
    annotation: Any = Plan
    for part in location:
        members = sections_in(annotation)
        if len(members) > 1:
            annotation = next((one for one in members if kind_of(one) == part), None)
            if annotation is not None:
                continue
        parts.append(str(part))
        if members:
            owner = members[0]
            field = owner.model_fields.get(str(part)) if len(members) == 1 else None
            annotation = field.annotation if field is not None else None
        else:
            annotation = _within(annotation)
    return Place(".".join(part for part in parts if part != "[key]"), owner, field, annotation)


def place_of(path: str, target: str) -> Place:
    """What is at a dotted path, in a plan for this kind of target."""
    first, *rest = path.split(".")
    return place([first, target, *rest] if first == "target" else [first, *rest])


def holds_names(where: Place) -> bool:
    """Whether single entries of the value there can be named: one section, or a mapping."""
    return len(where.sections) == 1 or get_origin(where.annotation) is dict


def _within(annotation: Any) -> Any:
    """The type of what a list or mapping holds."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is tuple:
        return arguments[0]
    return arguments[1] if origin is dict else None


def spelled(path: str, value: Any, target: str) -> Any:
    """Plain data as people write it: amounts of memory as 512Mi, wherever they are in it."""
    where = place_of(path, target)
    if where.in_bytes:
        return _amount(value)
    return _spelled(where.annotation, value)


def _spelled(annotation: Any, value: Any) -> Any:
    if isinstance(value, list) and get_origin(annotation) is tuple:
        return [_spelled(get_args(annotation)[0], inner) for inner in value]
    members = sections_in(annotation)
    if not isinstance(value, dict) or not members:
        return value
    section = next((one for one in members if kind_of(one) == value.get("kind")), members[0])
    return {
        name: _amount(inner)
        if place_in(section, name).in_bytes
        else _spelled(place_in(section, name).annotation, inner)
        for name, inner in value.items()
    }


def place_in(section: type[Section], name: str) -> Place:
    field = section.model_fields.get(name)
    return Place(name, section, field, field.annotation if field is not None else None)


def _amount(value: Any) -> Any:
    return format_bytes(value) if isinstance(value, int) and not isinstance(value, bool) else value
