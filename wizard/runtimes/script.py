"""Handing a Python script and its input to another interpreter, and reading what went wrong from its last words."""

from __future__ import annotations

from collections import deque

from wizard.errors import RehearsalError
from wizard.events import Reporter

# Script and input travel through one stdin, their lengths beforehand: no limit on a command line is met, and the end
# of the input needs no half-closed connection, which neither TLS nor Windows' pipes have.
_BOOTSTRAP = """\
import io, sys
sizes = [int(size) for size in sys.argv[1:3]]
source, data = [sys.stdin.buffer.read(size) for size in sizes]
sys.stdin = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8")
sys.argv = ["script.py"]
exec(compile(source, "script.py", "exec"), {"__name__": "__main__"})
"""
_KEPT = 40


def arguments(script: str, stdin: bytes) -> list[str]:
    """What follows the interpreter on its command line."""
    return ["-c", _BOOTSTRAP, str(len(script.encode())), str(len(stdin))]


def payload(script: str, stdin: bytes) -> bytes:
    """What the interpreter is sent."""
    return script.encode() + stdin


class LastWords:
    """Output that comes in pieces: every whole line is logged, the last ones are kept as evidence."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._rest = b""
        self.lines: deque[str] = deque(maxlen=_KEPT)

    def feed(self, piece: bytes) -> None:
        """Take what was read; `b""` ends an unfinished line."""
        *whole, self._rest = (self._rest + piece).split(b"\n")
        if not piece and self._rest:
            whole, self._rest = [self._rest], b""
        for line in whole:
            text = line.decode(errors="replace").rstrip()
            if text:
                self.lines.append(text)
                self._reporter.log(text)


def timed_out(timeout: float, words: LastWords) -> RehearsalError:
    """The script had not ended in time and was ended by force."""
    return RehearsalError(
        f"A script beside the model had not finished after {timeout:.0f} s.",
        "It was ended. Loading the model or predicting takes longer than allowed, or waits for something.",
        "Look at load() and predict() in handler.py, or allow more time.",
        evidence=tuple(words.lines),
    )


def failed(exit_code: int | None, words: LastWords) -> RehearsalError:
    """The script ended with something else than 0."""
    last = words.lines[-1] if words.lines else ""
    if exit_code == 137:
        why, fix = "It was killed, most likely for want of memory.", "Give the engine or this machine more memory."
    elif "ModuleNotFoundError" in last or "ImportError" in last:
        why = "Something it imports is not in the locked environment."
        fix = "Add the distribution to image.extra_requirements in sendoff.yaml, or the file to image.modules."
    else:
        why, fix = f"It ended with exit code {exit_code}; its last words are below.", "Correct what they name."
    return RehearsalError("A script beside the model failed.", why, fix, evidence=tuple(words.lines))
