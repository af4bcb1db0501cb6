"""One field of the wizard as plain text: shown with its value, where that came from and what is wrong; asked, and explained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wizard.cli.lines import read_line, say_indented
from wizard.cli.outcome import say
from wizard.printable import one_line
from wizard.steps.fields import Choice, Kind

if TYPE_CHECKING:
    from wizard.plan.problem import Problem
    from wizard.steps.session import Session
    from wizard.steps.views import FieldView

LISTS = frozenset({Kind.LINES, Kind.PAIRS, Kind.REQUIREMENTS})
_YES = {"y": True, "yes": True, "true": True, "n": False, "no": False, "false": False}


def wait(session: Session) -> None:
    """Wait until nothing is being found out, saying what is; nothing is said of what is quick."""
    told: set[str] = set()
    while not session.settled(0.5):
        for busy in {view.busy for view in session.view().fields if view.busy} - told:
            told.add(busy)
            say_indented(f"{busy[:1].upper()}{busy[1:]} …")


def value_text(view: FieldView) -> str:
    """The value in force as people read it, in one line; empty where there is none."""
    raw = view.raw
    if view.field.kind is Kind.SECRET:
        return "(given)" if raw else ""
    if isinstance(raw, bool):
        return "yes" if raw else "no"
    if isinstance(raw, tuple):
        return ", ".join(str(row) for row in raw)
    label = next((choice.label for choice in view.choices if choice.value == raw and choice.label), "")
    text = f"{raw} ({label})" if label and label != str(raw) else str(raw)
    return f"{text} {view.field.unit}" if text and view.field.unit else text


def say_problem(problem: Problem, indent: str = "  ") -> None:
    """What, why, fix: whole."""
    say_indented(problem.what, indent, "✗ ")
    say_indented(problem.why, f"{indent}  ")
    say_indented(problem.fix, f"{indent}  ", "→ ")


def problems_of(view: FieldView) -> tuple[Problem, ...]:
    """All that is wrong with a field, its rows too."""
    first = () if view.error is None else (view.error,)
    return first + tuple(problem for problem in view.rows if problem != view.error)


def say_origin(view: FieldView, indent: str = "  ") -> None:
    """Where the value came from, and why it is what it is; not of what the person gave, who knows."""
    if view.source and view.source != "person":
        say_indented(f"{view.note} [{view.source}]".strip(), indent)


def ask_field(session: Session, name: str) -> None:
    """Ask until the answer is right, or the person leaves the field as it is (Enter, or < for the list)."""
    view = session.field(name)
    say()
    say(one_line(view.field.label))
    say_indented(view.field.why)
    say_origin(view)
    while True:
        wait(session)
        view = session.field(name)
        for problem in problems_of(view):
            say_problem(problem)
        if view.field.kind in LISTS:
            raw = _read_rows(view)
        elif view.field.kind is Kind.SECRET:
            raw = _read_secret(view)
        else:
            raw = _read_value(view)
        match raw:
            case None:
                return
            case "?":
                _explain(view)
                continue
            case "!":
                session.clear(name)
            case _:
                session.set(name, raw)
        wait(session)
        after = session.field(name)
        if after.field.kind not in LISTS and not problems_of(after):
            return


def _explain(view: FieldView) -> None:
    say_indented(view.field.why)
    say_origin(view)
    _say_choices(view.choices)
    forms = {
        Kind.BOOL: "y or n.",
        Kind.SIZE: "An amount of memory, such as 512Mi or 2Gi.",
        Kind.NUMBER: f"A number{f', in {view.field.unit}' if view.field.unit else ''}.",
        Kind.CHOICE: "One of these, or its number.",
        Kind.PAIRS: "NAME=VALUE adds one. -2 takes the second away, 2 NAME=VALUE changes it.",
    }
    rows = "What you type is added. -2 takes the second away, 2 TEXT changes it."
    say_indented(forms.get(view.field.kind, rows if view.field.kind in LISTS else ""))
    say_indented("Enter leaves it as it is, ! takes what is proposed, < goes back to the list.")


def _say_choices(choices: tuple[Choice, ...]) -> None:
    for number, choice in enumerate(choices, 1):
        label = choice.value if choice.label in {"", choice.value} else f"{choice.value}: {choice.label}"
        say_indented(f"{label}{f'. {choice.why}' if choice.why else ''}", "  ", f"{number:>2}  ")


def _read_value(view: FieldView) -> Any:
    """The raw value; None to leave it as it is, "?" to explain, "!" for what is proposed."""
    if view.field.kind is Kind.CHOICE:
        _say_choices(view.choices)
    nearest = view.error.nearest if view.error is not None else None
    if nearest is not None:
        nearest = _spelled(view.field.kind, nearest)
    offered = value_text(view) if nearest is None else str(nearest)
    hint = view.field.placeholder if not offered and view.field.placeholder else ""
    if hint:
        say_indented(f"For example: {hint}" if not hint.lower().startswith("e.g.") else hint)
    while True:
        answer = read_line(f"{one_line(view.field.label)}{f' [{one_line(offered)}]' if offered else ''}: ")
        if answer == "<":
            return None
        if answer == "":
            return nearest
        if answer in {"?", "!"}:
            return answer
        if view.field.kind is Kind.BOOL:
            if (said := _YES.get(answer.lower())) is None:
                say_indented("Answer y or n; Enter leaves it as it is.")
                continue
            return said
        if view.field.kind is Kind.CHOICE:
            return _chosen(answer, view.choices)
        return answer


def _chosen(answer: str, choices: tuple[Choice, ...]) -> str:
    """The value somebody means who typed it, its label or its number; what they typed where it is none of these."""
    for choice in choices:
        if answer.lower() in {choice.value.lower(), choice.label.lower()}:
            return choice.value
    if answer.isdecimal() and 1 <= int(answer) <= len(choices):
        return choices[int(answer) - 1].value
    return answer


def _spelled(kind: Kind, value: Any) -> Any:
    from wizard.steps.parsing import shown

    return shown(kind, value)


def _read_rows(view: FieldView) -> Any:
    rows = [str(row) for row in view.raw or ()]
    for number, row in enumerate(rows, 1):
        say(one_line(f"  {number:>2}  {row}"))
    if not rows:
        say("  none yet")
    while True:
        answer = read_line(f"{one_line(view.field.label)}, add, -2, 2 TEXT or Enter: " if rows else "Add, or Enter: ")
        if answer in {"", "<"}:
            return None
        if answer in {"?", "!"}:
            return answer
        first, _, text = answer.partition(" ")
        if first.removeprefix("-").isdecimal() and (text.strip() or first.startswith("-")):
            at = int(first.removeprefix("-")) - 1
            if not 0 <= at < len(rows):
                say_indented(f"There is no row {at + 1}.")
                continue
            rows[at : at + 1] = [] if first.startswith("-") else [text.strip()]
        else:
            rows.append(answer)
        return tuple(rows)


def _read_secret(view: FieldView) -> str | None:
    import getpass

    from wizard.cli.lines import LeftError

    try:
        return getpass.getpass(f"{one_line(view.field.label)} (is not shown): ") or None
    except EOFError:
        raise LeftError from None
