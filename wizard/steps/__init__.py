"""The conversation that fills a plan: steps and fields declared once, drawn by every face.

A face makes a `Session`, draws its `view()` and `trail()`, calls `set`, `next`, `back` and `go`, and draws anew when it is told
of a change. It knows no field by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.late_names import late_names

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

__getattr__ = late_names(
    __name__,
    {
        "answers": ("Answers", "FactFailed", "Pending"),
        "fields": ("Choice", "Fact", "Field", "Inferred", "Kind", "Step", "Verdict"),
        "session": ("Session",),
        "views": (
            "FactView",
            "FieldView",
            "FieldsChanged",
            "Finished",
            "SessionEvent",
            "StepChanged",
            "StepMark",
            "StepState",
            "StepView",
        ),
    },
)
