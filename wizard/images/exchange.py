"""A long exchange with the engine that another thread may cut: the engine then ends what it did for it."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from wizard.errors import SendoffError
from wizard.events import Reporter

if TYPE_CHECKING:
    from wizard.images.engine import Engine


@contextmanager
def exchange(engine: Engine, reporter: Reporter, doing: str) -> Iterator[Any]:
    """Inside, a client of the engine with connections of its own, cut when the person asks to stop and when anything goes
    wrong. What the SDK raises becomes an EngineError, or CancelledError where it broke because it was cut. `doing`
    completes the sentence "while …"."""
    api = engine.new_client()
    # The SDK hands out the answer's content only, but lets one listen for the answer itself: that has the socket.
    answers: list[Any] = []
    api.hooks["response"].append(lambda answer, *_, **__: answers.append(answer))

    def cut() -> None:
        for answer in answers:
            _cut(answer)

    try:
        with engine.guarding(doing), reporter.cancel.interrupting(cut):
            yield api
    except SendoffError:
        cut()
        reporter.check()  # the connection broke because we cut it
        raise
    except BaseException:  # also Ctrl-C: without its connection the work ends
        cut()
        raise
    finally:
        api.close()


def _cut(answer: Any) -> None:
    """Break the connection under an answer, also while another thread waits for its next bytes."""
    raw = getattr(getattr(getattr(answer.raw, "_fp", None), "fp", None), "raw", None)
    for candidate in (getattr(raw, "_sock", None), getattr(raw, "sock", None), raw):
        if candidate is not None:
            with contextlib.suppress(Exception):
                candidate.shutdown(socket.SHUT_RDWR)
                return
    with contextlib.suppress(Exception):
        answer.close()
