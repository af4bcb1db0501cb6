"""What a service costs in a month, for as many requests as the person thinks of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets

from jupyter_ext.after.service_tab import ServiceTab
from jupyter_ext.looks import escaped, text_html
from wizard.errors import PlanError
from wizard.in_words import milliseconds_in_words

if TYPE_CHECKING:
    from wizard.advice.costs import Estimate
    from wizard.plan import Plan
    from wizard.targets.cloud_run.cost import Alternative

GUESS = 0.02
"""Seconds a request takes where no rehearsal has measured it, as `sendoff cost` guesses."""


@dataclass(frozen=True, slots=True)
class _Basis:
    """What the estimate is made from."""

    plan: Plan
    seconds: float | None
    """As the last rehearsal measured a request; None where there was none."""


class CostTab(ServiceTab):
    """For a service in a cloud: on this machine nothing is paid."""

    TITLE = "Cost"

    def content(self) -> Sequence[ipywidgets.Widget]:
        self._basis: _Basis | None = None
        self.requests = ipywidgets.BoundedIntText(1000, min=0, max=10**12, description="Requests a day")
        self.each = ipywidgets.BoundedFloatText(20, min=0, max=10**7, description="Milliseconds each")
        asked = ipywidgets.HBox([self.requests, self.each])
        asked.add_class("sendoff-asked")
        for number in (self.requests, self.each):
            number.observe(self.on(self._draw), "value")
        self._bill = ipywidgets.HTML()
        return [asked, self._bill]

    def load(self) -> None:
        self.ask("cost", "Reading the plan", partial(_basis, Path(self.status.project)))

    def answered(self, question: str, value: Any) -> None:  # noqa: ARG002  (as every tab has it)
        basis: _Basis = value
        first, self._basis = self._basis is None, None
        if first:  # what the person thinks of stays at a refresh
            self.requests.value = getattr(basis.plan.target, "requests_per_day", 1000)
            self.each.value = float(f"{(basis.seconds or GUESS) * 1000:.3g}")
        self._basis = basis
        self._draw()

    def _draw(self) -> None:
        if self._basis is None:
            return
        from wizard.targets.cloud_run.cost import alternatives, explain, monthly_cost

        plan, measured = self._basis.plan, self._basis.seconds
        seconds = self.each.value / 1000
        plan = plan.model_copy(
            update={"target": plan.target.model_copy(update={"requests_per_day": self.requests.value})}
        )
        estimate = monthly_cost(plan, seconds)
        others = [other for other in alternatives(plan, seconds) if other.estimate.total != estimate.total]
        practice = getattr(plan.target, "endpoint", "")
        if measured is None:
            source = "The time of a request is a guess until a rehearsal has measured it."
        else:
            source = f"The rehearsal measured {milliseconds_in_words(measured * 1000)} a request."
        self._bill.value = "".join(
            (
                text_html(
                    "It runs on the local Cloud Run and costs nothing; this is what Google would take."
                    if practice
                    else ""
                ),
                text_html(explain(estimate)),
                _table(estimate),
                *(text_html(f"· {sentence}", "quiet") for sentence in (source, *estimate.assumptions)),
                _others(others),
            )
        )


def _table(estimate: Estimate) -> str:
    lines = "".join(
        f'<tr><th scope="row">{escaped(line.what)}</th><td>{line.quantity:,.0f} {escaped(line.unit)}</td>'
        f"<td>{line.cost:,.2f} USD</td></tr>"
        for line in estimate.lines
    )
    total = f'<tr><th scope="row">A month</th><td></td><td>{estimate.total:,.2f} USD</td></tr>'
    return f'<table class="sendoff-bill"><tbody>{lines}</tbody><tfoot>{total}</tfoot></table>'


def _others(others: Sequence[Alternative]) -> str:
    if not others:
        return ""
    lines = "".join(f"<li><b>{other.estimate.total:,.2f} USD</b> {escaped(other.sentence)}</li>" for other in others)
    return f"{text_html('Other ways', 'heading')}<ul>{lines}</ul>"


def _basis(project: Path) -> _Basis:
    """Called in a thread. Raises PlanError, also where the plan there does not lead to Cloud Run any more."""
    from wizard.plan import load_plan
    from wizard.run import PLAN_NAME, measured_seconds

    path = project / PLAN_NAME
    plan = load_plan(path)
    if plan.target.kind != "cloud_run":
        raise PlanError(
            "What this service costs cannot be told from its plan any more.",
            f"{path} leads to {plan.target.kind} now, and the service runs on Cloud Run.",
            "Set target.kind back to cloud_run, or look at the bill in Google's console.",
        )
    return _Basis(plan, measured_seconds(path))
