"""The value this package yields: what was seen when the image ran as the target would run it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from wizard.rehearsal.parity_set import ParitySet


class Outcome(StrEnum):
    """How a check ended. NOT_COVERED: this machine cannot check it (no engine), and `evidence` says so."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_COVERED = "not covered"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the contract, with what was seen."""

    name: str
    """Stable name, e.g. "listens-on-port"."""
    title: str
    """What must hold, one sentence."""
    outcome: Outcome
    evidence: str
    """What was seen: a status and body, a log line, a figure."""
    fix: str = ""
    cause: str = ""
    """Why it failed, a value of `wizard.advice.CauseKind`; empty where no cause was recognised."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Round trips of single-row requests, in milliseconds, and what they add up to."""

    concurrency: int
    requests: int
    p50: float
    p95: float
    p99: float
    per_second: float
    failed: int


@dataclass(frozen=True, slots=True)
class Parity:
    """The same rows through the model alone and through the service."""

    rows: int
    agreed: int
    largest_difference: float
    """Largest relative difference of any number."""
    tolerance: float
    """Relative tolerance asked for; 0: the same bits."""
    reference: str
    """Where the expected answers come from, e.g. "the model loaded in the locked environment"."""
    differences: tuple[str, ...] = ()
    """The first few disagreements: input row, expected, answered."""

    @property
    def agrees(self) -> bool:
        """Every row agreed, and there was at least one."""
        return self.rows > 0 and self.agreed == self.rows


@dataclass(frozen=True, slots=True)
class RehearsalReport:
    """What the service did under the target's contract, and what follows from it."""

    runtime: str
    """"container" or "process"."""
    checks: tuple[Check, ...]
    start_seconds: float
    """From start to the first healthy answer."""
    peak_memory: int
    """Bytes; of the container, or of the process."""
    idle_memory: int
    latency: tuple[Latency, ...]
    parity: Parity | None
    advice: tuple[str, ...] = ()
    """What follows for memory, concurrency, startup probe, instances: one sentence each."""
    expected: ParitySet | None = None
    """The rows asked, with the answers expected: a release must give them again before it gets traffic."""

    @property
    def passed(self) -> bool:
        """No check failed and the answers agree."""
        return all(check.outcome is not Outcome.FAILED for check in self.checks) and (
            self.parity is None or self.parity.agrees
        )

    @property
    def seconds_per_request(self) -> float:
        """How long one request keeps an instance busy, in the middle, when it comes alone; 0 where nothing was measured."""
        return next((one.p50 / 1000 for one in self.latency if one.concurrency == 1), 0.0)
