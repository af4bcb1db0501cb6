"""What the service takes and answers, as JSON Schema and as an OpenAPI document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wizard.bundle.sample import example, input_columns, sample_request
from wizard.inspection.inspection import Column, Inspection, Kind, Layout, Task

if TYPE_CHECKING:
    from wizard.plan.plan import Plan

_TYPES = {Kind.NUMBER: "number", Kind.TEXT: "string", Kind.BOOLEAN: "boolean"}


def column_schema(column: Column) -> dict[str, Any]:
    """JSON Schema of one value."""
    types = sorted({_type_of(value) for value in column.categories}) if column.categories else ["string", "number"]
    types = [_TYPES[column.kind]] if column.kind in _TYPES else types
    if column.missing:
        types = [*types, "null"]
    schema: dict[str, Any] = {"type": types[0] if len(types) == 1 else types}
    if column.categories and column.closed:
        schema["enum"] = [*column.categories, *([None] if column.missing else [])]
    if seen := described(column):
        schema["description"] = seen
    return schema | {"examples": [example(column)]}


def described(column: Column) -> str:
    """What training saw in a column and no schema can say; empty where nothing is known."""
    if column.categories and not column.closed:
        shown = ", ".join(str(category) for category in column.categories[:10])
        more = ", …" if len(column.categories) > 10 else ""
        return f"Seen in training: {shown}{more}. Others are accepted."
    if column.minimum is not None and column.maximum is not None:
        return f"Seen in training: {column.minimum:g} to {column.maximum:g}."
    return ""


def row_schema(inspection: Inspection) -> dict[str, Any]:
    """JSON Schema of one row: an object by column name, where the columns have names, or a list in their order."""
    columns = [column_schema(column) for column in input_columns(inspection)]
    if not columns:
        return {"type": "array", "items": {}, "minItems": 1}
    by_position = {"type": "array", "prefixItems": columns, "items": False, "minItems": len(columns)}
    if inspection.layout is Layout.TEXTS:
        return {"oneOf": [columns[0], by_position]}
    if (names := inspection.column_names) is None:
        return by_position
    by_name = {
        "type": "object",
        "properties": dict(zip(names, columns, strict=True)),
        "required": list(names),
        "additionalProperties": False,
    }
    return {"oneOf": [by_name, by_position]}


def input_schema(inspection: Inspection, max_rows: int | None = None) -> dict[str, Any]:
    """JSON Schema of the body of POST /predict. `max_rows`: most rows in one request."""
    many: dict[str, Any] = {"type": "array", "items": row_schema(inspection), "minItems": 1}
    if max_rows is not None:
        many["maxItems"] = max_rows
    return _one_or_many("features", row_schema(inspection), "instances", many)


def openapi(plan: Plan, inspection: Inspection) -> dict[str, Any]:
    """The OpenAPI document of the service."""
    row = {"$ref": "#/components/schemas/Row"}
    many = {"type": "array", "items": row, "minItems": 1, "maxItems": plan.serving.max_rows}
    value = _answer_schema(inspection)
    row_sample = sample_request(inspection)
    schemas = {
        "Row": row_schema(inspection),
        "Request": _one_or_many("features", row, "instances", many),
        "Prediction": _one_or_many("prediction", value, "predictions", {"type": "array", "items": value}),
        "Error": _ERROR,
    }
    paths = {"/predict": {"post": _operation("Predict one row or many", "predict", "Prediction", row_sample)}}
    if inspection.has_proba:
        schemas["Probabilities"] = _probabilities_schema(inspection)
        paths["/predict_proba"] = {
            "post": _operation("The probability of each class", "predict_proba", "Probabilities", row_sample)
        }
    paths["/health"] = {
        "get": {
            "summary": "200 once the model is loaded and has answered",
            "operationId": "health",
            "responses": {"200": _content("Ready", {"type": "object", "properties": {"status": {"const": "ok"}}})},
        }
    }
    model = inspection.root.rpartition(".")[2]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": plan.service.name,
            "version": inspection.sha256[:12],
            "description": f"Predictions of a {model} ({inspection.framework} {inspection.framework_version or ''}).",
        },
        "paths": paths,
        "components": {"schemas": schemas},
    }


_ERROR = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "message": {"type": "string", "description": "What is wrong."},
                "field": {"type": ["string", "null"], "description": "The part of the request at fault."},
                "fix": {"type": "string", "description": "What to send instead."},
            },
            "required": ["message", "field"],
        }
    },
    "required": ["error"],
}

_REFUSALS = {
    "400": "The body is not JSON",
    "413": "Too many rows, or too large a body",
    "422": "A value, column or shape the model does not take",
    "503": "Too many requests are waiting; Retry-After says when to try again",
}


def _type_of(value: object) -> str:
    return "boolean" if isinstance(value, bool) else "string" if isinstance(value, str) else "number"


def _one_or_many(one: str, one_schema: dict[str, Any], many: str, many_schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "oneOf": [
            {"type": "object", "properties": {key: schema}, "required": [key], "additionalProperties": False}
            for key, schema in ((one, one_schema), (many, many_schema))
        ]
    }


def _answer_schema(inspection: Inspection) -> dict[str, Any]:
    """JSON Schema of the answer to one row."""
    value: dict[str, Any] = {}
    if inspection.task is Task.REGRESSION:
        value = {"type": "number"}
    elif inspection.task is Task.CLASSIFICATION and inspection.classes and inspection.outputs == 1:
        value = {"enum": list(inspection.classes)}
    if inspection.outputs > 1:
        return {"type": "array", "items": value, "minItems": inspection.outputs, "maxItems": inspection.outputs}
    return value


def _probabilities_schema(inspection: Inspection) -> dict[str, Any]:
    classes: dict[str, Any] = {"type": "array"}
    if inspection.classes and inspection.outputs == 1:
        classes["const"] = list(inspection.classes)
    probability = {"type": "number", "minimum": 0, "maximum": 1}
    one: dict[str, Any] = {
        "type": "array",
        "items": probability if inspection.outputs == 1 else {"type": "array", "items": probability},
    }
    return {
        "type": "object",
        "properties": {"classes": classes, "probabilities": {"oneOf": [one, {"type": "array", "items": one}]}},
        "required": ["classes", "probabilities"],
    }


def _operation(summary: str, name: str, answer: str, sample: dict[str, Any]) -> dict[str, Any]:
    refusals = {status: _content(what, {"$ref": "#/components/schemas/Error"}) for status, what in _REFUSALS.items()}
    return {
        "summary": summary,
        "operationId": name,
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/Request"},
                    "examples": {
                        "one row": {"value": sample},
                        "many rows": {"value": {"instances": [sample["features"]]}},
                    },
                }
            },
        },
        "responses": {"200": _content("Answered", {"$ref": f"#/components/schemas/{answer}"}), **refusals},
    }


def _content(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
