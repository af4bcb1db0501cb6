"""What a service costs in a month, for as many requests as the person thinks of."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import HorizontalGroup, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tui.widgets.cost_table import CostTable
from tui.widgets.service_pane import ServicePane
from wizard.steps.costing import CostBasis, cost_basis, cost_of


class CostPane(ServicePane):
    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's name for it)
        super().__init__(id=id)
        self._basis: CostBasis | None = None

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
        self.ask("cost", "Reading the plan", partial(cost_basis, Path(self.status.project)))

    async def answered(self, question: str, value: Any) -> None:  # noqa: ARG002  (as every tab has it)
        basis: CostBasis = value
        self._basis = basis
        self.query_one("#cost-table").display = basis.billed
        if not basis.billed:
            self.query_one("#cost-said", Static).update(
                "This costs nothing: it runs on a machine that is yours already.\n\n"
                "What it would cost on Cloud Run, sendoff cost says of a plan with target.kind cloud_run."
            )
            return
        with self.prevent(Input.Changed):
            self.query_one("#requests", Input).value = str(basis.requests_per_day)
            self.query_one("#each", Input).value = f"{basis.milliseconds:g}"
        self._draw()

    @on(Input.Changed)
    def _changed(self, message: Input.Changed) -> None:
        message.stop()
        self._draw()

    def _draw(self) -> None:
        if self._basis is None:
            return
        requests = int(self.query_one("#requests", Input).value or 0)
        cost = cost_of(self._basis, requests, float(self.query_one("#each", Input).value or 0))
        self.query_one("#cost-said", Static).update("\n".join(part for part in (cost.practice, cost.said) if part))
        self.query_one(CostTable).show(cost.estimate)
        notes = [Content.styled(f"· {sentence}", "$text-muted") for sentence in cost.notes]
        if cost.others:
            notes += [Content(), Content.styled("Other ways", "bold")]
        for other in cost.others:
            notes.append(Content.assemble((f"{other.estimate.total:,.2f} USD", "bold"), f"  {other.sentence}"))
        self.query_one("#cost-notes", Static).update(Content("\n").join(notes))
