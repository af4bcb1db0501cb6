"""All that a front end needs to draw a step. Frozen: what was drawn stays what it was."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from wizard.steps.fields import Choice, Fact, Field, Step

if TYPE_CHECKING:
    from wizard.errors import SendoffError
    from wizard.plan.problem import Problem


@dataclass(frozen=True, slots=True)
class FieldView:
    field: Field
    value: Any
    """The parsed value in force: the person's, or the default. None where there is none, or it cannot be parsed."""
    raw: Any
    """What the control shows, in the form the field's kind has (see `Kind`)."""
    source: str = ""
    """Where the value came from: file, environment, measured, house, person; empty where there is no value."""
    note: str = ""
    """Why the value is what it is, one sentence."""
    error: Problem | None = None
    """What is wrong with it. Only once the person has been at the field, pressed Next, or a default itself is wrong."""
    busy: str = ""
    """What is being found out for it: "looking whether the project exists"; empty where nothing is."""
    choices: tuple[Choice, ...] = ()
    visible: bool = True
    rows: tuple[Problem, ...] = ()
    """For lists and tables: what is wrong with single rows; `Problem.field` ends in the row's number, from 0."""

    @property
    def is_wrong(self) -> bool:
        return self.visible and (self.error is not None or bool(self.rows))

    def in_sight(self, all_settings: bool) -> bool:
        """Whether it is to be shown, where `all_settings` were asked for or not: a rarely used one is where it is wrong, or not
        as Sendoff would have it."""
        rare = self.field.advanced and not all_settings
        return self.visible and (not rare or self.is_wrong or self.source == "person")


@dataclass(frozen=True, slots=True)
class StepView:
    step: Step
    index: int
    count: int
    fields: tuple[FieldView, ...] = ()
    """All of the step's fields in order, those not visible too: a front end shows and hides, and need not rebuild."""
    can_back: bool = False
    waiting: bool = False
    """Next was pressed and goes on by itself as soon as what is being checked turns out right."""

    @property
    def busy(self) -> bool:
        """Something in the step is being found out or checked; it may be whether a field is visible."""
        return any(view.busy for view in self.fields)

    @property
    def errors(self) -> tuple[FieldView, ...]:
        return tuple(view for view in self.fields if view.is_wrong)


class StepState(StrEnum):
    DONE = "done"
    """Was left with Next, and nothing in it has become wrong."""
    HERE = "here"
    OPEN = "open"
    """Not come to yet."""
    WRONG = "wrong"
    """Was left with Next, and something in it is wrong now."""


@dataclass(frozen=True, slots=True)
class StepMark:
    """One station of the trail."""

    step: Step
    state: StepState


@dataclass(frozen=True, slots=True)
class FactView:
    fact: Fact
    value: Any = None
    """None while it is being found out, and where it could not be."""
    error: SendoffError | None = None
    busy: bool = False


@dataclass(frozen=True, slots=True)
class FieldsChanged:
    """Something in the step in sight has changed; several of these in a row may be taken as one."""


@dataclass(frozen=True, slots=True)
class StepChanged:
    """Another step is in sight."""

    name: str


@dataclass(frozen=True, slots=True)
class Finished:
    """Next was pressed on the last step, and everything is right."""


SessionEvent = FieldsChanged | StepChanged | Finished
