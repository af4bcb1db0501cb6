"""What is said where code of the notebook cannot be carried over."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from jupyter_ext.capture.errors import CaptureError
from jupyter_ext.capture.rescue_constants import NotPlainError


class RescueError(CaptureError):
    """The model needs something of the notebook that cannot be written down as a module.

    `wanted`  the name of the class or function that cannot be carried over.
    `needs`   the name that stands in the way; empty where it is the thing itself.
    """

    code: ClassVar[str] = "capture-rescue"

    def __init__(
        self,
        what: str,
        why: str = "",
        fix: str = "",
        *,
        wanted: str = "",
        needs: str = "",
        evidence: Sequence[str] = (),
    ) -> None:
        super().__init__(what, why, fix, evidence=evidence)
        self.wanted = wanted
        self.needs = needs


@dataclass(frozen=True, slots=True)
class Asker:
    """Who needs a name, and by which line."""

    owner: str
    line: str
    is_class: bool = False


def by_hand(name: str, body: str = "") -> str:
    """What to write instead: a module of the person's own, in three lines."""
    return (
        "Write it in a file beside the notebook, take it from there, then fit the model again:\n"
        f"    # my_code.py\n{_indented(body) or f'    # … {name}, and all that it uses'}\n"
        f"    from my_code import {name}    # in the notebook"
    )


def _indented(body: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in body.splitlines())


def described(value: Any) -> str:
    shape = getattr(value, "shape", None)
    size = f" of shape {shape}" if isinstance(shape, tuple) else ""
    kind = type(value).__name__
    return f"{'an' if kind.lower().startswith(('a', 'e', 'i', 'o', 'nd')) else 'a'} {kind}{size}"


def not_plain(name: str, value: Any, error: NotPlainError, asker: Asker | None) -> RescueError:
    inside = "" if error.value is value else f" that holds {described(error.value)}"
    why = f" It {error.reason}." if error.reason else ""
    owner = asker.owner if asker else name
    return RescueError(
        f"{owner} needs {name}, {described(value)}{inside}, and that cannot be carried over from the notebook.",
        f"A module can hold code and plain values: numbers, texts, small lists, dicts and arrays.{why}",
        f"Keep what it needs from {name} in the object itself: in its fit method, self.… = …; run the cell again, fit, and save."
        if asker and asker.is_class
        else f"Hand it what it needs from {name} as a plain value. Where that cannot be: {by_hand(owner)}",
        wanted=owner,
        needs=name,
        evidence=[f"{owner}: {asker.line}"] if asker else [],
    )


def two_of_one_name(name: str, value: Any) -> RescueError:
    kind = "class" if isinstance(value, type) else "function" if callable(value) else "value"
    return RescueError(
        f"The model needs two different things that are both called {name}.",
        f"The {kind} {name} was defined again in the notebook after parts of the model were made with the first one.",
        "Run the cells from the top (Run All), so that there is one of each name, and save the model again.",
        wanted=name,
        needs=name,
    )


def class_without_source(value: type, *, redefined: bool) -> RescueError:
    name = value.__name__
    if redefined:
        why = f"The notebook defines another {name} by now; the model was made with an older one, whose text is lost."
        fix = "Fit the model again with the class as it is now, and save it."
        return RescueError(f"The source of the class {name} is not to be found.", why, fix, wanted=name)
    return RescueError(
        f"The source of the class {name} is not to be found.",
        "No cell that was run in this session defines it as it is now.",
        by_hand(name),
        wanted=name,
    )


def patched(value: type, name: str) -> RescueError:
    return RescueError(
        f"{value.__name__}.{name} was put into the class after the class was defined, and cannot be carried over.",
        "The source of the class does not have it.",
        f"Write {name} in the body of {value.__name__}, run the cell again, fit the model again, and save it.",
        wanted=value.__name__,
        needs=name,
    )


def is_secret(name: str, value: Any) -> bool:
    """Whether a text, under this name, looks like a password or a key: it would lie open in the module and in the image."""
    from wizard.plan.secrecy import looks_secret, names_a_secret

    if not isinstance(value, str | bytes):
        return False
    text = value if isinstance(value, str) else value.decode("latin-1")
    return looks_secret(text) or (names_a_secret(name) and re.fullmatch(r"[\w./+=-]{6,}", text) is not None)


def secret(name: str) -> RescueError:
    return RescueError(
        f"{name} looks like a secret, and is not written into a module.",
        "Whoever can read the module, or the image it is built into, could read it.",
        'Read it where it is used: os.environ["NAME"]. Name it under secrets in the plan, run the cell again, fit, and save.',
        wanted=name,
        needs=name,
    )
