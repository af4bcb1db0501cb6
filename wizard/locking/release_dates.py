"""When a version came out: the model's side of a lock is resolved as of a day near it."""

from __future__ import annotations

import datetime

from wizard.errors import LockError
from wizard.events import Cancel, Reporter
from wizard.locking.requirements_text import canonical, read_wheels
from wizard.locking.uv_command import Question, Target, Uv

# A version's wheels are only listed for a Python it knew: between them these meet every scikit-learn since 2019.
_PYTHONS = ("3.11", "3.8", "3.13", "3.14")

_SECONDS = 8.0
"""For all of it: whoever makes a plan waits for this answer, and can do without it."""


def release_date(distribution: str, version: str, *, cancel: Cancel | None = None) -> datetime.date | None:
    """The day the version's first wheel for Linux was published.

    None where that cannot be learnt: no such version, an index that is out of reach or does not tell. Raises only
    `CancelledError`.
    """
    until = datetime.datetime.now(datetime.UTC).timestamp() + _SECONDS
    try:
        uv = Uv(Reporter("plan", lambda event: None, cancel))
        for python in _PYTHONS:
            left = until - datetime.datetime.now(datetime.UTC).timestamp()
            if left <= 0:
                return None
            question = Question(
                {"release.in": [f"{distribution}=={version}"]},
                Target(python),
                options=("--no-deps", "--format", "pylock.toml"),
            )
            outcome = uv.resolve(question, timeout=left)
            if outcome.ok:
                _, day = read_wheels(outcome.stdout).get(canonical(distribution), (None, None))
                return datetime.date.fromisoformat(day) if day else None
            if "no usable wheels" not in outcome.said and "no wheels with a matching" not in outcome.said:
                return None
    except LockError:
        return None
    return None
