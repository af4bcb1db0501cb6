"""Bad input: each kind must be refused with a 4xx and a JSON message that names the field. Never a 5xx, never an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wizard.inspection.inspection import Column, Inspection, Kind, Layout
from wizard.rehearsal import contract
from wizard.rehearsal.connection import Answer, Connection, encode
from wizard.rehearsal.contract import Line
from wizard.rehearsal.report import Check
from wizard.rehearsal.service import PREDICT, Service


@dataclass(frozen=True, slots=True)
class BadRequest:
    """One broken request. `names`: what the message must name, any one of them; empty where nothing can be named."""

    what: str
    body: bytes
    names: tuple[str, ...] = ()
    status: int | None = None
    """The only right status, where there is one."""


def check_refusals(service: Service) -> Iterator[Check]:
    """One check for each kind of bad input that this model can be given."""
    for line, make in _KINDS:
        service.reporter.check()
        requests = tuple(make(service))
        if requests:
            yield _check(service, line, requests)


def _check(service: Service, line: Line, requests: tuple[BadRequest, ...]) -> Check:
    evidence = ""
    with service.connection() as connection:
        for request in requests:
            answer = connection.post(PREDICT, request.body)
            if problem := _problem(request, answer):
                return line.failed(f"{request.what}: {problem}\nanswered {answer}")
            evidence = evidence or f"{request.what}: {answer}"
        if problem := _shaken(connection, service):
            return line.failed(problem)
    return line.passed(evidence)


def _problem(request: BadRequest, answer: Answer) -> str:
    if answer.status >= 500:
        return f"it answered {answer.status}, which says that the service is broken, not the request."
    if answer.status < 400:
        return "it was not refused."
    if request.status is not None and answer.status != request.status:
        return f"it was refused with {answer.status} instead of {request.status}."
    error = answer.json()
    error = error.get("error") if isinstance(error, dict) else None
    if not isinstance(error, dict) or not error.get("message"):
        return "the refusal is no JSON with error.message."
    said = " ".join(str(error.get(key) or "") for key in ("field", "message", "fix"))
    if request.names and not any(name in said for name in request.names):
        return f"the message does not name {request.names[0]}."
    return ""


def _shaken(connection: Connection, service: Service) -> str:
    """A refusal must leave the service as it was."""
    if service.sample is None:
        return ""
    answer = connection.post(PREDICT, {"features": service.sample})
    return "" if answer.status == 200 else f"After it, the sample was no longer predicted: {answer}"


def _malformed(service: Service) -> Iterator[BadRequest]:
    good = encode({"features": service.sample})
    yield BadRequest("A body cut short", good[:-2])
    yield BadRequest("An empty body", b"")
    yield BadRequest("A body that is no JSON", b"features=1,2,3")
    yield BadRequest("A body that is no UTF-8", b'{"features": ["\xff\xfe"]}')
    yield BadRequest("A body that is no object", b"42")
    yield BadRequest("An object without features or instances", b"{}", ("features", "instances"))


def _wrong_shape(service: Service) -> Iterator[BadRequest]:
    yield BadRequest("Features that are a number", encode({"features": 42}), ("features",))
    yield BadRequest("Instances that are no list", encode({"instances": 42}), ("instances",))
    row = _valid_list(service)
    if row is None:
        return
    yield BadRequest(
        "A row with one value too many", encode({"features": [*row, row[-1]]}), ("features", str(len(row)))
    )
    yield BadRequest(
        "A row with one value too few",
        encode({"features": row[:-1]}),
        (*_named(service, len(row) - 1), "features", str(len(row))),
    )
    yield BadRequest("A row inside a row", encode({"features": [row]}), ("features",))
    yield BadRequest(
        "Rows of which the second is too short", encode({"instances": [row, row[:-1]]}), ("instances", "1")
    )


def _unknown_column(service: Service) -> Iterator[BadRequest]:
    record = _valid_record(service)
    if record is not None:
        yield BadRequest(
            "A record with an unknown column",
            encode({"features": {**record, "no_such_column": 1}}),
            ("no_such_column",),
        )


def _missing(service: Service) -> Iterator[BadRequest]:
    record = _valid_record(service)
    if record is not None:
        name = next(reversed(record))
        without = {key: value for key, value in record.items() if key != name}
        yield BadRequest(f"A record without {name}", encode({"features": without}), (name,))
    row = _valid_list(service)
    for at, column in enumerate(service.inspection.columns):
        if row is not None and not column.missing and column.kind is Kind.NUMBER:
            yield BadRequest(
                "A row with null for a number", encode({"features": _with(row, at, None)}), _named(service, at)
            )
            break


def _nan(service: Service) -> Iterator[BadRequest]:
    row = _valid_list(service)
    at = _first_number(service.inspection)
    if row is None or at is None:
        return
    for value in (float("nan"), float("inf")):
        yield BadRequest(
            f"A row with {'NaN' if value != value else 'Infinity'}", encode({"features": _with(row, at, value)})
        )
    text = encode({"features": _with(row, at, "~")}).replace(b'"~"', b"1e999")
    yield BadRequest("A row with 1e999, too large for a number", text)


def _text(service: Service) -> Iterator[BadRequest]:
    row = _valid_list(service)
    at = _first_number(service.inspection)
    if row is None or at is None:
        return
    yield BadRequest("A row with text for a number", encode({"features": _with(row, at, "a lot")}), _named(service, at))
    if (record := _valid_record(service)) is not None:
        name = tuple(record)[at]
        yield BadRequest("A record with text for a number", encode({"features": {**record, name: "a lot"}}), (name,))
        yield BadRequest("A record with a list for a number", encode({"features": {**record, name: [1]}}), (name,))


def _large(service: Service) -> Iterator[BadRequest]:
    limit = service.plan.serving.max_body
    start = b'{"features": ['
    yield BadRequest(f"A body of {limit + 1} bytes", start + b" " * (limit + 1 - len(start)), status=413)


_KINDS: tuple[tuple[Line, Callable[[Service], Iterator[BadRequest]]], ...] = (
    (contract.MALFORMED, _malformed),
    (contract.SHAPE, _wrong_shape),
    (contract.COLUMN, _unknown_column),
    (contract.MISSING, _missing),
    (contract.NAN, _nan),
    (contract.TEXT, _text),
    (contract.LARGE, _large),
)


def _valid_list(service: Service) -> list[Any] | None:
    """A valid row in column order; None where the model takes no such rows, or nothing is known of them."""
    columns = service.inspection.columns
    if service.inspection.layout is Layout.TEXTS or not columns:
        return None
    match service.sample:
        case list() as row if len(row) == len(columns):
            return row
        case Mapping() as record if (names := service.inspection.column_names) and set(names) <= set(record):
            return [record[name] for name in names]
        case _:
            return None


def _valid_record(service: Service) -> dict[str, Any] | None:
    row, names = _valid_list(service), service.inspection.column_names
    return None if row is None or names is None else dict(zip(names, row, strict=True))


def _with(row: list[Any], at: int, value: Any) -> list[Any]:
    return [*row[:at], value, *row[at + 1 :]]


def _first_number(inspection: Inspection) -> int | None:
    return next((at for at, column in enumerate(inspection.columns) if _plain_number(column)), None)


def _plain_number(column: Column) -> bool:
    return column.kind is Kind.NUMBER and not column.categories


def _named(service: Service, at: int) -> tuple[str, ...]:
    """How a message may name an input: by its column's name, or by its place where it has none."""
    name = service.inspection.columns[at].name
    return (name,) if name is not None else (f"[{at}]", f"features.{at}", f"{at}", f"{at + 1}")
