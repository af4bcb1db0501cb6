"""The conversation that fills a plan: steps and fields declared once, drawn by every face.

A face makes a `Session`, draws its `view()` and `trail()`, calls `set`, `next`, `back` and `go`, and draws anew when it is told
of a change. It knows no field by name.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wizard.steps.answers import Answers, FactFailed, Pending
    from wizard.steps.fields import Choice, Fact, Field, Inferred, Kind, Step, Verdict
    from wizard.steps.session import Session
    from wizard.steps.views import (
        FactView,
        FieldsChanged,
        FieldView,
        Finished,
        SessionEvent,
        StepChanged,
        StepMark,
        StepState,
        StepView,
    )

__all__ = [
    "Answers",
    "Choice",
    "Fact",
    "FactFailed",
    "FactView",
    "Field",
    "FieldView",
    "FieldsChanged",
    "Finished",
    "Inferred",
    "Kind",
    "Pending",
    "Session",
    "SessionEvent",
    "Step",
    "StepChanged",
    "StepMark",
    "StepState",
    "StepView",
    "Verdict",
]

_MODULES = {
    "answers": ("Answers", "FactFailed", "Pending"),
    "fields": ("Choice", "Fact", "Field", "Inferred", "Kind", "Step", "Verdict"),
    "session": ("Session",),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME.get(name, 'views')}"), name)
