"""What a request may look like: from the bytes of a body to checked rows, or to a refusal that names the fault.

    {"features": row}               one row
    {"instances": [row, row, …]}    many

A row is a list of values in the model's order, or an object by column name. Nothing is converted in silence: a text is
no number, true is no 1, and a number that would lose digits is refused.
"""

from __future__ import annotations

from typing import Any

from serving.columns import EXACT, check_of, listed, nearest, show
from serving.envelope import look_closer, parse, wrong_envelope
from serving.refusal import Refused
from serving.settings import Column, Settings

Row = list[Any]
"""The values of one row, in the order of the model's columns; None where a value is missing."""

NUMBERS = frozenset({int, float})
HUGE = 2.0**64
"""The parser reads whole numbers from here on as floats."""


class Contract:
    """The checks of one model's requests."""

    def __init__(self, settings: Settings) -> None:
        self.names = settings.names
        self.known = frozenset(settings.names or ())
        self.max_rows = settings.max_rows
        self.texts = settings.layout == "texts"
        self.width = len(settings.columns)
        """Values in a row; 0 where the model file does not tell."""
        self.only_numbers = self.width > 0 and all(column.kind == "number" for column in settings.columns)
        self.checks = [check_of(column) for column in settings.columns]
        self.otherwise = check_of(Column(None, "number" if settings.layout == "array" else "category"))
        """The check of every value where the columns are not known."""
        self.nullable = {column.name for column in settings.columns if column.missing}

    def read(self, body: bytes) -> tuple[list[Row], bool]:
        """The rows of a request, and whether it asked for many. Raises Refused."""
        data = parse(body)
        if type(data) is not dict or len(data) != 1 or not data.keys() <= {"features", "instances"}:
            raise wrong_envelope(data)
        many = "instances" in data
        sent = self._instances(data["instances"]) if many else [data["features"]]
        if self.only_numbers and self._plain(sent):
            rows, named, huge = sent, 0, False
        else:
            rows = [self._row(row, f"instances[{index}]" if many else "features") for index, row in enumerate(sent)]
            named = sum(len(row) for row in sent if type(row) is dict)
            huge = any(type(value) is float and not -HUGE < value < HUGE for row in rows for value in row)
            if len({len(row) for row in rows}) > 1:
                raise Refused(422, "the rows differ in length", "instances", "Send as many values in each.")
        if body.count(b":") > 1 + named or huge:
            look_closer(body)
        return rows, many

    def _instances(self, rows: Any) -> list[Any]:
        if type(rows) is not list:
            fix = 'For one row send {"features": …}.' if type(rows) is dict else "Send a list of rows."
            raise Refused(422, f"instances must be a list of rows, not {show(rows)}", "instances", fix)
        if not rows:
            raise Refused(422, "instances is empty: there is nothing to predict", "instances", "Send at least one row.")
        if len(rows) > self.max_rows:
            message = f"{len(rows)} rows are too many: this service takes {self.max_rows} in one request"
            raise Refused(413, message, "instances", "Send them in several requests.")
        return rows

    def _plain(self, rows: list[Any]) -> bool:
        """Whether each row is a list of as many plain numbers as the model takes: the usual case, told quickly."""
        return all(
            type(row) is list
            and len(row) == self.width
            and NUMBERS.issuperset(map(type, row))
            and max(row) <= EXACT
            and min(row) >= -EXACT
            for row in rows
        )

    def _row(self, row: Any, field: str) -> Row:
        """One row in the model's order, each value checked."""
        if type(row) is dict:
            values = self._by_name(row, field)
        elif type(row) is list:
            values = row
        elif self.texts and type(row) is str:
            values = [row]
        else:
            fix = 'For one row send {"features": [value, …]}, for many {"instances": [[value, …], …]}.'
            raise Refused(422, f"{field} must be a row, not {show(row)}", field, fix)
        if not values or len(values) != (self.width or len(values)):
            raise self._wrong_length(values, field)
        checks = self.checks or [self.otherwise] * len(values)
        for position, (check, value) in enumerate(zip(checks, values, strict=True)):
            if (fault := check(value)) is not None:
                name = self.names[position] if self.names else None
                path = f"{field}.{name}" if type(row) is dict else f"{field}[{position}]"
                subject = path if name is None or type(row) is dict else f'{path} ("{name}")'
                raise Refused(422, f"{subject} {fault[0]}", path, fault[1])
        return values

    def _wrong_length(self, values: Row, field: str) -> Refused:
        takes = f"{self.width} value{'s' if self.width > 1 else ''}" if self.width else "at least one value"
        fix = f"In this order: {listed(self.names, 30)}." if self.names else None
        if values and type(values[0]) is list:
            fix = 'For many rows send {"instances": [[…], …]}.'
        return Refused(422, f"{field} has {len(values)}, the model takes {takes}", field, fix)

    def _by_name(self, row: dict[str, Any], field: str) -> Row:
        """The values of a row given by column name, in the model's order."""
        names = self.names
        if names is None:
            fix = f"Send a list of {self.width or 'its'} values, in the order the model was trained with."
            raise Refused(422, f"{field} has names, but this model's columns have none", field, fix)
        missing = [name for name in names if name not in row]
        if not missing and len(row) == len(names):
            return [row[name] for name in names]
        unknown = [name for name in row if name not in self.known]
        if unknown:
            near = nearest(unknown[0], missing or names)
            instead = f'Did you mean "{near}"?' if near else f"Leave it out. The columns are {listed(names, 30)}."
            raise Refused(422, f"{field} has a column the model does not: {listed(unknown, 3)}", field, instead)
        columns = "column" if len(missing) == 1 else "columns"
        null = "Send null where a value is not known." if self.nullable.issuperset(missing) else None
        raise Refused(422, f"{field} lacks the {columns} {listed(missing)}", f"{field}.{missing[0]}", null)
