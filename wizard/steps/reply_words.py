"""What a service answered, in words: the answer itself, or what it has against the request."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from wizard.errors import TargetError
from wizard.plan.problem import Problem
from wizard.printable import one_line, printable
from wizard.steps.views import FieldView
from wizard.targets import Reply

_LONGEST = 20_000
"""Characters of an answer that are shown."""
_INDEX = re.compile(r"\[(\d+)\]$")


def refusal(reply: Reply) -> TargetError:
    """What the service said against the request, in our three parts."""
    said = reply.answer.get("error") if isinstance(reply.answer, dict) else None
    error = said if isinstance(said, dict) else {}
    message = str(error.get("message") or "").strip() or f"It answered with status {reply.status}."
    whose = "refused the request" if 400 <= reply.status < 500 else "failed on the request"
    return TargetError(f"The service {whose}.", printable(_sentence(message)), printable(str(error.get("fix") or "")))


def has_message(answer: Any) -> bool:
    """Whether the answer is an error whose message `refusal` tells: it need not be shown as JSON too."""
    error = answer.get("error") if isinstance(answer, dict) else None
    return isinstance(error, dict) and bool(error.get("message"))


def _is_meant(named: str, number: int, label: str) -> bool:
    """Whether the service's name for a part of the request is this column: features[3], features.income or income."""
    if index := _INDEX.search(named):
        return int(index[1]) == number
    return one_line(named.removeprefix("features.")) == label


def refused_field(reply: Reply, views: Sequence[FieldView]) -> tuple[int, Problem] | None:
    """(number of the field in a request's form, what the service has against it), where the answer names one."""
    answer = reply.answer if isinstance(reply.answer, dict) else {}
    error = answer.get("error")
    named = error.get("field") if isinstance(error, dict) else None
    if not isinstance(named, str):
        return None
    for number, view in enumerate(views):
        if _is_meant(named, number, view.field.label):
            said = refusal(reply)
            return number, Problem(view.field.name, said.why, "", said.fix)
    return None


def answer_in_lines(answer: Any) -> str:
    """Names and values where that is all there is in it, else JSON; the beginning of it, where it is long."""
    if isinstance(answer, str):
        text = answer
    elif isinstance(answer, dict) and answer and not any(isinstance(value, dict | list) for value in answer.values()):
        wide = max(map(len, answer))
        text = "\n".join(f"{name:<{wide}}  {json.dumps(value, ensure_ascii=False)}" for name, value in answer.items())
    else:
        text = json.dumps(answer, ensure_ascii=False, indent=2)
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}\n… and {len(text) - _LONGEST:,} characters more"
    return printable(text)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
