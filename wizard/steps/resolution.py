"""What all answers are in one state of the session: visibility, values, and what is wrong; each worked out once, when asked.

Callables of the fields run in here, so the session holds its lock meanwhile.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from wizard.errors import SendoffError
from wizard.steps import refusals
from wizard.steps.answers import Answers, FactFailed, Pending
from wizard.steps.fields import Choice, Fact, Field, Inferred, Kind, Step, Verdict
from wizard.steps.late import Absent, Key, Late, stands
from wizard.steps.parsing import LISTS, Parsed, is_empty, shown, value_form

if TYPE_CHECKING:
    from wizard.plan.problem import Problem

T = TypeVar("T")
_NOTHING = Late()
log = logging.getLogger("wizard.steps")
log.addHandler(logging.NullHandler())  # a traceback on stderr would be painted over the screen


class _CycleError(Exception):
    """What is being worked out was asked for while it is worked out."""

    def __init__(self, key: Key) -> None:
        super().__init__(" ".join(key))
        self.key = key


@dataclass(frozen=True, slots=True)
class Value:
    """A value in force."""

    value: Any
    raw: Any
    source: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """What is wrong with a field, or what is still looked at."""

    error: Problem | None = None
    rows: tuple[Problem, ...] = ()
    busy: str = ""
    missing: bool = False
    """The error is only that nothing was given yet."""
    probe: bool = False
    """A probe is needed, and has no result."""
    choices: tuple[Choice, ...] = ()

    @property
    def wrong(self) -> bool:
        return self.error is not None or bool(self.rows)


class Resolution:
    """One state of the session. `lates` is shared with the session, which makes a new resolution whenever it changes."""

    def __init__(
        self, steps: Sequence[Step], facts: Mapping[str, Fact], typed: Mapping[str, Parsed], lates: Mapping[Key, Late]
    ) -> None:
        self._steps = {step.name: step for step in steps}
        self._fields = {field.name: field for step in steps for field in step.fields}
        self._step_of = {field.name: step.name for step in steps for field in step.fields}
        self._facts = facts
        self._typed = dict(typed)
        self._lates = lates
        self._known: dict[Key, Any] = {}
        self._verdicts: dict[str, Judged] = {}
        self._under_way: set[Key] = set()
        self._given: Mapping[str, Any] | None = None
        self.answers = Answers(self)
        self.wanted: set[str] = set()
        """Facts that were read and have to be found out."""
        self.failed: set[str] = set()
        """Facts that were read and could not be found out."""

    # -- what answers read ------------------------------------------------------------------------------------------

    def value(self, name: str) -> Any:
        if name not in self._fields:
            raise LookupError(f"no field is called {name!r}")
        if not self.visible(name):
            raise KeyError(name)
        return self.in_force(name).value

    def names(self) -> tuple[str, ...]:
        return tuple(name for name in self._fields if self.visible(name))

    def given(self) -> Mapping[str, Any]:
        """What the person gave. A field whose being visible depends on what is being worked out right now is left out."""
        if self._given is not None:
            return self._given
        given, whole = {}, True
        for name, parsed in self._typed.items():
            field = self._fields[name]
            if parsed.problems or (field.required and is_empty(parsed.value)):
                continue
            try:
                if self.visible(name):
                    given[name] = parsed.value
            except _CycleError:
                whole = False
            except FactFailed:
                continue
        view = MappingProxyType(given)
        if whole:
            self._given = view
        return view

    def overtaken(self) -> bool:
        return False

    def fact(self, name: str) -> Any:
        if name not in self._facts:
            raise LookupError(f"no fact is called {name!r}")
        return self._fact(name)[0]

    def _fact(self, name: str) -> tuple[Any, int]:
        """The value, and the number of its finding."""
        return self._once(("fact", name), lambda: self._found(name))

    def _found(self, name: str) -> tuple[Any, int]:
        late = self._lates.get(("fact", name), _NOTHING)
        found = late.found
        if found is None or not stands(found.reads, self.now):
            self.wanted.add(name)
            raise Pending(self._facts[name].title)
        if found.pending is not None:
            raise found.pending
        if found.error is not None:
            self.failed.add(name)
            raise FactFailed(found.error)
        return found.value, late.serial

    def now(self, key: Key) -> Any:
        """What stands there, to be compared with what stood there when it was read."""
        kind, name = key
        try:
            if kind == "fact":
                return self._fact(name)[1]
            return dict(self.given()) if kind == "given" else self.value(name)
        except KeyError:
            return Absent.HIDDEN
        except Pending:
            return Absent.PENDING
        except FactFailed:
            return Absent.FAILED

    # -- visibility and values --------------------------------------------------------------------------------------

    def step_visible(self, name: str) -> bool:
        """Raises Pending, FactFailed."""
        return bool(self._once(("step", name), lambda: self._steps[name].visible(self.answers)))

    def visible(self, name: str) -> bool:
        """Raises Pending, FactFailed."""
        return bool(
            self._once(
                ("visible", name),
                lambda: self.step_visible(self._step_of[name]) and self._fields[name].visible(self.answers),
            )
        )

    def in_force(self, name: str) -> Value:
        """The value, whether or not the field is visible. Raises Pending, FactFailed."""
        return self._once(("field", name), lambda: self._in_force(name))

    def _in_force(self, name: str) -> Value:
        field = self._fields[name]
        parsed = self._typed.get(name)
        if parsed is not None:
            return Value(parsed.value, parsed.raw, "person", "" if parsed.problems else "You chose it.")
        default = field.default(self.answers) if callable(field.default) else field.default
        inferred = default if isinstance(default, Inferred) else Inferred(default)
        value = value_form(field.kind, inferred.value)
        source = "" if value is None else str(inferred.source)
        return Value(value, shown(field.kind, value), source, inferred.why)

    def all_values(self) -> None:
        """Works out every value, so that a job may read them while the session goes on."""
        for name in self._fields:
            try:
                if self.visible(name):
                    self.in_force(name)
            except (Pending, FactFailed):
                continue

    # -- what is wrong ------------------------------------------------------------------------------------------------

    def judged(self, name: str) -> Judged:
        """What is wrong with the field. Of one that is not visible: nothing."""
        if name not in self._verdicts:
            self._verdicts[name] = self._judged(self._fields[name])
        return self._verdicts[name]

    def _judged(self, field: Field) -> Judged:
        choices: tuple[Choice, ...] = ()
        try:
            if not self.visible(field.name):
                return Judged()
            if callable(field.choices) and field.kind is not Kind.CHOICE:
                choices = self._suggestions(field)
            else:
                choices = tuple(field.choices(self.answers) if callable(field.choices) else field.choices)
            return self._judge(field, self.in_force(field.name).value, choices)
        except Pending as pending:
            return Judged(busy=pending.title, choices=choices)
        except FactFailed as failed:
            return Judged(refusals.of_error(field, failed.error), choices=choices)
        except SendoffError as error:
            return Judged(refusals.of_error(field, error), choices=choices)
        except Exception as error:
            log.error("the field %s failed", field.name, exc_info=field.kind is not Kind.SECRET)
            return Judged(refusals.fault(field, error), choices=choices)

    def _suggestions(self, field: Field) -> tuple[Choice, ...]:
        try:
            return tuple(field.choices(self.answers)) if callable(field.choices) else tuple(field.choices)
        except (Pending, FactFailed, SendoffError):
            return ()

    def _judge(self, field: Field, value: Any, choices: tuple[Choice, ...]) -> Judged:
        parsed = self._typed.get(field.name)
        if parsed is not None and parsed.problems:
            return self._sorted(field, value, parsed.problems, choices, in_raw=True)
        if is_empty(value):
            if not field.required:
                return Judged(choices=choices)
            return Judged(refusals.missing(field), missing=True, choices=choices)
        if field.kind is Kind.CHOICE and all(value != choice.value for choice in choices):
            return Judged(refusals.no_choice(field, value, choices), choices=choices)
        problems = several(field.check(value, self.answers))
        if problems or field.probe is None:
            return self._sorted(field, value, problems, choices)
        found = self._lates.get(("probe", field.name), _NOTHING).found
        if found is None or not stands(found.reads, self.now):
            return Judged(busy=field.probing, probe=True, choices=choices)
        if found.pending is not None:
            return Judged(busy=found.pending.title, choices=choices)
        if found.error is not None:
            return Judged(refusals.not_checked(field, found.error), choices=choices)
        return self._sorted(field, value, found.value, choices)

    def _sorted(
        self, field: Field, value: Any, problems: Sequence[Problem], choices: tuple[Choice, ...], in_raw: bool = False
    ) -> Judged:
        """Problems of rows apart from those of the whole field."""
        error: Problem | None = None
        rows: list[Problem] = []
        for problem in problems:
            row = self._row(field, value, problem.field, in_raw) if field.kind in LISTS else None
            if row is None:
                error = error or problem
            else:
                rows.append(_at(problem, f"{field.name}.{row}"))
        return Judged(error, tuple(rows), choices=choices)

    def _row(self, field: Field, value: Any, path: str, in_raw: bool) -> int | None:
        """The row of what the control shows that a problem speaks of."""
        name, dot, rest = path.rpartition(f"{field.name}.")
        if name or not dot:
            return None
        if field.kind is Kind.PAIRS and isinstance(value, dict) and rest in value:
            row = list(value).index(rest)
        elif rest.split(".")[0].isdecimal():
            row = int(rest.split(".")[0])
        else:
            return None
        parsed = self._typed.get(field.name)
        if in_raw or parsed is None:
            return row
        return parsed.rows[row] if row < len(parsed.rows) else None

    # -- once ---------------------------------------------------------------------------------------------------------

    def _once(self, key: Key, work_out: Callable[[], T]) -> T:
        """The value, worked out the first time; an exception is kept as well, and raised again."""
        if key in self._known:
            known = self._known[key]
            if isinstance(known, _Raised):
                raise known.error
            return known  # type: ignore[no-any-return]  # what is known differs in type from key to key
        if key in self._under_way:
            raise _CycleError(key)
        self._under_way.add(key)
        try:
            value = work_out()
        except _CycleError as cycle:
            if cycle.key != key:
                raise  # not known: it was asked for in the middle of something
            error = FactFailed(_depends_on_itself(key))
            self._known[key] = _Raised(error)
            raise error from None
        except (Pending, FactFailed) as late:
            self._known[key] = _Raised(late)
            raise
        except SendoffError as wrong:
            failed = FactFailed(wrong)
            self._known[key] = _Raised(failed)
            raise failed from None
        except Exception as unforeseen:
            log.exception("%s failed", " ".join(key))
            failed = FactFailed(_not_worked_out(key, unforeseen))
            self._known[key] = _Raised(failed)
            raise failed from None
        finally:
            self._under_way.discard(key)
        self._known[key] = value
        return value


@dataclass(frozen=True, slots=True)
class _Raised:
    error: Exception


def several(verdict: Verdict) -> tuple[Problem, ...]:
    """What a check or a probe found, as a row of problems."""
    if verdict is None:
        return ()
    return tuple(verdict) if isinstance(verdict, Sequence) else (verdict,)


def _at(problem: Problem, field: str) -> Problem:
    return refusals.refusal(field, problem.what, problem.why, problem.fix, problem.nearest)


def _depends_on_itself(key: Key) -> SendoffError:
    return SendoffError(
        f"{key[1]} cannot be worked out.",
        "It depends on itself.",
        "Please report it. Give the value yourself meanwhile.",
    )


def _not_worked_out(key: Key, error: Exception) -> SendoffError:
    return SendoffError(
        f"{key[1]} could not be worked out.",
        f"Sendoff itself failed: {type(error).__name__}: {error}",
        "Please report it. Give the value yourself meanwhile.",
    )
