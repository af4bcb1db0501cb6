"""The startup probe: wait until the service answers, and where it does not, find out why."""

from __future__ import annotations

import time
from dataclasses import dataclass

from wizard.advice.causes import Facts, Listener, recognise
from wizard.errors import SendoffError
from wizard.rehearsal.connection import NoAnswerError
from wizard.rehearsal.contract import LISTENS, READY
from wizard.rehearsal.inside import Inside
from wizard.rehearsal.report import Check
from wizard.rehearsal.service import HEALTH, Service

PROBE_SECONDS = 240.0
"""Cloud Run's own limit for a startup probe."""
SETTLED = 5.0
"""Seconds after which a service that listens elsewhere and loads nothing, or refuses /health, will not change its mind."""


_LOOKS = 0.5
"""Seconds between two closer looks."""
_RECENT = int(SETTLED / _LOOKS)


@dataclass(frozen=True, slots=True)
class Startup:
    """How it came up: seconds to the first healthy answer, None where it did not, and the check that says so."""

    seconds: float | None
    check: Check


def wait_until_ready(service: Service, inside: Inside, started: float, probe_seconds: float = PROBE_SECONDS) -> Startup:
    """Ask /health until it answers 200. `started` is `time.monotonic()` at the start. Raises CancelledError."""
    watch = _Watch()
    while (waited := time.monotonic() - started) < probe_seconds:
        service.reporter.check()
        service.reporter.progress(waited, None, unit="seconds", what="waiting for the first healthy answer")
        try:
            # A container that has ended leaves an address nobody answers at: a long wait for it would tell nothing.
            with service.connection(timeout=5.0, connecting=0.5) as connection:
                answer = connection.get(HEALTH)
        except NoAnswerError as silence:
            watch.silence = str(silence)
        else:
            if answer.status == 200:
                seconds = time.monotonic() - started
                return Startup(seconds, _passed(service, inside, seconds))
            watch.answered = str(answer)
            watch.refused_since = watch.refused_since or (waited if 400 <= answer.status < 500 else None)
            if watch.refused_since and waited - watch.refused_since > SETTLED:
                return Startup(
                    None,
                    READY.failed(
                        f"GET {HEALTH} answered {answer}.", "Answer 200 to GET /health once the model is loaded."
                    ),
                )
        if watch.due(waited):
            if not service.instance.running():
                break
            watch.look(service, inside, waited)
            if watch.elsewhere_since is not None and waited - watch.elsewhere_since > SETTLED and not watch.growing:
                break
        service.reporter.cancel.wait(0.02)
    service.reporter.check()
    return Startup(None, _failed(service, inside, watch, time.monotonic() - started))


class _Watch:
    """What was seen while waiting."""

    def __init__(self) -> None:
        self.silence = ""
        self.answered = ""
        self.refused_since: float | None = None
        self.elsewhere_since: float | None = None
        self.listening: tuple[Listener, ...] | None = None
        self.memory: list[int] = []
        self._next = 0.2

    def due(self, waited: float) -> bool:
        """It is time for a closer look: they cost more than a question to a closed port."""
        if waited < self._next:
            return False
        self._next = waited + _LOOKS
        return True

    def look(self, service: Service, inside: Inside, waited: float) -> None:
        try:
            self.memory.append(service.instance.memory().current)
        except SendoffError:
            pass
        if self.answered:
            return
        self.listening = inside.listeners()
        elsewhere = bool(self.listening) and not any(
            one.port == service.port and not one.loopback for one in self.listening or ()
        )
        if not elsewhere or (
            service.instance.runtime == "process" and any(one.port == service.port for one in self.listening or ())
        ):
            self.elsewhere_since = None
        elif self.elsewhere_since is None:
            self.elsewhere_since = waited

    @property
    def growing(self) -> bool:
        """Its memory grew in the last few seconds: something is being loaded."""
        recent = self.memory[-_RECENT:]
        return len(recent) > 1 and recent[-1] > recent[0] * 1.02


def _passed(service: Service, inside: Inside, seconds: float) -> Check:
    listening = inside.listeners() or ()
    where = ", ".join(str(one) for one in listening if one.port == service.port)
    on = f"It listens on {where}" if where else f"It answers on PORT={service.port}"
    return LISTENS.passed(f"{on}; healthy after {seconds:.2f} s.")


def _failed(service: Service, inside: Inside, watch: _Watch, waited: float) -> Check:
    instance = service.instance
    running = instance.running()
    logs = service.log_lines()
    facts = Facts(
        port=service.port,
        listening=watch.listening,
        waited=waited,
        loading=running and (watch.growing or bool(watch.answered)),
        memory_limit=service.plan.service.memory,
        image_platform=inside.platform(),
    )
    for line in logs[-40:]:
        service.reporter.log(line)
    cause = recognise(logs, None if running else instance.exit_code() or 0, instance.out_of_memory(), facts)
    if cause is None:
        seen = f"It answered {watch.answered}" if watch.answered else f"It did not answer: {watch.silence}"
        return LISTENS.failed("\n".join((f"{seen}.", *logs[-3:])))
    return LISTENS.failed("\n".join((f"{cause.title} {cause.why}", *map(str, cause.evidence))), cause.fix, cause.kind)
