"""What is wrong with an answer, in words: one function for each way."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from wizard.printable import one_line
from wizard.steps.fields import Choice, Field, Kind

if TYPE_CHECKING:
    from wizard.errors import SendoffError
    from wizard.plan.problem import Problem

_QUOTED = 60


def refusal(field: str, what: str, why: str, fix: str, nearest: Any = None) -> Problem:
    from wizard.plan.problem import Problem  # late: the plan brings pydantic along

    return Problem(field, what, why, fix, nearest)


def missing(field: Field) -> Problem:
    fix = {
        Kind.CHOICE: "Choose one.",
        Kind.PATH: "Give the path of a file or folder.",
        Kind.LINES: "Add at least one line.",
        Kind.PAIRS: "Add at least one NAME=VALUE.",
        Kind.REQUIREMENTS: "Add at least one package.",
    }
    return refusal(field.name, f"{field.label} is missing.", field.why, fix.get(field.kind, "Fill it in."))


def too_long(field: Field, length: int, most: int) -> Problem:
    return refusal(
        field.name,
        f"{field.label} is too long.",
        f"The text has {length:,} characters, and at most {most:,} are taken; nothing of it was kept.",
        "Was something else pasted by mistake? Give the value itself.",
    )


def too_many(field: Field, rows: int, most: int) -> Problem:
    return refusal(
        field.name,
        f"{field.label} has too many lines.",
        f"The text has {rows:,} lines, and at most {most:,} are taken; nothing of it was kept.",
        "Was something else pasted by mistake? Give the lines that are needed.",
    )


def unprintable(field: Field, path: str, text: str) -> Problem:
    shown = f"It reads {quoted(text)}." if field.kind is not Kind.SECRET else ""
    return refusal(
        path,
        f"{field.label} holds characters that cannot be seen.",
        shown,
        "Type it anew, or paste it as plain text in one line.",
    )


def no_number(field: Field, text: str, nearest: float | None) -> Problem:
    return refusal(
        field.name,
        f"{field.label} is not a number.",
        f"{quoted(text)} was given.",
        "Write it in digits: 2 or 0.5.",
        nearest,
    )


def no_size(field: Field, text: str) -> Problem:
    return refusal(
        field.name,
        f"{field.label} is not an amount of memory.",
        f"{quoted(text)} was given.",
        "Write a number with its unit: 512Mi or 2Gi.",
    )


def no_pair(field: Field, row: int, text: str) -> Problem:
    return refusal(
        f"{field.name}.{row}",
        "This line names no value.",
        f"{quoted(text)} was given.",
        "Write it as NAME=VALUE.",
    )


def pair_twice(field: Field, row: int, name: str, first: int) -> Problem:
    return refusal(
        f"{field.name}.{row}",
        f"{quoted(name)} is there twice.",
        f"Line {first + 1} gives it a value already.",
        "Remove one of the two.",
    )


def no_choice(field: Field, value: Any, choices: Sequence[Choice]) -> Problem:
    allowed = [choice.value for choice in choices]
    if not allowed:
        return refusal(
            field.name, f"{field.label} has nothing to choose from.", field.why, "Change what it depends on."
        )
    near = difflib.get_close_matches(str(value), allowed, n=1, cutoff=0.5)
    some = ", ".join(allowed[:12]) + (f" and {len(allowed) - 12} more" if len(allowed) > 12 else "")
    return refusal(
        field.name,
        f"{quoted(str(value))} is not one of the choices.",
        f"{field.label} can be {some}.",
        f"Take {near[0]}, or choose another." if near else "Choose one of them.",
        near[0] if near else None,
    )


def of_error(field: Field, error: SendoffError) -> Problem:
    """An error at the field that depends on what failed."""
    return refusal(field.name, error.what, _joined(error.why, *error.evidence), error.fix)


def not_checked(field: Field, error: SendoffError) -> Problem:
    """The probe itself failed: nothing is known about the value."""
    fix = error.fix or "Go on again to have it checked again."
    return refusal(
        field.name,
        f"{field.label} could not be checked: {_began_small(error.what)}",
        _joined(error.why, *error.evidence),
        fix,
    )


def fault(field: Field, error: Exception) -> Problem:
    """A callable of the field failed in a way nobody foresaw."""
    return refusal(
        field.name,
        f"{field.label} could not be worked out.",
        f"Sendoff itself failed: {type(error).__name__}"
        + ("." if field.kind is Kind.SECRET else f": {one_line(str(error))}"),
        "Please report it. Another value may do meanwhile.",
    )


def quoted(text: str) -> str:
    text = one_line(text.encode("utf-8", "backslashreplace").decode())
    return f"“{text[:_QUOTED]}…”" if len(text) > _QUOTED else f"“{text}”"


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _began_small(sentence: str) -> str:
    first, _, _ = sentence.partition(" ")
    return sentence[:1].lower() + sentence[1:] if first[1:].islower() or len(first) == 1 else sentence
