"""`service.memory=1Gi`: settings as they are written on a command line or into a form, read by the type of their field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args, get_origin

from wizard.errors import PlanError
from wizard.plan.fields import place_of, sections_in
from wizard.plan.messages import check_target_kind, field_given

_TRUTH = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_NOTHING = {"", "none", "null", "~"}


def parse_settings(settings: Sequence[str]) -> dict[str, Any]:
    """PATH=VALUE … as dotted path → value, for `propose`. Raises PlanError for what sets nothing or is no field.

    Lists are written a,b and mappings name:value,name:value, or both as YAML in brackets; one entry of a mapping or of a
    section within a section is set as PATH.NAME=VALUE.
    """
    pairs = []
    for setting in settings:
        path, equals, text = setting.partition("=")
        path = path.strip()
        if not equals:
            raise PlanError(
                f"--set {path} sets nothing.", "It needs a value.", f"For example --set {path}=VALUE.", field=path
            )
        pairs.append((path, text.strip()))
    target = check_target_kind(dict(pairs).get("target.kind", "local"))
    return {path: _value(path, text, target) for path, text in pairs}


def _value(path: str, text: str, target: str) -> Any:
    field_given(path, target)
    return _read(path, place_of(path, target).annotation, text)


def _read(path: str, annotation: Any, text: str) -> Any:
    """The text as data of this type; as it is where it cannot be that, for the plan's own check to say so."""
    kinds = [kind for kind in (get_args(annotation) or (annotation,)) if kind is not type(None)]
    origin = get_origin(annotation)
    if type(None) in get_args(annotation) and text.lower() in _NOTHING:
        return None
    if text.startswith(("[", "{")) and (origin in {tuple, dict} or sections_in(annotation)):
        return _yaml(path, text)
    if origin is tuple:
        return [part.strip() for part in text.split(",") if part.strip()]
    if origin is dict:
        parts = (part.partition(":") for part in text.split(","))
        return {key.strip(): value.strip() for key, _, value in parts if key.strip()}
    if origin is Literal or str in kinds:
        return text
    if bool in kinds:
        return _TRUTH.get(text.lower(), text)
    if int in kinds or float in kinds:
        return _number(text)
    return text


def _number(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def _yaml(path: str, text: str) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError, RecursionError):
        raise PlanError(
            f"--set {path} cannot be read.",
            "What begins with a bracket is read as YAML.",
            "Mind the brackets and quotes.",
            field=path,
        ) from None
