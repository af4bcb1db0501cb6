"""A request that gets no answer of the model, and what its sender is told."""

from __future__ import annotations

import difflib

import orjson

FORMS = 'Send {"features": [value, …]} for one row or {"instances": [[value, …], …]} for many.'
DISCARDED = 64 * 1024**2
"""So much of a body beyond the limit is read and dropped, so that its sender gets to read why."""


class Refused(Exception):
    """Answered with `status` and {"error": {"message", "field", "fix"}}.

    `field` is the part of the request at fault, `fix` what to send instead. `note` is what the log says: nothing of the
    request but where it is at fault.
    """

    def __init__(
        self, status: int, message: str, field: str | None = None, fix: str | None = None, *, note: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.field = field
        self.fix = fix
        self.note = note or (f"refused: {field}" if field else "refused")

    @property
    def body(self) -> bytes:
        """The answer, as JSON."""
        fix = {"fix": self.fix} if self.fix else {}
        return orjson.dumps({"error": {"message": self.message, "field": self.field, **fix}})


def not_found(path: str, known: list[str]) -> Refused:
    """Nothing lies at this path."""
    near = difflib.get_close_matches(path[:100], known, 1)
    fix = f"Did you mean {near[0]}?" if near else f"There are {', '.join(known)}."
    return Refused(404, f"there is nothing at {path[:100]}", None, fix)


def wrong_method(method: str, path: str) -> Refused:
    """Predictions are asked for with POST."""
    return Refused(405, f"{path} answers POST, not {method}", None, FORMS)


def no_probabilities() -> Refused:
    """/predict_proba of a model without them."""
    return Refused(404, "this model gives no probabilities", None, "Ask /predict.")


def too_large(limit: int) -> Refused:
    """The body is over the limit."""
    return Refused(
        413, f"the body is over this service's limit of {limit} bytes", None, "Send the rows in several requests."
    )


def compressed(encoding: str) -> Refused:
    """The body has a Content-Encoding."""
    return Refused(
        415, f"the body is compressed ({encoding[:20]}), which this service does not read", None, "Send it plain."
    )


def queue_full() -> Refused:
    """More rows wait than service.json allows."""
    return Refused(
        503, "too many requests are waiting", None, "Try again after the seconds in Retry-After.", note="queue full"
    )


def unpredictable(error: Exception, where: str) -> Refused:
    """The model, or handler.py, raised an error on rows that passed the contract."""
    message = f"the model cannot answer this: {str(error)[:1000] or type(error).__name__}"
    return Refused(
        422, message, None, "Are the values like those it was trained on?", note=f"the model failed: {where}"
    )


def broken(where: str = "") -> Refused:
    """A fault of the service itself: its sender learns nothing of it, the log says where."""
    return Refused(500, "the service failed on this request", None, "Its log says why.", note=f"failed: {where}")
