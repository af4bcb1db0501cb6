"""Planted faults that happen inside a container: what it writes, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from wizard.workshop.faults import Fault, Faults
from wizard.workshop.runtime import Failure, Instance, StartError

IMAGE_FAULTS: Final = {
    Fault.IMAGE_MISSING: Failure.IMAGE_MISSING,
    Fault.IMAGE_UNREADABLE: Failure.IMAGE_UNREADABLE,
}
"""Found out when the image is looked up."""


@dataclass(frozen=True, slots=True)
class Course:
    """How a start goes wrong. In the lines, {port} and {other} stand for the right port and another."""

    failure: Failure
    lines: tuple[str, ...]
    said: str = ""
    exit_code: int | None = None


_STARTING = ("INFO:     Started server process [1]", "INFO:     Waiting for application startup.")
_UP = (*_STARTING, "INFO:     Application startup complete.")

COURSES: Final = {
    Fault.NOT_LISTENING: Course(
        Failure.NOT_LISTENING, (*_UP, "INFO:     Uvicorn running on http://0.0.0.0:{other} (Press CTRL+C to quit)")
    ),
    Fault.LOOPBACK_ONLY: Course(
        Failure.NOT_LISTENING, (*_UP, "INFO:     Uvicorn running on http://127.0.0.1:{port} (Press CTRL+C to quit)")
    ),
    Fault.PROBE_TIMEOUT: Course(
        Failure.NOT_LISTENING,
        (*_UP, "INFO:     Uvicorn running on http://0.0.0.0:{port} (Press CTRL+C to quit)"),
        said="DEADLINE_EXCEEDED",
    ),
    Fault.OUT_OF_MEMORY: Course(Failure.OUT_OF_MEMORY, _STARTING, exit_code=137),
    Fault.CRASH: Course(
        Failure.EXITED,
        (
            "Traceback (most recent call last):",
            '  File "/app/server.py", line 21, in <module>',
            "    MODEL = load_model()",
            '  File "/app/handler.py", line 14, in load_model',
            "    return joblib.load(HERE / 'model.joblib')",
            "FileNotFoundError: [Errno 2] No such file or directory: '/app/model.joblib'",
        ),
        exit_code=1,
    ),
    Fault.MISSING_MODULE: Course(
        Failure.EXITED,
        (
            "Traceback (most recent call last):",
            '  File "/app/server.py", line 12, in <module>',
            "    import handler",
            '  File "/app/handler.py", line 3, in <module>',
            "    import pandas",
            "ModuleNotFoundError: No module named 'pandas'",
        ),
        exit_code=1,
    ),
    Fault.WRONG_ARCHITECTURE: Course(
        Failure.WRONG_ARCHITECTURE,
        ("exec /usr/local/bin/python: exec format error",),
        said="failed to load /usr/local/bin/python: exec format error",
    ),
}


def fail_image(faults: Faults) -> None:
    """Raises StartError where one is planted for the next image."""
    planted = faults.take(*IMAGE_FAULTS)
    if planted is not None:
        raise StartError(IMAGE_FAULTS[planted.fault])


def fail_start(faults: Faults, instance: Instance, log: Callable[[str], None]) -> None:
    """Write what such a container writes and raise StartError, where one is planted for the next start."""
    planted = faults.take(*COURSES)
    if planted is not None:
        take_course(COURSES[planted.fault], instance, log)


def take_course(course: Course, instance: Instance, log: Callable[[str], None]) -> None:
    """Go that way: always raises StartError."""
    for line in course.lines:
        log(line.format(port=instance.port, other=5000 if instance.port != 5000 else 5001))
    raise StartError(course.failure, course.said, exit_code=course.exit_code)
