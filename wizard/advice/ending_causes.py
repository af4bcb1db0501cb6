"""How a service ended by itself: with a traceback, with a last word, or without any."""

from __future__ import annotations

import re

from wizard.advice.cause import Cause, CauseKind
from wizard.advice.scene import Scene

_TRACEBACK = re.compile(r"^Traceback \(most recent call last\)")
_FRAME = re.compile(r'^\s*File "([^"]+)", line (\d+)')
_GAVE_UP = re.compile(r"^CRITICAL: (.*)")
EXCEPTION = re.compile(r"(?:^|: )(?:\w+\.)*([A-Z]\w*(?:Error|Exception|Exit|Interrupt))(?:: (.*))?$")


def crash(scene: Scene) -> Cause | None:
    """An exception ended it, with a traceback or in one line of its own."""
    started = next((at for at, line in reversed(list(enumerate(scene.lines))) if _TRACEBACK.search(line.text)), None)
    if started is None:
        return _gave_up(scene)
    after = scene.lines[started + 1 :]
    error = next((line for line in after if line.text and not line.text[0].isspace()), None)
    inside = after[: after.index(error)] if error else after
    frame = next((line for line in reversed(inside) if _FRAME.search(line.text)), None)
    # The person's own file is worth more than the library frame the error surfaced in.
    own = next(
        (
            line
            for line in reversed(inside)
            if (m := _FRAME.search(line.text)) and "site-packages" not in m[1] and "/lib/python" not in m[1]
        ),
        None,
    )
    where = own or frame
    place = _FRAME.search(where.text) if where else None
    said = error.text if error else "an exception"
    if place:
        why = f"It came from {place[1].rsplit('/', 1)[-1]}, line {place[2]}, before the service could listen."
    else:
        why = "It ended with a Python traceback before it could listen."
    return Cause(
        CauseKind.CRASH,
        f"The service crashed: {said}",
        why,
        tuple(line for line in (where, error) if line is not None),
        "Correct what the traceback names, then rehearse again.",
    )


def _gave_up(scene: Scene) -> Cause | None:
    """The server caught the error itself and said so in one line of its own."""
    if (found := scene.find(_GAVE_UP)) is None:
        return None
    return Cause(
        CauseKind.CRASH,
        f"The service gave up: {found[1][1]}",
        "It said so itself, as its last act before it could listen.",
        (found[0],),
        "Correct what it names, then rehearse again.",
    )


def exited(scene: Scene) -> Cause | None:
    """It ended, and nothing says why."""
    code = scene.exit_code
    if code is None:
        return None
    by = f"was ended by signal {_signal(code)}" if _signal(code) else f"ended with exit code {code}"
    return Cause(
        CauseKind.EXITED,
        f"The service {by} before it listened.",
        "It ended by itself: a server must stay in the foreground."
        if code == 0
        else "Its last log lines are all that is known.",
        scene.lines[-3:],
        "Let the image's command run the server in the foreground."
        if code == 0
        else "Run the bundle by hand and watch it end: docker run --rm -e PORT=8080 …",
    )


def _signal(code: int) -> int:
    return -code if code < 0 else code - 128 if 128 < code < 160 else 0
