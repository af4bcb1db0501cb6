"""A month's bill, line by line."""

from __future__ import annotations

from decimal import Decimal

from textual.content import Content
from textual.widget import Widget

from wizard.advice.costs import Estimate

_WITH_QUANTITIES = 64
"""Columns from which on quantities have room beside the names."""
_COST = 14


class CostTable(Widget):
    """As many columns as there is room for; the sum is last."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's name for it)
        super().__init__(id=id)
        self._estimate: Estimate | None = None

    def show(self, estimate: Estimate) -> None:
        self._estimate = estimate
        self.refresh(layout=True)

    def render(self) -> Content:
        estimate = self._estimate
        if estimate is None:
            return Content()
        width = min(self.size.width, 84)
        lines = []
        for line in estimate.lines:
            quantity = f"{line.quantity:,.0f} {line.unit}" if width >= _WITH_QUANTITIES else ""
            lines.append(_row(line.what, quantity, line.cost, width))
        lines.append(Content.styled("─" * width, "$rule"))
        lines.append(_row("A month", "", estimate.total, width).stylize("bold"))
        return Content("\n").join(lines)


def _row(what: str, quantity: str, cost: Decimal, width: int) -> Content:
    room = width - _COST
    gap = " " * max(1, room - len(what) - len(quantity))
    return Content.assemble(what, gap, (quantity, "$text-muted"), f"{cost:>{_COST - 4},.2f} USD")
