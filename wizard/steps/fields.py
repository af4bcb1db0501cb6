"""What a wizard asks: steps and fields, as plain data with callables. No widget, no terminal, no thread in here.

`default`, `choices`, `visible` and `check` are quick, depend on nothing but the answers and facts they read, and run at every
change, one at a time, while the session is locked: none may wait for another thread. What is slow is a `Fact` (reading the
model, asking the cloud what there is) or a field's `probe` (does this project exist): those run in the session's pool.
Any callable may read answers and facts; what it read is observed, so dependencies are never declared. A SendoffError raised by
a callable becomes the problem of its field.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from wizard.plan.problem import Problem
    from wizard.steps.answers import Answers


class Kind(StrEnum):
    """What a field holds, which decides the control it is drawn with, and two forms: *raw*, as the control holds it and the
    person typed it, and *value*, as it was read. Both are str where nothing else is said; a value is None where there is none.
    """

    TEXT = "text"
    """One line, without spaces around it."""
    PATH = "path"
    """A file or folder."""
    NUMBER = "number"
    """A whole or decimal number. Value: int, or float where it was written with a decimal point or an exponent."""
    SIZE = "size"
    """An amount of memory: 512Mi, 2Gi. Value: int, bytes."""
    BOOL = "bool"
    """Raw and value: bool. Without a default it is False."""
    CHOICE = "choice"
    """One of `choices`."""
    LINES = "lines"
    """Several texts. Raw: a tuple of str. Value: the same without empty rows."""
    PAIRS = "pairs"
    """Names with values. Raw: a tuple of "NAME=VALUE". Value: a dict."""
    REQUIREMENTS = "requirements"
    """Packages, as installers read them. Raw: a tuple of str. Value: the same without empty rows."""
    SECRET = "secret"
    """One line that is shown nowhere and kept nowhere: not in a draft, and its repr does not tell it."""


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str = ""
    """What the person reads; the value where empty."""
    why: str = ""
    """When one takes it, one sentence."""


@dataclass(frozen=True, slots=True)
class Inferred:
    """A default with its reason. `source` is a `wizard.plan.Source` value: file, environment, measured, house, person."""

    value: Any
    why: str = ""
    source: str = "house"


Verdict: TypeAlias = "Problem | Sequence[Problem] | None"
"""What a check or a probe finds: nothing, one problem, or several. In a list or table, a problem whose `field` is the field's
name and a row's number, from 0 ("image.requirements.2", for pairs also "service.env.NAME"), is that row's; the number counts
the rows of the value. Every other problem is the whole field's."""


def _always(_answers: Answers) -> bool:
    return True


def _right(_value: Any, _answers: Answers) -> Verdict:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One question. Fields that end up in the plan are named by their dotted path there."""

    name: str
    label: str
    why: str
    """One sentence: what it is for, or why it is asked."""
    kind: Kind = Kind.TEXT
    required: bool = True
    advanced: bool = False
    """Kept out of sight until the person asks for all settings."""
    refers: bool = False
    """For PAIRS: the values are names of secrets and none themselves. A draft keeps them, whatever they are names for."""
    unit: str = ""
    """Shown behind the value: s, MB."""
    placeholder: str = ""
    default: Any | Callable[[Answers], Any] = None
    """A value, `Inferred`, or a callable that returns either. Asked anew whenever anything changes, until the person sets it."""
    choices: Sequence[Choice] | Callable[[Answers], Sequence[Choice]] = ()
    """A CHOICE must be one of them; for other kinds they are suggestions."""
    visible: Callable[[Answers], bool] = _always
    """A field that is not visible is not asked, not checked, and not in the answers."""
    check: Callable[[Any, Answers], Verdict] = _right
    """Quick; at every edit. Gets the value, never an empty one; a BOOL also where it is False."""
    probe: Callable[[Any, Answers], Verdict] | None = None
    """Slow; in the pool, once the check is passed and the typing has paused. Asked where a step is in sight or was passed."""
    probing: str = "checking"
    """What the probe does, shown meanwhile: "looking whether the project exists"."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something slow to find out that several fields depend on: the inspection, the projects of an account."""

    name: str
    title: str
    """What is being done while it is found out: "reading the model"."""
    find: Callable[[Answers], Any]
    """Slow; in the pool, and only once something reads the fact. Found out anew when an answer or fact that it read has
    changed. Raises SendoffError where it cannot be found out; Pending and FactFailed of what it reads may pass."""
    stale: Callable[[Any], bool] | None = None
    """Quick; whether what was found holds no more though no answer has changed: the file is another by now. Asked where the
    person goes on; it is found out anew then."""


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    title: str
    why: str
    """One or two sentences: what is decided here and what for."""
    fields: tuple[Field, ...] = ()
    visible: Callable[[Answers], bool] = _always
