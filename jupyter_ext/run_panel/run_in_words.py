"""A run's stages and its end as the page draws them: plain data, with the words in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wizard.errors import CancelledError, SendoffError
from wizard.events import RunFinished, RunState
from wizard.in_words import seconds_in_words
from wizard.printable import printable
from wizard.run.outline import StageLine, Standing


def stage_in_words(line: StageLine) -> dict[str, Any]:
    """A row of the list. The page itself lets the time run, and the bar with it: `started` and `expected` are for that."""
    state = line.state
    row: dict[str, Any] = {
        "stage": line.stage,
        "title": line.title,
        "mark": line.standing.value,
        "expected": line.expected,
        "usual": seconds_in_words(line.expected) if line.expected is not None else "",
        "started": None,
        "share": None,
        "took": "",
        "detail": line.detail,
    }
    if state is None:
        return row
    row["started"] = state.started
    if line.standing is Standing.RUNNING:
        row["share"] = min(1.0, state.done / state.total) if state.total else None
    elif line.standing not in {Standing.SKIPPED, Standing.CUT_OFF}:
        row["took"] = seconds_in_words(state.seconds or 0.0)
    return row


def success_in_words(state: RunState, result: RunFinished) -> dict[str, Any]:
    """How a run ended well: where the service answers, what proves it, how it is called and how it is undone."""
    release: Mapping[str, Any] = result.result or {}
    said = {key: printable(str(release.get(key) or "")) for key in ("service", "url", "place", "proof", "call", "undo")}
    seconds = result.at - state.stages[0].started if state.stages else 0.0
    took = f"in {seconds_in_words(seconds)}" if seconds >= 1 else "at once"
    if not said["service"]:
        head, tail = f"Done {took}.", ""
    else:
        head = f"{said['service']} answers at"
        tail = f", {took}." if release.get("changed", True) else ": it ran already, nothing was changed."
    return {
        "ok": True,
        "head": head,
        "url": said["url"] if said["service"] else "",
        "tail": tail,
        "proofs": [said[key] for key in ("place", "proof") if said[key]],
        "commands": [[label, said[key]] for label, key in (("call it", "call"), ("undo it", "undo")) if said[key]],
        "service": said["service"],
    }


_STOPPED = "What was done holds. Go on from here whenever you like, or change the plan first."
"""What to do about a run that was stopped, where buttons do it."""


def failure_in_words(error: SendoffError, remedies: Sequence[str]) -> dict[str, Any]:
    """How a run failed or was stopped, and what one button can do about it."""
    stopped = isinstance(error, CancelledError)
    return {
        "ok": False,
        "stopped": stopped,
        "error": error_in_words(error) | ({"fix": _STOPPED} if stopped else {}),
        "stage": error.stage,
        "again": "Go on from here" if stopped else "Try again",
        "remedies": list(remedies),
    }


def error_in_words(error: SendoffError) -> dict[str, Any]:
    """An error's parts, safe to show."""
    return {
        "what": printable(error.what),
        "why": printable(error.why),
        "evidence": [printable(line) for line in error.evidence],
        "fix": printable(error.fix),
    }
