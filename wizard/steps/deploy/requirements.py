"""What is wrong with the packages of the image, each at its row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from wizard.errors import LockError
from wizard.plan.problem import Problem

if TYPE_CHECKING:
    from wizard.inspection.inspection import Inspection, Requirement
    from wizard.locking.lock import Lock
    from wizard.locking.probes import Probes
    from wizard.plan.plan import Plan

Tables = Mapping[str, Sequence[str]]
"""Field (image.requirements, image.extra_requirements) → its rows."""


def row_problems(inspection: Inspection, draft: Plan, field: str, rows: Sequence[str]) -> list[Problem]:
    """What can be said of each row without asking the index. `draft` is the plan they are for."""
    from wizard.locking.asked import name_of

    found: list[Problem] = []
    first: dict[str, int] = {}
    for number, row in enumerate(rows):
        at = f"{field}.{number}"
        problem = _unreadable(draft, at, field, row)
        if problem is None:
            name = name_of(_bare(row))
            if name in first:
                problem = _twice(at, name, rows[first[name]])
            else:
                first[name] = number
                problem = _too_old(inspection, at, name, row)
        if problem is not None:
            found.append(problem)
    return found


def _bare(row: str) -> str:
    return re.sub(r"(?:^|\s)#.*$", "", row).strip()


def _unreadable(draft: Plan, at: str, field: str, row: str) -> Problem | None:
    """What no image can install: the lock's own check, of one row and without its suggestions from the index."""
    from wizard.locking.asked import check_requirements, name_of

    if not _bare(row):
        return Problem(at, f"{row} is only a remark.", "A row names a package.", "Remove it.")
    empty: dict[str, tuple[str, ...]] = {"requirements": (), "extra_requirements": ()}
    image = draft.image.model_copy(update=empty | {field.removeprefix("image."): (row,)})
    try:
        check_requirements(draft.model_copy(update={"image": image}), (), cast("Probes", _Unasked(draft.image.python)))
    except LockError as error:
        return Problem(at, error.what, error.why, error.fix)
    if not any(letter.isalpha() for letter in name_of(_bare(row))):
        return Problem(
            at, f"{row} names no package.", "A name without a letter is a slip of the keyboard.", "Correct it."
        )
    return None


class _Unasked:
    """Stands for the index where there is no time to ask it: it has nothing to suggest."""

    def __init__(self, python: str) -> None:
        from wizard.locking.uv_command import Target

        self.target = Target(python)

    def newest(self, _requirement: str) -> None:
        return None

    def each(self, calls: Mapping[Any, object]) -> dict[Any, None]:
        return dict.fromkeys(calls)


def _twice(at: str, name: str, other: str) -> Problem:
    return Problem(
        at, f"{name} is named twice.", f"The other row is {other}.", f"Keep one, with both bounds: {name}>=1,<2."
    )


def _too_old(inspection: Inspection, at: str, name: str, row: str) -> Problem | None:
    """A row that allows no version which can read the file."""
    need = _need(inspection, name)
    if need is None or need.at_least is None:
        return None
    from packaging.requirements import Requirement

    asked = Requirement(_bare(row)).specifier
    uppers = [one for one in asked if one.operator in {"==", "<", "<=", "~="}]
    if all(_reaches(one.operator, one.version, need.at_least) for one in uppers):
        return None
    return Problem(
        at,
        f"{row} cannot read this file.",
        f"{need.why} It takes {name} {need.at_least} or newer.",
        f"Ask for {need.requirement}.",
        need.requirement,
    )


def _reaches(operator: str, version: str, least: str) -> bool:
    """Whether a bound leaves room for the least version that is needed."""
    from packaging.version import InvalidVersion, Version

    try:
        bound, needed = Version(version.removesuffix(".*")), Version(least)
    except InvalidVersion:
        return True
    if operator == "<":
        return bound > needed
    if operator == "~=" or version.endswith(".*"):
        return bound.release[: max(1, len(bound.release) - 1)] >= needed.release[: max(1, len(bound.release) - 1)]
    return bound >= needed


def _need(inspection: Inspection, name: str) -> Requirement | None:
    from wizard.locking.requirements_text import canonical

    return next((one for one in inspection.requirements if canonical(one.distribution) == name), None)


def unlocked_problem(error: LockError, tables: Tables) -> Problem | None:
    """Why the packages cannot be had together, at the row the error is about; at the first table where it is about none.

    None where nothing is wrong with them: the index was out of reach, or uv is.
    """
    from wizard.locking.asked import name_of
    from wizard.locking.problem import Problem as Kind

    if error.kind in {Kind.INDEX, Kind.UV, Kind.ENVIRONMENT}:
        return None
    every = [(f"{field}.{number}", _bare(row)) for field, rows in tables.items() for number, row in enumerate(rows)]
    at = next((at for at, row in every if row in error.instead), None)
    at = at or next((at for at, row in every if error.package and name_of(row) == error.package), None)
    return Problem(at or next(iter(tables)), error.what, error.why, error.fix)


def left_out_problem(inspection: Inspection, lock: Lock, field: str) -> Problem | None:
    """A package the model needs that nothing in the lock brings."""
    from wizard.locking.requirements_text import canonical

    for need in inspection.requirements:
        if lock.version(canonical(need.distribution)) is None:
            return Problem(
                field,
                f"{need.distribution} is not among the packages, and none of them brings it.",
                need.why,
                f"Add {need.requirement}.",
            )
    return None
