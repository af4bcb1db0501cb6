"""The model's input columns: their names, kinds, legal values, ranges and plausible examples.

The columns are followed through the estimators from the outside in. A transformer says what the columns it is given hold,
in the units of the input as long as only imputers stand before it. Missing values flow on until something handles or
refuses them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum, auto

from wizard.inspection.array_values import scalar
from wizard.inspection.inspection import Column, Kind, Scalar
from wizard.inspection.symbols import Value


class Missing(Enum):
    """What becomes of a missing value in a column."""

    FLOWS = auto()
    HANDLED = auto()
    REFUSED = auto()


@dataclass(slots=True)
class ColumnFacts:
    """What has been learnt of one column so far."""

    kind: Kind | None = None
    categories: tuple[Scalar, ...] = ()
    closed: bool = False
    missing: Missing = Missing.FLOWS
    minimum: float | None = None
    maximum: float | None = None
    example: Scalar | None = None
    used: bool = False
    """A ColumnTransformer hands it on."""
    raw: bool = True
    """The values are still those of the input."""

    def number(
        self, *, minimum: Scalar | None = None, maximum: Scalar | None = None, example: Scalar | None = None
    ) -> None:
        """The column holds numbers; ranges and examples are taken only in the input's own units, and the first wins."""
        if self.kind is None:
            self.kind = Kind.NUMBER
        if not self.raw:
            return
        self.minimum = _finite(minimum) if self.minimum is None else self.minimum
        self.maximum = _finite(maximum) if self.maximum is None else self.maximum
        self.example = _finite(example) if self.example is None else self.example

    def category(self, categories: list[Value], *, closed: bool) -> None:
        """The column holds one of these; None or NaN among them means a missing value is a value like the others."""
        if not self.raw:
            return
        values = [scalar(value) for value in categories]
        self.categories = tuple(value for value in values if value is not None)
        booleans = bool(self.categories) and all(isinstance(value, bool) for value in self.categories)
        self.kind = Kind.BOOLEAN if booleans else Kind.CATEGORY
        self.closed = closed
        if self.missing is Missing.FLOWS:
            self.missing = Missing.HANDLED if None in values or not closed else Missing.REFUSED
        if self.example not in self.categories:
            self.example = self.categories[0] if self.categories else None

    def column(self, name: str | None) -> Column:
        """The facts as the inspection gives them."""
        kind = self.kind or (Kind.CATEGORY if isinstance(self.example, str) else Kind.NUMBER)
        known = [value for value in (*self.categories, self.example) if value is not None]
        example = self.example if self.example is not None else _EXAMPLES[kind]
        return Column(
            name,
            kind,
            self.categories,
            self.closed,
            self.missing is Missing.HANDLED,
            self.minimum,
            self.maximum,
            example,
            integer=bool(self.categories) and all(type(value) is int for value in known),
        )


def _finite(value: Scalar | None) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


_EXAMPLES: dict[Kind, Scalar] = {Kind.NUMBER: 0.0, Kind.TEXT: "some text", Kind.BOOLEAN: True, Kind.CATEGORY: ""}
"""Where nothing is known."""
