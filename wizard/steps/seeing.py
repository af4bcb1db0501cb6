"""One field as a front end draws it, out of one state of the session."""

from __future__ import annotations

from wizard.steps.answers import FactFailed, Pending
from wizard.steps.fields import Field
from wizard.steps.parsing import Parsed, shown
from wizard.steps.resolution import Resolution
from wizard.steps.views import FieldView


def field_view(field: Field, typed: Parsed | None, visited: bool, resolution: Resolution) -> FieldView:
    """`visited`: the person has been at the field, so that they are told what is wrong with it."""
    judged = resolution.judged(field.name)
    told = visited or (typed is None and not judged.missing)
    value = None
    try:
        visible = resolution.visible(field.name)
    except Pending:
        visible = False
    except FactFailed:
        visible = True
    if visible:
        try:
            value = resolution.in_force(field.name)
        except (Pending, FactFailed):
            pass
    return FieldView(
        field=field,
        value=value.value if value is not None else None,
        raw=value.raw if value is not None else typed.raw if typed is not None else shown(field.kind, None),
        source=value.source if value is not None else "",
        note=value.note if value is not None else "",
        error=judged.error if told else None,
        busy=judged.busy,
        choices=judged.choices,
        visible=visible,
        rows=judged.rows if told else (),
    )
