"""The model's input: its columns and the layout `predict` wants them in."""

from __future__ import annotations

from wizard.inspection.fitted import Fitted
from wizard.inspection.inspection import Column, Kind, Layout
from wizard.inspection.tracing import Trace

_DEEPEST = 24
_ENTRANCES = ("best_estimator_", "regressor_", "estimator_", "estimator", "base_estimator")


def input_columns(root: Fitted) -> tuple[tuple[Column, ...], Layout]:
    """The inputs in the order the model was fitted with them, and the layout they must have."""
    count, names = _shape(root)
    trace = Trace(count, names)
    trace.walk(root)
    if trace.takes_texts:
        return (Column(None, Kind.TEXT, example="some text"),), Layout.TEXTS
    spelled: list[str | None] = list(names) if names is not None else [None] * len(trace.facts)
    pairs = list(zip(trace.facts, spelled, strict=True))
    if trace.by_name and trace.only_chosen and any(fact.used for fact in trace.facts):
        pairs = [(fact, name) for fact, name in pairs if fact.used]
    columns = tuple(fact.column(name) for fact, name in pairs)
    frame = trace.by_name or trace.wants_frame or any(column.kind is not Kind.NUMBER for column in columns)
    return columns, Layout.FRAME if frame else Layout.ARRAY


def _shape(root: Fitted) -> tuple[int | None, list[str] | None]:
    """Number and names of the inputs, from the outermost estimator on the way in that knows them."""
    node: Fitted | None = root
    count: int | None = None
    for _ in range(_DEEPEST):
        if node is None:
            break
        count = count or node.features
        names = node.feature_names
        if names is not None and (count is None or count == len(names)):
            return len(names), names
        node = _entrance(node)
    return count, None


def _entrance(node: Fitted) -> Fitted | None:
    """The estimator that gets the input first."""
    for _, step in node.steps:
        if step is not None and not (step.name == "FunctionTransformer" and step.features is None):
            return step
    for attribute in _ENTRANCES:
        part = node.part(attribute)
        if part is not None:
            return part
    for attribute in ("estimators_", "calibrated_classifiers_", "transformer_list"):
        parts = node.parts(attribute)
        if parts:
            return parts[0]
    return None
