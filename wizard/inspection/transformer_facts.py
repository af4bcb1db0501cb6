"""What each known transformer tells of the columns it was fitted on.

A teller gets the transformer and the facts of its columns (None for a column that is no input column any more), adds to
them, and gives the places of those of its columns that come out again, in order; None where its output is a mixture.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from wizard.inspection.array_values import array_values, columns_of, sequence
from wizard.inspection.column_facts import ColumnFacts, Missing
from wizard.inspection.fitted import Fitted, values_of
from wizard.inspection.inspection import Kind, Scalar
from wizard.inspection.symbols import Value

Facts = list[ColumnFacts | None]
Teller = Callable[[Fitted, Facts], Sequence[int] | None]


def _impute(node: Fitted, facts: Facts) -> Sequence[int] | None:
    """Imputers: missing values end here; what they put in place is a plausible value."""
    values = _for_columns((node.part("initial_imputer_") or node).get("statistics_"), facts)
    for at, fact in enumerate(facts):
        if fact is None:
            continue
        if fact.missing is Missing.FLOWS:
            fact.missing = Missing.HANDLED
        if fact.raw and fact.example is None and values is not None and node.get("strategy") != "constant":
            fact.example = values[at]
    if values is not None and None in values and node.get("keep_empty_features") is not True:
        return [at for at, value in enumerate(values) if value is not None]  # columns with no value at all are dropped
    return None if node.get("add_indicator") is True else range(len(facts))


def _scale(node: Fitted, facts: Facts) -> Sequence[int] | None:
    """Scalers: the columns are numbers, and what was learnt of each is its range or its middle."""
    low, high = _for_columns(node.get("data_min_"), facts), _for_columns(node.get("data_max_"), facts)
    middle = _for_columns(node.get("mean_"), facts) or _for_columns(node.get("center_"), facts)
    reach = _for_columns(node.get("max_abs_"), facts)
    for at, fact in enumerate(facts):
        if fact is None:
            continue
        least, most, halfway = _number(low, at), _number(high, at), _number(reach, at)
        example = _number(middle, at)
        if example is None and least is not None and most is not None:
            example = (least + most) / 2
        elif example is None and halfway is not None:
            example = halfway / 2
        fact.number(minimum=least, maximum=most, example=example)
        fact.raw = False
    return range(len(facts))


def _bin(node: Fitted, facts: Facts) -> Sequence[int] | None:
    """KBinsDiscretizer: its edges span the range."""
    spread(facts, [sequence(edges) or [] for edges in values_of(node.get("bin_edges_"))])
    for fact in facts:
        if fact is not None and fact.missing is Missing.FLOWS:
            fact.missing = Missing.REFUSED
    return _changed(node, facts) if node.get("encode") == "ordinal" else None


def _rank(node: Fitted, facts: Facts) -> Sequence[int] | None:
    """QuantileTransformer: its quantiles are the distribution itself."""
    spread(facts, columns_of(node.get("quantiles_")))
    return _changed(node, facts)


def _encode(node: Fitted, facts: Facts) -> Sequence[int] | None:
    """Encoders: the categories seen in training, and whether others are refused."""
    categories = values_of(node.get("categories_"))
    closed = node.get("handle_unknown") in (None, "error") and node.name != "TargetEncoder"
    for at, fact in enumerate(facts):
        if fact is None:
            continue
        values = _plain_list(categories[at]) if len(categories) == len(facts) else None
        if values is not None:
            fact.category(values, closed=closed)
        elif fact.raw and fact.kind is None:
            fact.kind = Kind.CATEGORY
        fact.raw = False
    return None if node.name == "OneHotEncoder" else range(len(facts))


def _changed(_node: Fitted, facts: Facts) -> Sequence[int] | None:
    """The columns are numbers and come out as other numbers."""
    for fact in facts:
        if fact is not None:
            fact.number()
            fact.raw = False
    return range(len(facts))


def spread(facts: Facts, values: list[list[Scalar | None]]) -> None:
    """Take range and middle of each column from its values in order."""
    if len(values) != len(facts):
        return
    for fact, column in zip(facts, values, strict=True):
        numbers = [value for value in column if isinstance(value, int | float)]
        if fact is not None and numbers and all(before <= after for before, after in pairwise(numbers)):
            fact.number(minimum=numbers[0], maximum=numbers[-1], example=middle(numbers))


def middle(numbers: list[int | float]) -> float:
    """The median; `statistics` has one and takes longer to import than a file takes to read."""
    ordered, half = sorted(numbers), len(numbers) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def _for_columns(value: Value, facts: Facts) -> list[Scalar | None] | None:
    """An attribute that has one value for each column."""
    values = sequence(value)
    return values if values is not None and len(values) == len(facts) else None


def _number(values: list[Scalar | None] | None, at: int) -> float | None:
    value = values[at] if values is not None else None
    return float(value) if isinstance(value, int | float) else None


def _plain_list(value: Value) -> list[Value] | None:
    array = array_values(value)
    if array is not None:
        return array.values
    return value if isinstance(value, list) else None


TELLERS: dict[str, Teller] = {
    **dict.fromkeys(("SimpleImputer", "IterativeImputer", "KNNImputer"), _impute),
    **dict.fromkeys(("StandardScaler", "MinMaxScaler", "MaxAbsScaler", "RobustScaler"), _scale),
    **dict.fromkeys(("OneHotEncoder", "OrdinalEncoder", "TargetEncoder"), _encode),
    "PowerTransformer": _changed,
    "KBinsDiscretizer": _bin,
    "QuantileTransformer": _rank,
}
"""By class name."""

as_numbers = _changed
