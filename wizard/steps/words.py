"""Small words about a field that every face says in the same way."""

from __future__ import annotations

from typing import Any

from wizard.steps.fields import Field, Kind
from wizard.steps.parsing import shown
from wizard.steps.views import FieldView

_SAID_BY = {
    "file": "from the model file",
    "environment": "from this machine",
    "measured": "measured",
    "house": "Sendoff's choice",
    "person": "your choice",
}


def said_by(source: str) -> str:
    """Who a value is from, in two or three words, for a source's value (see `wizard.plan.plan.Source`)."""
    return _SAID_BY.get(source, source)


def said_of(view: FieldView) -> tuple[str, str]:
    """(why the value is what it is, who says so); what the field is for, where the value is the person's own."""
    said = view.field.why if view.source in ("", "person") else view.note or view.field.why
    return said, said_by(view.source)


def raw_of(kind: Kind, value: Any) -> Any:
    """A value, e.g. the nearest that is right, in the form a control takes it."""
    return value if isinstance(value, str) else shown(kind, value)


def value_in_words(kind: Kind, value: Any) -> str:
    """A value as it stands on a button."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    raw = raw_of(kind, value)
    return ", ".join(raw) if isinstance(raw, tuple) else str(raw)


def hint(field: Field, otherwise: str) -> str:
    """What stands in an empty control; marked as an example, so that it is not taken for a value."""
    return f"e.g. {field.placeholder}" if field.placeholder else otherwise


def options(view: FieldView) -> list[tuple[str, str]]:
    """(label, value) of what can be chosen; what is no choice any more is among them while it is the value."""
    offered = [(choice.label or choice.value, choice.value) for choice in view.choices]
    if view.raw and all(value != view.raw for _, value in offered):
        offered.append((view.raw, view.raw))
    return offered


def prompt(view: FieldView) -> str:
    """What stands where nothing is chosen."""
    if not view.choices:
        return f"{view.busy} …" if view.busy else "nothing to choose from"
    return "choose one" if view.field.required else "none"


def may_be_blank(view: FieldView) -> bool:
    """Whether nothing chosen is to be among what can be chosen."""
    return not view.field.required or not view.raw
