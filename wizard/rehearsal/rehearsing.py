"""The rehearsal: run the service as the target would run it, check its contract line by line, measure it."""

from __future__ import annotations

import contextlib
import os
import random
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from wizard.bundle.bundle import Bundle
from wizard.errors import EngineError, RehearsalError, TargetError
from wizard.events import Reporter
from wizard.inspection.inspection import Inspection
from wizard.plan.plan import MIB, Plan
from wizard.rehearsal import contract
from wizard.rehearsal.asking import ALONE, ask_in_all_ways
from wizard.rehearsal.connection import NoAnswerError, encode
from wizard.rehearsal.consequences import consequences
from wizard.rehearsal.conversation import check_documents, check_ready, check_sample, check_stateless
from wizard.rehearsal.diagnosis import died, never_started
from wizard.rehearsal.inside import Inside, look_inside, reachable
from wizard.rehearsal.load import measure
from wizard.rehearsal.output import check_log_lines, check_read_only
from wizard.rehearsal.parity import Asked, compare
from wizard.rehearsal.parity_set import ROUNDING, ParitySet
from wizard.rehearsal.reference import ask_the_model
from wizard.rehearsal.refusals import check_refusals
from wizard.rehearsal.report import Check, Latency, Parity, RehearsalReport
from wizard.rehearsal.rows import Row, make_rows
from wizard.rehearsal.service import PREDICT, Service, read_sample
from wizard.rehearsal.startup import PROBE_SECONDS, wait_until_ready
from wizard.rehearsal.stopping import check_end, check_health_under_load
from wizard.runtimes.ports import is_free
from wizard.runtimes.runtime import Instance, Limits, Runtime, Spec

LABEL = "dev.sendoff.rehearsal"
"""Label of every instance a rehearsal starts; its value names the rehearsal."""
LOAD_SECONDS = 3.0
HIGHEST_SHARE = 0.9
"""Of the memory limit that the peak may reach."""


def rehearse(
    plan: Plan,
    inspection: Inspection,
    bundle: Bundle,
    runtime: Runtime,
    reporter: Reporter,
    *,
    expected: ParitySet | None = None,
    probe_seconds: float = PROBE_SECONDS,
    load_seconds: float = LOAD_SECONDS,
) -> RehearsalReport:
    """Run the service under the target's contract and report what was seen. Nothing of it is left running.

    `expected` replaces the model alone as the reference for parity, e.g. answers recorded with the live model in a notebook.
    `probe_seconds` is how long it may take to become healthy, `load_seconds` how long each load is kept up.
    A broken contract is no exception but a failed check: see `require_passed`. Raises EngineError and CancelledError.
    """
    reporter.check()
    rehearsal = _Rehearsal(plan, inspection, bundle, runtime, reporter, expected, load_seconds)
    spec = _spec(plan, runtime)
    started = time.monotonic()
    try:
        instance = runtime.start(spec)
    except TargetError as error:
        return RehearsalReport(runtime.name, (never_started(error),), 0.0, 0, 0, (), None)
    try:
        return rehearsal.run(instance, spec.port, started, probe_seconds)
    finally:
        instance.remove()


def _odd_port() -> int:
    """Odd and never 8080, so that a server that does not read PORT cannot pass by luck; below the ports systems hand out."""
    while not is_free(port := random.randrange(20_001, 32_000, 2)):
        pass
    return port


def _spec(plan: Plan, runtime: Runtime) -> Spec:
    run = f"{os.getpid()}-{secrets.token_hex(4)}"
    name = plan.service.name
    return Spec(
        name=f"sendoff-rehearsal-{name}-{run}",
        port=_odd_port(),
        limits=Limits(memory=plan.service.memory, cpu=plan.service.cpu),
        env={
            **plan.service.env,
            "K_SERVICE": name,
            "K_REVISION": f"{name}-00000-rehearsal",
            "K_CONFIGURATION": name,
        },
        labels={LABEL: run},
        publish=None if runtime.name == "process" or reachable() else 0,
        read_only=True,
    )


@dataclass
class _Rehearsal:
    """What has been gathered so far."""

    plan: Plan
    inspection: Inspection
    bundle: Bundle
    runtime: Runtime
    reporter: Reporter
    expected: ParitySet | None
    load_seconds: float
    checks: list[Check] = field(default_factory=list)
    latency: list[Latency] = field(default_factory=list)
    parity: Parity | None = None
    rows: tuple[Row, ...] = ()
    """Rows that the model surely answers."""
    idle: int = 0
    peak: int = 0

    def run(self, instance: Instance, port: int, started: float, probe_seconds: float) -> RehearsalReport:
        service = Service(self.plan, self.inspection, instance, port, read_sample(self.bundle), self.reporter)
        inside = look_inside(instance, self.runtime)
        start_seconds = 0.0
        with self.reporter.cancel.interrupting(service.hang_up):
            startup = wait_until_ready(service, inside, started, probe_seconds)
            self._note(startup.check)
            if startup.seconds is not None:
                start_seconds = startup.seconds
                self._conversation(service, inside)
        advice = (
            consequences(self.plan, instance.runtime, start_seconds, self.peak, self.latency) if start_seconds else ()
        )
        return RehearsalReport(
            runtime=instance.runtime,
            checks=tuple(self.checks),
            start_seconds=start_seconds,
            peak_memory=self.peak,
            idle_memory=self.idle,
            latency=tuple(self.latency),
            parity=self.parity,
            advice=advice,
            expected=self.expected,
        )

    def _conversation(self, service: Service, inside: Inside) -> None:
        """Everything after the first healthy answer. A service that dies on the way ends it, with the reason."""
        scenes: tuple[tuple[str, Callable[[Service], Iterable[Check]]], ...] = (
            ("is it ready", lambda s: self._ready(s)),
            ("who it runs as", lambda s: [self._user(s, inside)]),
            ("the sample request", lambda s: [check_sample(s), check_documents(s), check_stateless(s)]),
            ("bad requests", check_refusals),
            ("the model's own answers", self._compare),
            ("latency", self._load),
            ("a long request", self._long),
            ("its log", self._output),
            ("SIGTERM", check_end),
        )
        for number, (what, scene) in enumerate(scenes):
            self.reporter.check()
            self.reporter.progress(number, len(scenes), unit="checks", what=what)
            try:
                for check in scene(service):
                    self._note(check)
            except NoAnswerError as silence:
                self.reporter.check()
                self._note(died(service, what, silence))
                return
        self.reporter.progress(len(scenes), len(scenes), unit="checks", what="done")

    def _note(self, check: Check) -> None:
        self.checks.append(check)
        self.reporter.log(
            f"{check.outcome.value}: {check.title} {check.evidence.splitlines()[0][:200] if check.evidence else ''}"
        )

    def _ready(self, service: Service) -> Iterator[Check]:
        yield check_ready(service)
        with contextlib.suppress(EngineError):
            self.idle = service.instance.memory().current

    def _user(self, service: Service, inside: Inside) -> Check:
        if service.instance.runtime == "process":
            return contract.NON_ROOT.not_covered("A process runs as you. A container engine is needed.")
        user = inside.user()
        if user is None:
            return contract.NON_ROOT.not_covered("The container does not tell the number of its user.")
        seen = f"Its first process runs as user {user}."
        return contract.NON_ROOT.passed(seen) if user != 0 else contract.NON_ROOT.failed(seen)

    def _compare(self, service: Service) -> Iterator[Check]:
        expected = self.expected
        if expected is None:
            rows = make_rows(self.inspection, service.sample)
            if not rows:
                yield contract.PARITY.not_covered(
                    "The model file does not tell its inputs, and the bundle has no sample request."
                )
                return
            try:
                expected = ask_the_model(rows, self.inspection, self.runtime, self.reporter)
            except RehearsalError as error:
                yield contract.PARITY.failed("\n".join((f"{error.what} {error.why}", *error.evidence)), error.fix)
                return
        self.expected, self.rows = expected, expected.rows
        asked = ask_in_all_ways(service, expected.rows, expected.probabilities is not None)
        self.parity = compare(expected, asked)
        yield self._parity_check(self.parity)
        yield _batching(expected, asked, self.inspection)

    def _parity_check(self, parity: Parity) -> Check:
        within = "bit for bit" if parity.tolerance == 0 else f"within {parity.tolerance:g} relative"
        if parity.agrees:
            return contract.PARITY.passed(
                f"{parity.rows} rows, alone, concurrently and as instances: all agree {within} with {parity.reference}; "
                f"largest difference {parity.largest_difference:.2g}."
            )
        edited = " You have edited handler.py." if "handler.py" in self.bundle.edited else ""
        seen = f"{parity.rows - parity.agreed} of {parity.rows} rows differ from {parity.reference} ({within}).{edited}"
        return contract.PARITY.failed("\n".join((seen, *parity.differences)))

    def _load(self, service: Service) -> Iterator[Check]:
        bodies = [encode(service.request(row)) for row in self.rows[:32]]
        if not bodies:
            yield contract.LOAD.not_covered("There is no row to ask with.")
            return
        for concurrency in sorted({1, self.plan.service.concurrency}):
            self.latency.append(
                measure(
                    service.address, PREDICT, bodies, concurrency, seconds=self.load_seconds, check=self.reporter.check
                )
            )
        seen = "; ".join(
            f"{one.concurrency} at once: {one.requests} answers, {one.per_second:.0f} a second, p50 {one.p50:.1f} ms, "
            f"p99 {one.p99:.1f} ms, {one.failed} failed"
            for one in self.latency
        )
        yield contract.LOAD.failed(seen) if any(one.failed for one in self.latency) else contract.LOAD.passed(seen)

    def _long(self, service: Service) -> Iterator[Check]:
        if self.rows:
            yield check_health_under_load(service, self.rows)
        use = service.instance.memory()
        self.peak = max(self.peak, use.peak, use.current)
        yield self._memory(service)

    def _memory(self, service: Service) -> Check:
        limit = self.plan.service.memory
        seen = f"It peaked at {self.peak / MIB:.0f} MiB of {limit / MIB:.0f} MiB; idle {self.idle / MIB:.0f} MiB."
        if service.instance.runtime == "process":
            seen += " (A process is measured, not limited.)"
        if not self.peak:
            return contract.MEMORY.not_covered("Its memory could not be measured here.")
        return contract.MEMORY.passed(seen) if self.peak <= HIGHEST_SHARE * limit else contract.MEMORY.failed(seen)

    def _output(self, service: Service) -> Iterator[Check]:
        lines = service.log_lines()
        yield check_log_lines(lines)
        yield check_read_only(lines, service.instance.runtime)


def _batching(expected: ParitySet, asked: tuple[Asked, ...], inspection: Inspection) -> Check:
    """The service's lone answers against the same rows asked together: whatever the model itself would have said."""
    alone = next(one for one in asked if one.way == ALONE)
    tolerance = 0.0 if inspection.exact_batches and expected.tolerance == 0 else ROUNDING
    lone = ParitySet(expected.rows, alone.predictions, alone.probabilities, "the same rows asked alone", tolerance)
    result = compare(lone, [one for one in asked if one.way != ALONE])
    within = "bit for bit" if tolerance == 0 else f"within {tolerance:g} relative"
    if result.agrees:
        return contract.BATCHING.passed(f"{result.rows} rows asked alone and together agree {within}.")
    return contract.BATCHING.failed(
        "\n".join((f"{result.rows - result.agreed} of {result.rows} rows differ ({within}).", *result.differences))
    )
