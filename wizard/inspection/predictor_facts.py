"""What predictors tell of plausible input values: where trees split, where clusters lie, what neighbours are kept."""

from __future__ import annotations

import struct

from wizard.inspection.array_values import columns_of, leading_bytes, sequence
from wizard.inspection.dtypes import read_dtype
from wizard.inspection.fitted import Fitted, opaque, values_of
from wizard.inspection.symbols import Array, Call, DType, Field, Value
from wizard.inspection.transformer_facts import Facts, middle, spread

_PLACES = ("theta_", "means_", "centroids_", "cluster_centers_", "_fit_X", "X_train_", "X_fit_", "xbar_")
"""Attributes with a column for each input: class means, cluster centres, kept rows."""
_MOST_TREES = 50
_MOST_NODES = 200
_LEAF = -2
"""The feature of a node that splits on none."""


def learn_from_predictor(node: Fitted, facts: Facts) -> None:
    """Give columns of which nothing is known yet an example the model has met."""
    mapper = opaque(node.get("_bin_mapper"))
    if mapper is not None:
        spread(facts, [sequence(borders) or [] for borders in values_of(mapper.get("bin_thresholds_"))])
        return
    booster = node.booster
    if booster is not None:
        spread(facts, [list(span) if span is not None else [] for span in booster.ranges or []])
        return
    for attribute in _PLACES:
        columns = columns_of(node.get(attribute))
        if len(columns) == len(facts):
            _give_examples(facts, dict(enumerate(columns)))
            return
    _give_examples(facts, _thresholds(node))


def _give_examples(facts: Facts, values: dict[int, list[Value]]) -> None:
    for at, fact in enumerate(facts):
        numbers = [value for value in values.get(at, []) if isinstance(value, int | float)]
        if fact is not None and numbers:
            fact.number(example=float(f"{middle(numbers):.6g}"))


def _thresholds(node: Fitted) -> dict[int, list[Value]]:
    """Where a tree or the trees of an ensemble split each input, as far as their nodes were kept."""
    if node.get("estimators_features_") is not None:  # bagging: each member has inputs of its own
        return {}
    trees = [node] if node.get("tree_") is not None else node.parts("estimators_")[:_MOST_TREES]
    found: dict[int, list[Value]] = {}
    for tree in trees:
        inner = opaque(tree.get("tree_"))
        for feature, threshold in _splits(inner.get("nodes")) if inner is not None else ():
            found.setdefault(feature, []).append(threshold)
    return found


def _splits(nodes: Value) -> list[tuple[int, float]]:
    """Feature and threshold of a tree's first nodes."""
    raw, dtype = _records(nodes)
    fields = {field.name: field for field in dtype.fields} if dtype is not None else {}
    feature, threshold = fields.get("feature"), fields.get("threshold")
    if dtype is None or feature is None or threshold is None or dtype.size == 0 or dtype.big:
        return []
    if (feature.kind, feature.size, threshold.kind, threshold.size) != ("i", 8, "f", 8) or not _inside(
        dtype, feature, threshold
    ):
        return []
    found = []
    for start in range(0, min(len(raw) // dtype.size, _MOST_NODES) * dtype.size, dtype.size):
        (at,) = struct.unpack_from("<q", raw, start + feature.offset)
        (value,) = struct.unpack_from("<d", raw, start + threshold.offset)
        if at != _LEAF:
            found.append((at, value))
    return found


def _inside(dtype: DType, *fields: Field) -> bool:
    return all(0 <= field.offset <= dtype.size - field.size for field in fields)


def _records(value: Value) -> tuple[bytes, DType | None]:
    """What was kept of an array of records, in any of its spellings."""
    if isinstance(value, Array):
        return value.data if value.data is not None else value.head, value.dtype
    if not isinstance(value, Call):
        return b"", None
    if value.type.endswith("multiarray._reconstruct") and isinstance(value.state, tuple) and len(value.state) == 5:
        raw, dtype = value.state[4], value.state[2]
    elif (
        value.type.endswith("numeric._frombuffer") and isinstance(value.arguments, tuple) and len(value.arguments) == 4
    ):
        raw, dtype = value.arguments[0], value.arguments[1]
    else:
        return b"", None
    return leading_bytes(raw), read_dtype(dtype)
