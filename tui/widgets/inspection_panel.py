"""What the model file says about itself: the same words as on the command line, in a narrow column."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

from tui.hanging import hanging
from wizard.inspection.inspection import Inspection, Severity
from wizard.inspection.summary import Summary, summary

_LABEL = 11
"""Columns of the labels, with the gap behind."""
_MARKS = {
    Severity.DANGEROUS: ("✗ ", "bold $text-error"),
    Severity.UNKNOWN: ("! ", "bold $text-warning"),
    Severity.NOTE: ("· ", "$text-muted"),
}


class InspectionPanel(Static):
    """Everything is wrapped, nothing is cut."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.inspection: Inspection | None = None
        self._summary: Summary | None = None

    def show(self, inspection: Inspection | None) -> None:
        """Draw this inspection, or nothing."""
        self.inspection = inspection
        self._summary = None if inspection is None else summary(inspection)
        self._draw()

    def on_resize(self, _event: Resize) -> None:
        self._draw()

    def _draw(self) -> None:
        width = self.size.width
        lines = [] if self._summary is None or width < 1 else list(_lines(self._summary, width))
        self.update(Content("\n").join(lines))


def _lines(said: Summary, width: int) -> Iterator[Content]:
    for label, text in said.rows:
        yield from hanging(Content.styled(f"{label:<{_LABEL}}", "$text-muted"), text, width, _LABEL)
    for severity, text in said.findings:
        mark, style = _MARKS[severity]
        yield from hanging(Content.styled(mark, style), text, width, len(mark))
    if said.more_findings:
        yield Content.styled(f"and {said.more_findings} more findings", "$text-muted")
    if said.tree:
        yield Content()
        for line in said.tree:
            indent = len(line) - len(line.lstrip())
            yield from hanging(Content(" " * indent), line.lstrip(), width, indent, below=indent + 2)
    if said.columns:
        yield Content()
        for name, text in said.columns:
            yield from hanging(Content.assemble((name, "bold"), "  "), text, width, len(name) + 2, below=2)
        if said.more_columns:
            yield Content.styled(f"and {said.more_columns} more columns", "$text-muted")
