"""An inspection in words: the same lines for every face."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from wizard.inspection.inspection import Column, Estimator, Inspection, Severity
from wizard.printable import one_line

_LIST = 12
"""Values of a list that are written out."""
_COLUMNS = 40
_FINDINGS = 30
_HOW = {"array": "numbers by position", "frame": "a data frame", "texts": "text"}


@dataclass(frozen=True, slots=True)
class Summary:
    """What a file says about itself, ready to be shown: no text has a line break or a control character in it."""

    rows: tuple[tuple[str, str], ...]
    """(label, text), e.g. ("task", "regression"); what there is nothing to say of is left out."""
    tree: tuple[str, ...]
    """The estimators, one a line, each level indented by two blanks."""
    columns: tuple[tuple[str, str], ...]
    """(name, what it holds) of the inputs that have names, in their order; the first 40."""
    more_columns: int
    """Named inputs beyond those."""
    findings: tuple[tuple[Severity, str], ...]
    """What the person should know of the file, in the order found; the first 30."""
    more_findings: int
    """Findings beyond those."""


def summary(inspection: Inspection) -> Summary:
    """The inspection in words."""
    named = [column for column in inspection.columns if column.name is not None]
    return Summary(
        rows=tuple((label, one_line(text)) for label, text in _rows(inspection) if text),
        tree=tuple(_line(text) for text in _tree(inspection.tree, 0)) if inspection.tree is not None else (),
        columns=tuple((one_line(str(column.name)), one_line(_column(column))) for column in named[:_COLUMNS]),
        more_columns=max(0, len(named) - _COLUMNS),
        findings=tuple(
            (finding.severity, one_line(f"{finding.what} {finding.why}")) for finding in inspection.findings[:_FINDINGS]
        ),
        more_findings=max(0, len(inspection.findings) - _FINDINGS),
    )


def _rows(inspection: Inspection) -> Iterator[tuple[str, str]]:
    wrapper = "" if inspection.compression == "none" else f", {inspection.compression}"
    yield "file", f"{inspection.format}{wrapper}, protocol {inspection.protocol}, {_size(inspection.size)}"
    version = inspection.framework_version or "of unknown version"
    others = f"; parts saved by {', '.join(inspection.other_versions)}" if inspection.other_versions else ""
    yield "framework", f"{inspection.framework} {version}{others}"
    yield "task", inspection.task.value + (f", {inspection.outputs} outputs" if inspection.outputs > 1 else "")
    yield "classes", _some(inspection.classes)
    yield "inputs", _inputs(inspection)
    yield "memory", f"about {_size(inspection.memory)} once loaded, the libraries not counted"
    yield "needs", ", ".join(need.requirement for need in inspection.requirements)
    for module in inspection.local_modules:
        wanted = ", ".join(module.names) or "imported by your code"
        yield "your code", f"{module.module}: {wanted} ({module.path or 'not found beside the model'})"


def _size(amount: float) -> str:
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if amount >= size:
            return f"{amount / size:.1f} {unit}"
    return f"{amount:.0f} bytes"


def _some(values: Sequence[object]) -> str:
    shown = ", ".join(str(value) for value in values[:_LIST])
    return shown + (f", … ({len(values)} in all)" if len(values) > _LIST else "")


def _inputs(inspection: Inspection) -> str:
    count = len(inspection.columns)
    if not count:
        return "the file does not tell"
    return f"{count} column{'s' if count > 1 else ''}, {_HOW[inspection.layout.value]}"


def _tree(node: Estimator, depth: int) -> Iterable[tuple[int, str]]:
    name = f"{node.name}: " if node.name else ""
    detail = f" ({node.detail})" if node.detail else ""
    columns = f" ← {_some(node.columns)}" if node.columns else ""
    yield depth, f"{name}{node.type.rpartition('.')[2]}{detail}{columns}"
    for child in node.children:
        yield from _tree(child, depth + 1)


def _line(node: tuple[int, str]) -> str:
    depth, text = node
    return "  " * depth + one_line(text)


def _column(column: Column) -> str:
    parts: list[str] = [column.kind.value]
    if column.categories:
        parts.append(("one of " if column.closed else "such as ") + _some(column.categories))
    if column.minimum is not None and column.maximum is not None:
        parts.append(f"{column.minimum:g} to {column.maximum:g} in training")
    if column.missing:
        parts.append("may be missing")
    return ", ".join(parts)
