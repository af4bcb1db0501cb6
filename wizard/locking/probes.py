"""Finding the nearest thing that works by trying: small resolutions, several at a time, each with a limit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from wizard.locking.requirements_text import Pin, read_pins
from wizard.locking.uv_command import Question, Target, Uv

K = TypeVar("K")
T = TypeVar("T")

PYTHONS = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14")
"""Pythons an official slim image exists for, oldest first."""

_SECONDS = 15.0
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Probes:
    """Questions about what the index has for one target. Every answer is uv's own; None means no, or no answer in time."""

    uv: Uv
    target: Target
    as_of: str | None = None

    def newest(self, requirement: str, *, lowest: bool = False) -> str | None:
        """Version the requirement resolves to alone, the highest or the lowest; for this target and day, wheels only."""
        options = ("--no-deps", "--no-header", *(("--resolution", "lowest-direct") if lowest else ()))
        pins = self.together(Question({"probe.in": [requirement]}, self.target, as_of=self.as_of, options=options))
        return pins[0].version if pins else None

    def together(self, question: Question) -> tuple[Pin, ...] | None:
        """The packages the question resolves to."""
        outcome = self.uv.resolve(question, timeout=_SECONDS)
        return read_pins(outcome.stdout) if outcome.ok else None

    def pythons(self, question: Question) -> list[str]:
        """The Pythons for which the question resolves, oldest first; its own is not asked again."""
        others = [python for python in PYTHONS if python != question.target.python]
        found = self.each(
            {
                python: bind(self.together, replace(question, target=replace(question.target, python=python)))
                for python in others
            }
        )
        return [python for python in others if found[python]]

    def nearest(self, name: str, version: str) -> tuple[str | None, str | None]:
        """The versions just below and just above one that is not to be had."""
        found = self.each(
            {
                "below": lambda: self.newest(f"{name}<{version}"),
                "above": lambda: self.newest(f"{name}>{version}", lowest=True),
            }
        )
        return found["below"], found["above"]

    def first_existing(self, names: Sequence[str]) -> str | None:
        """The first of the names the index knows."""
        found = self.each({name: bind(self.newest, name) for name in names})
        return next((name for name in names if found[name]), None)

    def each(self, calls: Mapping[K, Callable[[], T]]) -> dict[K, T]:
        """The calls' answers, made side by side. Raises `CancelledError` when the person asks to stop."""
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="probe") as pool:
            waiting = {key: pool.submit(call) for key, call in calls.items()}
            return {key: future.result() for key, future in waiting.items()}

    def without_day(self) -> Probes:
        """The same questions about today."""
        return replace(self, as_of=None)


def bind(function: Callable[[K], T], argument: K) -> Callable[[], T]:
    """A call of a function with one argument, to be made later."""
    return lambda: function(argument)
