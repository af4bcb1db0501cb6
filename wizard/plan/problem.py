"""One thing that is wrong with a plan, whose fields are each right for themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, why, and how to put it right.

    `field` is the dotted path (`target.volumes.0.path` within a list). `nearest` is the legal value of that field nearest to
    the one given, as plain data; None where there is none to tell.
    """

    field: str
    what: str
    why: str
    fix: str
    nearest: Any = None
