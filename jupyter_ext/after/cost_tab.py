"""What a service costs in a month, for as many requests as the person thinks of."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets

from jupyter_ext.after.service_tab import ServiceTab
from jupyter_ext.looks import escaped, text_html
from wizard.errors import PlanError
from wizard.steps.costing import CostBasis, cost_basis, cost_of

if TYPE_CHECKING:
    from wizard.advice.costs import Estimate
    from wizard.targets.cloud_run.cost import Alternative


class CostTab(ServiceTab):
    """For a service in a cloud: on this machine nothing is paid."""

    TITLE = "Cost"

    def content(self) -> Sequence[ipywidgets.Widget]:
        self._basis: CostBasis | None = None
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
        basis: CostBasis = value
        first, self._basis = self._basis is None, None
        if first:  # what the person thinks of stays at a refresh
            self.requests.value = basis.requests_per_day
            self.each.value = basis.milliseconds
        self._basis = basis
        self._draw()

    def _draw(self) -> None:
        if self._basis is None:
            return
        cost = cost_of(self._basis, self.requests.value, self.each.value)
        self._bill.value = "".join(
            (
                text_html(cost.practice),
                text_html(cost.said),
                _table(cost.estimate),
                *(text_html(f"· {sentence}", "quiet") for sentence in cost.notes),
                _others(cost.others),
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


def _basis(project: Path) -> CostBasis:
    """Called in a thread. Raises PlanError, also where the plan there does not lead to Cloud Run any more."""
    basis = cost_basis(project)
    if not basis.billed:
        raise PlanError(
            "What this service costs cannot be told from its plan any more.",
            f"The plan in {project} leads to {basis.plan.target.kind} now, and the service runs on Cloud Run.",
            "Set target.kind back to cloud_run, or look at the bill in Google's console.",
        )
    return basis
