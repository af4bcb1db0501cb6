"""The form of an answer, and the one thing checked of it: that every number is one."""

from __future__ import annotations

import math
from typing import Any

import orjson

from serving.queueing import Answers
from serving.refusal import Refused


def prediction(answers: Answers, many: bool) -> bytes:
    """{"prediction": …} for one row, {"predictions": […]} for many."""
    return _encode({"predictions": answers} if many else {"prediction": answers[0]}, answers, many)


def probabilities(answers: Answers, many: bool, classes: list[Any]) -> bytes:
    """{"classes": […], "probabilities": […]}; for many rows a list of such lists."""
    return _encode({"classes": classes, "probabilities": answers if many else answers[0]}, answers, many)


def _encode(answer: dict[str, Any], answers: Answers, many: bool) -> bytes:
    body = orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY)
    if b"null" in body:  # which is how NaN and Infinity leave: as nothing, and in silence
        for index, value in enumerate(answers):
            if not _finite(value):
                field = f"instances[{index}]" if many else "features"
                message = f"the model's answer to {field} is not a finite number"
                raise Refused(422, message, field, "Are its values within what the model was trained on?")
    return body


def _finite(value: Any) -> bool:
    """Whether an answer has only numbers that are ones, or no numbers."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return all(map(_finite, value))
    return not isinstance(value, float) or math.isfinite(value)
