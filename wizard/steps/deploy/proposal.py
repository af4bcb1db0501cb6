"""The plan that is proposed for the answers so far: where the defaults come from, and what is wrong with the answers.

A wrong answer does not spoil the others' defaults: it is left out, and said at its field.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from wizard.errors import PlanError
from wizard.plan.problem import Problem
from wizard.steps.deploy.ground import WORKSHOP
from wizard.steps.deploy.plan_values import data_of, value_at

if TYPE_CHECKING:
    from wizard.inspection.inspection import Inspection
    from wizard.plan.plan import Origin, Plan
    from wizard.plan.surroundings import Surroundings

_UNKNOWN = {"target.project": "not-named-yet"}
"""What stands for a value that only the person knows, so that all others can be proposed before it is given."""
_UNKNOWN_FIX = "Give the ID of your project; `gcloud projects list` shows those you have."


@dataclass(frozen=True, slots=True)
class Proposal:
    """What can be proposed. `right` is the same plan where nothing is wrong or missing, else None."""

    draft: Plan
    """Without the answers that are wrong."""
    problems: tuple[Problem, ...]
    unknown: frozenset[str] = frozenset()
    """Fields of the draft that hold a stand-in."""

    @property
    def right(self) -> Plan | None:
        return None if self.problems else self.draft

    def value(self, path: str) -> Any:
        """The value at a dotted path, as a field's value; None where there is none."""
        return None if path in self.unknown else value_at(self.draft, path)

    def origin(self, path: str) -> Origin | None:
        """Where it comes from; a value within a section comes from where the section does."""
        return self.draft.origin(".".join(path.split(".")[:2]))

    def description(self, path: str) -> str:
        """What the field is for, as the plan has it."""
        from wizard.plan.fields import place_of

        field = place_of(".".join(path.split(".")[:2]), self.draft.target.kind).field
        return field.description or "" if field is not None else ""

    def at(self, path: str, *, below: bool = True) -> tuple[Problem, ...]:
        """What is wrong there; `below`: with rows or entries of it too."""
        return tuple(
            problem
            for problem in self.problems
            if problem.field == path or (below and problem.field.startswith(f"{path}."))
        )


def propose_around(
    inspection: Inspection,
    around: Surroundings,
    where: str,
    answers: Mapping[str, Any],
    kept: Mapping[str, Origin],
) -> Proposal:
    """The proposal for what the person gave: `answers` maps dotted paths to field values, those of another target's
    fields too. `where` is the answer to "where to", `kept` what stays of an opened plan.

    Raises PlanError where nothing can be proposed for the model at all.
    """
    target = "local" if where == "local" else "cloud_run"
    given, unread = _given(answers, target)
    held = {path: origin.value for path, origin in kept.items() if path not in given and _is_of(path, target)}
    kind = {"target.kind": target} if target != "local" or "where" in answers else {}  # or nobody has chosen it
    search = _Search(inspection, around, {**kind, **held, **given})
    plan = search.plan()
    problems = (*unread, *search.problems())
    if where == WORKSHOP and not getattr(plan.target, "endpoint", ""):
        problems = (*problems, _no_workshop())
    sources = {
        path: origin
        for path, origin in kept.items()
        if path in held and plan.origin(path) is not None and path not in search.left_out
    }
    return Proposal(plan.model_copy(update={"sources": {**plan.sources, **sources}}), problems, search.unknown)


def _no_workshop() -> Problem:
    return Problem(
        "where",
        "No local Cloud Run is up.",
        "It is a program of its own, which keeps running beside this one.",
        "Start it in another terminal: sendoff workshop up. Then open the wizard again.",
    )


def _is_of(path: str, target: str) -> bool:
    from wizard.plan.fields import field_paths

    return ".".join(path.split(".")[:2]) in field_paths(target)


def _given(answers: Mapping[str, Any], target: str) -> tuple[dict[str, Any], list[Problem]]:
    """The answers that are values of a plan for this target, as its data; and those that cannot be read."""
    given: dict[str, Any] = {}
    unread: list[Problem] = []
    for path, value in answers.items():
        # The path is found out from the inspection: a plan's is relative to where the plan lies.
        if path == "model.path" or not _is_of(path, target):
            continue
        try:
            given[path] = data_of(path, value, target)
        except PlanError as error:
            unread.append(problem_of(error))
    # A section that is left out has no fields, whatever was said of them before.
    out = [path for path, value in given.items() if value is None]
    return {path: value for path, value in given.items() if not any(path.startswith(f"{one}.") for one in out)}, unread


def problem_of(error: PlanError, field: str = "") -> Problem:
    """An error of the plan, at its field."""
    return Problem(error.field or field, error.what, error.why, error.fix, error.nearest)


class _Search:
    """Looks for the most that can be proposed at once. Every go takes about a millisecond; there is one for each wrong value."""

    def __init__(self, inspection: Inspection, around: Surroundings, given: dict[str, Any]) -> None:
        self._inspection = inspection
        self._around = around
        self._all = given
        self._good = dict(given)
        self._missing: list[Problem] = []
        self.left_out: dict[str, Any] = {}
        self.unknown: frozenset[str] = frozenset()
        self._plan: Plan | None = None

    def plan(self) -> Plan:
        while self._plan is None:
            try:
                self._plan = self._propose(self._good)
            except PlanError as error:
                self._leave_out(error)
        return self._plan

    def _propose(self, given: Mapping[str, Any]) -> Plan:
        from wizard.plan import propose

        return propose(self._inspection, self._around, given)

    def _leave_out(self, error: PlanError) -> None:
        """Make the next go a better one. Raises the error where no answer is to blame for it."""
        culprit = _named(error.field, self._good)
        if culprit is None and error.field in _UNKNOWN:
            self._missing.append(replace(problem_of(error), what="The project is missing.", fix=_UNKNOWN_FIX))
            self.unknown |= {error.field}
            self._good[error.field] = _UNKNOWN[error.field]
            return
        culprit = culprit or self._behind(error)
        if culprit is None:
            raise error
        self.left_out[culprit] = self._good.pop(culprit)

    def _behind(self, error: PlanError) -> str | None:
        """The answer that makes a proposed value wrong: the one without which it is right."""
        answers = [path for path in self._good if path != "target.kind" and path not in self.unknown]
        for path in reversed(answers):
            try:
                self._propose({name: value for name, value in self._good.items() if name != path})
            except PlanError as other:
                if other.field == error.field:
                    continue
            return path
        return answers[-1] if answers else None

    def problems(self) -> list[Problem]:
        """What is wrong, the newest findings of each field: first what no plan can hold, then what its rules forbid."""
        if not self.left_out:
            return self._missing
        misfits = {path: problem for path, value in self.left_out.items() if (problem := self._misfit(path, value))}
        fitting = {path: value for path, value in self.left_out.items() if path not in misfits}
        missing = [problem for problem in self._missing if problem.field not in self.left_out]
        return [*missing, *misfits.values(), *self._against_rules(fitting)]

    def _misfit(self, path: str, value: Any) -> Problem | None:
        """What is wrong with one answer for itself; None where only the rules between fields forbid it."""
        from pydantic import ValidationError

        from wizard.plan import Plan

        try:
            Plan.model_validate(_with(self.plan(), {path: value}))
        except ValidationError:
            try:
                self._propose({**self._good, path: value})
            except PlanError as error:
                return problem_of(error)
        return None

    def _against_rules(self, answers: Mapping[str, Any]) -> Iterator[Problem]:
        from pydantic import ValidationError

        from wizard.plan import Plan, problems

        try:
            yield from problems(Plan.model_validate(_with(self.plan(), answers)))
        except ValidationError:  # answers that are right one by one, and not together
            for path, value in answers.items():
                try:
                    self._propose({**self._good, path: value})
                except PlanError as error:
                    yield problem_of(error)


def _named(field: str, given: Iterable[str]) -> str | None:
    """The answer an error speaks of: the one at its field, or of a row or section around it, or an entry within it."""
    near = [path for path in given if path == field or field.startswith(f"{path}.") or path.startswith(f"{field}.")]
    return max(near, key=lambda path: (path == field, len(path)), default=None)


def _with(plan: Plan, values: Mapping[str, Any]) -> dict[str, Any]:
    """The plan as data, with values put in at their dotted paths."""
    data = plan.model_dump(exclude={"sources"})
    for path, value in sorted(values.items()):
        *sections, name = path.split(".")
        inner = data
        for section in sections:
            if inner.get(section) is None:
                inner[section] = {}
            inner = inner[section]
        inner[name] = value
    return data
