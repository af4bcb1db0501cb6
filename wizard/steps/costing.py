"""What a released service costs in a month, for as many requests as the person thinks of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.in_words import milliseconds_in_words
from wizard.run.measured import GUESS, measured_seconds

if TYPE_CHECKING:
    from wizard.advice.costs import Estimate
    from wizard.plan import Plan
    from wizard.targets.cloud_run.cost import Alternative


@dataclass(frozen=True, slots=True)
class CostBasis:
    """What the estimate is made from."""

    plan: Plan
    measured: float | None
    """Seconds that the last rehearsal measured a request to take; None where there was none."""

    @property
    def billed(self) -> bool:
        """It runs where somebody sends a bill."""
        return self.plan.target.kind == "cloud_run"

    @property
    def requests_per_day(self) -> int:
        """As the plan has it; to begin with."""
        return int(getattr(self.plan.target, "requests_per_day", 1000))

    @property
    def milliseconds(self) -> float:
        """What a request takes, to three digits; to begin with."""
        return float(f"{(self.measured or GUESS) * 1000:.3g}")


@dataclass(frozen=True, slots=True)
class Cost:
    """A month, in words and lines."""

    practice: str
    """That nobody pays it, where the service runs on a local Cloud Run; else empty."""
    said: str
    estimate: Estimate
    notes: tuple[str, ...]
    """What it takes for granted, a sentence each."""
    others: tuple[Alternative, ...]
    """What would cost another amount."""


def cost_basis(project: Path) -> CostBasis:
    """The project's plan, and what was measured. Raises PlanError. It reads files: ask in a thread."""
    from wizard.plan import load_plan
    from wizard.run import PLAN_NAME

    path = project / PLAN_NAME
    return CostBasis(load_plan(path), measured_seconds(path))


def cost_of(basis: CostBasis, requests_per_day: int, milliseconds: float) -> Cost:
    """What it costs with so many requests that take so long each. `basis` must be `billed`."""
    from wizard.targets.cloud_run.cost import alternatives, explain, monthly_cost

    seconds = milliseconds / 1000
    target = basis.plan.target.model_copy(update={"requests_per_day": requests_per_day})
    plan = basis.plan.model_copy(update={"target": target})
    estimate = monthly_cost(plan, seconds)
    if basis.measured is None:
        source = "The time of a request is a guess until a rehearsal has measured it."
    else:
        source = f"The rehearsal measured {milliseconds_in_words(basis.measured * 1000)} a request."
    return Cost(
        "It runs on the local Cloud Run and costs nothing; this is what Google would take."
        if getattr(target, "endpoint", "")
        else "",
        explain(estimate),
        estimate,
        (source, *estimate.assumptions),
        tuple(other for other in alternatives(plan, seconds) if other.estimate.total != estimate.total),
    )
