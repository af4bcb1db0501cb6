"""An error in its three parts, with its evidence: what, why, and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import Static

from wizard.errors import SendoffError
from wizard.plan.problem import Problem


class ErrorPanel(Static):
    """Not seen while there is no error. All text is wrapped, none is cut."""

    def __init__(self, error: SendoffError | Problem | None = None, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._error: SendoffError | Problem | None = None
        self.show(error)

    @property
    def error(self) -> SendoffError | Problem | None:
        return self._error

    def show(self, error: SendoffError | Problem | None) -> None:
        """Draw this error, or nothing."""
        if error is self._error and self.display == (error is not None):
            return
        self._error = error
        self.display = error is not None
        if error is not None:
            self.update(error_content(error))


def error_content(error: SendoffError | Problem) -> Content:
    """The error as text with styles; never parsed as markup, whatever it quotes."""
    evidence: Sequence[str] = () if isinstance(error, Problem) else error.evidence
    lines = [Content.assemble(("✗ ", "bold $text-error"), (error.what, "bold $text-error"))]
    if error.why:
        lines.append(Content.styled(error.why, "$foreground"))
    lines.extend(Content.assemble(("│ ", "$text-error"), (line, "$text-muted")) for line in evidence)
    if error.fix:
        lines.append(Content.assemble(("→ ", "bold $text-success"), (error.fix, "$foreground")))
    return Content("\n").join(lines)
