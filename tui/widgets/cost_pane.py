"""What a service costs in a month, for as many requests as the person thinks of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import ComposeResult
from textual.containers import HorizontalGroup, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tui.widgets.cost_table import CostTable
from tui.widgets.service_pane import ServicePane
from wizard.in_words import milliseconds_in_words

if TYPE_CHECKING:
    from wizard.plan import Plan

GUESS = 0.02
"""Seconds a request takes where no rehearsal has measured it, as `sendoff cost` guesses."""


@dataclass(frozen=True, slots=True)
class _Basis:
    """What the estimate is made from."""

    plan: Plan
    seconds: float | None
    """As the last rehearsal measured a request; None where there was none."""


class CostPane(ServicePane):
    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's name for it)
        super().__init__(id=id)
        self._basis: _Basis | None = None

    def content(self) -> ComposeResult:
        yield Static("", id="cost-said", markup=False)
        with Vertical(id="cost-table"):
            with HorizontalGroup(classes="cost-asked"):
                yield Static("Requests a day", classes="cost-label")
                yield Input(id="requests", restrict=r"\d{0,12}", placeholder="1000")
            with HorizontalGroup(classes="cost-asked"):
                yield Static("Milliseconds each", classes="cost-label")
                yield Input(id="each", restrict=r"\d{0,7}(\.\d{0,3})?", placeholder="20")
            yield CostTable(id="cost-lines")
            yield Static("", id="cost-notes")

    def load(self) -> None:
        self.ask("cost", "Reading the plan", partial(_basis, Path(self.status.project)))

    async def answered(self, question: str, value: Any) -> None:  # noqa: ARG002  (as every tab has it)
        basis: _Basis = value
        self._basis = basis
        billed = basis.plan.target.kind == "cloud_run"
        self.query_one("#cost-table").display = billed
        if not billed:
            self.query_one("#cost-said", Static).update(
                "This costs nothing: it runs on a machine that is yours already.\n\n"
                "What it would cost on Cloud Run, sendoff cost says of a plan with target.kind cloud_run."
            )
            return
        with self.prevent(Input.Changed):
            asked = getattr(basis.plan.target, "requests_per_day", 1000)
            self.query_one("#requests", Input).value = str(asked)
            self.query_one("#each", Input).value = f"{(basis.seconds or GUESS) * 1000:.3g}"
        self._draw()

    @on(Input.Changed)
    def _changed(self, message: Input.Changed) -> None:
        message.stop()
        self._draw()

    def _draw(self) -> None:
        if self._basis is None:
            return
        from wizard.targets.cloud_run.cost import alternatives, explain, monthly_cost

        plan, measured = self._basis.plan, self._basis.seconds
        requests = int(self.query_one("#requests", Input).value or 0)
        seconds = float(self.query_one("#each", Input).value or 0) / 1000
        target = plan.target.model_copy(update={"requests_per_day": requests})
        plan = plan.model_copy(update={"target": target})
        estimate = monthly_cost(plan, seconds)
        practice = (
            "It runs on the local Cloud Run and costs nothing; this is what Google would take.\n"
            if _local(plan)
            else ""
        )
        self.query_one("#cost-said", Static).update(practice + explain(estimate))
        self.query_one(CostTable).show(estimate)
        if measured is None:
            source = "The time of a request is a guess until a rehearsal has measured it."
        else:
            source = f"The rehearsal measured {milliseconds_in_words(measured * 1000)} a request."
        notes = [Content.styled(f"· {sentence}", "$text-muted") for sentence in (source, *estimate.assumptions)]
        others = [other for other in alternatives(plan, seconds) if other.estimate.total != estimate.total]
        if others:
            notes += [Content(), Content.styled("Other ways", "bold")]
        for other in others:
            notes.append(Content.assemble((f"{other.estimate.total:,.2f} USD", "bold"), f"  {other.sentence}"))
        self.query_one("#cost-notes", Static).update(Content("\n").join(notes))


def _local(plan: Plan) -> bool:
    return bool(getattr(plan.target, "endpoint", ""))


def _basis(project: Path) -> _Basis:
    """Called in a thread. Raises PlanError."""
    from wizard.plan import load_plan
    from wizard.run import PLAN_NAME, measured_seconds

    path = project / PLAN_NAME
    return _Basis(load_plan(path), measured_seconds(path))
