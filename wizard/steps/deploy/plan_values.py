"""Between a field's value and the plan's data: the same where they are the same, spelled where a form has no such thing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from wizard.errors import PlanError
from wizard.steps.fields import Kind
from wizard.steps.parsing import shown, value_form

if TYPE_CHECKING:
    from wizard.plan.fields import Place
    from wizard.plan.plan import Plan

VOLUMES = "target.volumes"
PACKAGES = ("image.requirements", "image.extra_requirements")


def kind_at(path: str, target: str) -> Kind:
    """The kind of field that asks for the plan's value at a dotted path. A section that may be left out is a yes or no."""
    from wizard.plan.fields import place_of

    where = place_of(path, target)
    kinds = _types(where)
    if where.sections:
        return Kind.BOOL if path != VOLUMES else Kind.LINES
    if where.in_bytes:
        return Kind.SIZE
    if path in PACKAGES:
        return Kind.REQUIREMENTS
    if choices_at(path, target):
        return Kind.CHOICE
    by_type = {bool: Kind.BOOL, int: Kind.NUMBER, float: Kind.NUMBER, tuple: Kind.LINES, dict: Kind.PAIRS}
    return next((by_type[one] for one in kinds if one in by_type), Kind.TEXT)


def choices_at(path: str, target: str) -> tuple[str, ...]:
    """The values allowed at a dotted path, where they can be listed."""
    from wizard.plan.fields import place_of

    annotation = place_of(path, target).annotation
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return tuple(str(member.value) for member in annotation)
    return tuple(map(str, get_args(annotation))) if get_origin(annotation) is Literal else ()


def may_be_empty(path: str, target: str) -> bool:
    """Whether a plan may have nothing at a dotted path."""
    from wizard.plan.fields import place_of

    field = place_of(path, target).field
    return field is not None and not field.is_required() and field.get_default(call_default_factory=True) in _NOTHING


_NOTHING: tuple[Any, ...] = (None, "", (), {})


def value_at(plan: Plan, path: str) -> Any:
    """The plan's value at a dotted path, as a field's value; None where a section on the way is left out."""
    from wizard.plan.section import Section

    found: Any = plan
    for name in path.split("."):
        found = getattr(found, name, None)
    if path == VOLUMES:
        return tuple(_spelled(path, volume.model_dump(mode="json")) for volume in found or ())
    if isinstance(found, Section):
        return True
    if isinstance(found, float) and found.is_integer():
        return int(found)
    return found.value if isinstance(found, Enum) else found


def raw_at(plan: Plan, path: str) -> Any:
    """The same in the form a control shows it."""
    kind = kind_at(path, plan.target.kind)
    return shown(kind, value_form(kind, value_at(plan, path)))


def data_of(path: str, value: Any, target: str) -> Any:
    """A field's value as the plan's data. Raises PlanError for a row that cannot be read."""
    from wizard.plan.fields import place_of

    where = place_of(path, target)
    if path == VOLUMES:
        return [_volume(number, text) for number, text in enumerate(value)]
    if where.sections:
        return {} if value else None
    if value is None and str in _types(where) and type(None) not in _types(where):
        return ""
    return value


def _types(where: Place) -> tuple[Any, ...]:
    """The plain types a value there may have: `str | None` → str and NoneType, `tuple[str, ...]` → tuple."""
    annotation = where.annotation
    origin = get_origin(annotation)
    if origin in {tuple, dict}:
        return (origin,)
    return get_args(annotation) or (annotation,)


def _volume(number: int, text: str) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        # An anchor can make a short text stand for billions of values.
        data = None if "&" in text else YAML(typ="safe", pure=True).load(f"{{{text}}}")
    except (YAMLError, ValueError, RecursionError):
        data = None
    if isinstance(data, Mapping):
        return dict(data)
    raise PlanError(
        f"{VOLUMES}.{number} is not a volume.",
        "A volume is written as in the plan: names with their values, with commas between them.",
        "For example: kind: bucket, path: /mnt/data, bucket: my-bucket",
        field=f"{VOLUMES}.{number}",
    )


def _spelled(path: str, volume: Mapping[str, Any]) -> str:
    from wizard.plan.fields import spelled

    (data,) = spelled(path, [dict(volume)], "cloud_run")
    return ", ".join(f"{name}: {_word(value)}" for name, value in data.items())


def _word(value: Any) -> str:
    """A value within a line of YAML."""
    plain = isinstance(value, str) and value and all(char.isalnum() or char in "/._-" for char in value)
    if plain and value.lower() not in {"true", "false", "yes", "no", "on", "off", "null"} and not value[0].isdigit():
        return str(value)
    return json.dumps(value, ensure_ascii=False)
