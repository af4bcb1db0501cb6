"""The draft: what the person gave, as plain data, so that it can be taken up another day. No secret is ever in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from wizard.steps.fields import Field, Kind, Step
from wizard.steps.parsing import LISTS, Parsed, parse, raw_form


@dataclass(frozen=True, slots=True)
class Restored:
    """What could be read of a draft."""

    step: str | None
    left: frozenset[str]
    typed: dict[str, Parsed]


def make_draft(
    step: str, left: Iterable[str], typed: Mapping[str, Parsed], fields: Mapping[str, Field]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, parsed in typed.items():
        field = fields[name]
        if field.kind is Kind.SECRET or parsed.refused:
            continue
        if field.kind in LISTS:
            values[name] = [row for row in parsed.raw if not _tells_a_secret(row, field)]
        elif not (isinstance(parsed.raw, str) and _tells_a_secret(parsed.raw, field)):
            values[name] = parsed.raw
    return {"step": step, "left": sorted(left), "values": values}


def read_draft(draft: Any, steps: Iterable[Step], fields: Mapping[str, Field]) -> Restored:
    """What fits the steps; the rest is dropped, piece by piece."""
    known = {step.name for step in steps}
    draft = draft if isinstance(draft, Mapping) else {}
    step, left, values = draft.get("step"), draft.get("left"), draft.get("values")
    typed: dict[str, Parsed] = {}
    for name, raw in values.items() if isinstance(values, Mapping) else ():
        field = fields.get(name) if isinstance(name, str) else None
        if field is None or field.kind is Kind.SECRET or raw is None:
            continue
        try:
            parsed = parse(field, raw_form(field.kind, raw))
        except TypeError:
            continue
        if not parsed.refused:
            typed[name] = parsed
    return Restored(
        step if isinstance(step, str) and step in known else None,
        frozenset(name for name in left if isinstance(name, str) and name in known)
        if isinstance(left, list | tuple)
        else frozenset(),
        typed,
    )


def _tells_a_secret(text: str, field: Field) -> bool:
    from wizard.plan.secrecy import looks_random, looks_secret, names_a_secret

    if looks_secret(text):
        return True
    if field.kind is not Kind.PAIRS:
        return False
    name, _, value = text.partition("=")
    return looks_random(value) if field.refers else names_a_secret(name)
