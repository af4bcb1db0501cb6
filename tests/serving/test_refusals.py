"""What comes back for what the model does not take: always 4xx, what is wrong, where, and what to send instead."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from tests.serving.conftest import Serve

NUMBERS = [0.5] * 8
PERSON = {"age": 40, "balance": 1e3, "plan": "pro", "region": "north", "products": 2}
IN_ORDER = list(PERSON.values())

NOT_JSON = [
    (b"", "no body", '{"features"'),
    (b"   ", "no body", '{"features"'),
    (b'{"features": [1, 2', "line 1, column", None),
    (b'{"features":\n [1, 2,, 3]}', "line 2, column", None),
    (b'{"features": [1, NaN]}', "line 1, column 18", "null"),
    (b'{"features": [1, -Infinity]}', "line 1, column 1", "null"),
    (b'{"features": [1, 1e999]}', "not JSON", "too large"),
    (b"{'features': [1]}", "column 2", "double quotes"),
    (b'{"features": [True]}', "column 15", "Python"),
    (b"features=1&features=2", "column 1", "form"),
    (b"\xef\xbb\xbf{}", "not JSON", None),
    (b'{"features": ["\xff"]}', "not JSON", None),
    (b'{"features": ["\\ud800"]}', "not JSON", None),
    ('{"features": [1]}'.encode("utf-16"), "not JSON", None),
    (b"[" * 100_000, "not JSON", None),
    (b'{"features": [1]} x', "not JSON", None),
    (b'{"features": [01]}', "not JSON", None),
]


@pytest.mark.parametrize(("body", "says", "fix"), NOT_JSON, ids=[str(body[:24]) for body, _, _ in NOT_JSON])
def test_what_is_not_json_is_told_where_it_breaks_off(
    body: bytes, says: str, fix: str | None, server: str, serve: Serve
) -> None:
    answer = serve("linear", server).post(body)
    error = answer.json()["error"]
    assert answer.status_code == 400
    assert says in error["message"]
    assert fix is None or fix in error["fix"]


WRONG_NUMBERS: list[tuple[Any, int, str | None, str, str]] = [
    # body, status, field, words of the message, words of the fix
    ([1, 2], 422, None, "bare list", '{"features": …}'),
    ([[1, 2]], 422, None, "bare list", '{"instances": …}'),
    (3, 422, None, "must be an object", "features"),
    (None, 422, None, "not null", "features"),
    ({}, 422, None, "empty", "features"),
    ({"feature": NUMBERS}, 422, None, '"feature"', 'Did you mean "features"?'),
    ({"Instances": [NUMBERS]}, 422, None, '"Instances"', 'Did you mean "instances"?'),
    ({"inputs": [NUMBERS]}, 422, None, '"inputs"', 'Did you mean "instances"?'),
    ({"nonsense": 1}, 422, None, '"nonsense"', '{"features": [value, …]}'),
    ({"features": NUMBERS, "instances": [NUMBERS]}, 422, None, "both", "one row"),
    ({"features": NUMBERS, "id": 7}, 422, None, 'unknown key "id"', "Leave it out"),
    ({"features": NUMBERS[:7]}, 422, "features", "has 7, the model takes 8 values", ""),
    ({"features": []}, 422, "features", "has 0, the model takes 8 values", ""),
    ({"features": [*NUMBERS, 1]}, 422, "features", "has 9", ""),
    ({"features": [NUMBERS]}, 422, "features", "has 1", "instances"),
    ({"features": 5}, 422, "features", "must be a row, not the number 5", "one row"),
    ({"features": "5"}, 422, "features", 'must be a row, not the text "5"', "one row"),
    ({"features": None}, 422, "features", "must be a row, not null", "one row"),
    ({"features": {"a": 1}}, 422, "features", "columns have none", "a list of 8 values"),
    ({"features": [*NUMBERS[:7], "1.5"]}, 422, "features[7]", "must be a number, not the text", "without quotes: 1.5"),
    ({"features": [*NUMBERS[:7], "NaN"]}, 422, "features[7]", "must be a number", "Send a number"),
    ({"features": [*NUMBERS[:7], "x" * 9999]}, 422, "features[7]", "x…", "Send a number"),
    ({"features": [*NUMBERS[:7], True]}, 422, "features[7]", "must be a number, not true", ""),
    ({"features": [*NUMBERS[:7], None]}, 422, "features[7]", "must be a number, not null", ""),
    ({"features": [*NUMBERS[:7], [1]]}, 422, "features[7]", "must be a number, not a list", ""),
    ({"features": [*NUMBERS[:7], {}]}, 422, "features[7]", "must be a number, not an object", ""),
    ({"features": [*NUMBERS[:7], 2**53 + 1]}, 422, "features[7]", "too large to be exact", "2^53"),
    ({"features": [*NUMBERS[:7], -(2**53) - 1]}, 422, "features[7]", "too large to be exact", "2^53"),
    ({"features": [*NUMBERS[:7], 2**80]}, 422, None, "too large to be exact", "2^53"),
    ({"instances": []}, 422, "instances", "empty", "at least one"),
    ({"instances": NUMBERS}, 422, "instances[0]", "must be a row, not the number 0.5", "instances"),
    ({"instances": {"a": 1}}, 422, "instances", "must be a list of rows, not an object", "features"),
    ({"instances": "x"}, 422, "instances", "must be a list of rows", ""),
    ({"instances": [NUMBERS, NUMBERS[:3]]}, 422, "instances[1]", "has 3", ""),
    (
        {"instances": [NUMBERS] * 3 + [[*NUMBERS[:2], "a", *NUMBERS[3:]]]},
        422,
        "instances[3][2]",
        "must be a number",
        "",
    ),
    ({"instances": [NUMBERS] * 10_001}, 413, "instances", "10001 rows are too many", "several requests"),
]


@pytest.mark.parametrize(
    ("data", "status", "field", "says", "fix"), WRONG_NUMBERS, ids=[str(case[0])[:40] for case in WRONG_NUMBERS]
)
def test_a_model_of_numbers_refuses(
    data: Any, status: int, field: str | None, says: str, fix: str, server: str, serve: Serve
) -> None:
    answer = serve("linear", server).post(data)
    error = answer.json()["error"]
    assert (answer.status_code, error["field"]) == (status, field)
    assert says in error["message"]
    assert fix in error.get("fix", "")


WRONG_PERSON: list[tuple[Any, str | None, str, str]] = [
    ({"features": {**PERSON, "age": "forty"}}, "features.age", "must be a number", "null"),
    ({"features": {**PERSON, "age": "40"}}, "features.age", "must be a number", "without quotes: 40"),
    ({"features": {**PERSON, "plan": "prow"}}, "features.plan", 'one of "basic", "plus", "pro"', 'Did you mean "pro"?'),
    ({"features": {**PERSON, "plan": "gold"}}, "features.plan", 'not the text "gold"', "not trained on"),
    ({"features": {**PERSON, "plan": None}}, "features.plan", "must be a text, not null", ""),
    ({"features": {**PERSON, "plan": 3}}, "features.plan", "must be a text, not the number 3", ""),
    ({"features": {**PERSON, "region": 3}}, "features.region", "must be a text", ""),
    ({"features": {**PERSON, "products": "2"}}, "features.products", "must be a number", "without quotes: 2"),
    ({"features": {**PERSON, "products": True}}, "features.products", "must be a number, not true", ""),
    ({"features": {key: PERSON[key] for key in PERSON if key != "age"}}, "features.age", 'lacks the column "age"', "null"),
    ({"features": {key: PERSON[key] for key in PERSON if key != "plan"}}, "features.plan", 'lacks the column "plan"', ""),
    ({"features": {}}, "features.age", "lacks the columns", ""),
    ({"features": {**PERSON, "id": 9}}, "features", 'a column the model does not: "id"', "The columns are"),
    ({"features": {("Age" if k == "age" else k): v for k, v in PERSON.items()}}, "features", '"Age"', 'mean "age"?'),
    ({"features": IN_ORDER[:4]}, "features", "has 4, the model takes 5 values", '"age", "balance", "plan"'),
    ({"features": [*IN_ORDER[:2], "gold", *IN_ORDER[3:]]}, "features[2]", '("plan") must be one of', ""),
    ({"instances": [PERSON, PERSON, {**PERSON, "age": "x"}]}, "instances[2].age", "must be a number", ""),
    ({"instances": [PERSON, [*IN_ORDER[:4], "x"]]}, "instances[1][4]", '("products") must be a number', ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "field", "says", "fix"), WRONG_PERSON, ids=[str(case[0])[13:60] for case in WRONG_PERSON]
)
def test_a_model_of_named_columns_names_the_column(
    data: Any, field: str | None, says: str, fix: str, server: str, serve: Serve
) -> None:
    answer = serve("churn", server).post(data)
    error = answer.json()["error"]
    assert (answer.status_code, error["field"]) == (422, field)
    assert says in error["message"]
    assert fix in error.get("fix", "")


@pytest.mark.parametrize("value", [1, 1.5, True, None, [1], {}])
def test_a_model_of_texts_takes_texts_only(value: Any, server: str, serve: Serve) -> None:
    answer = serve("texts", server).post({"features": [value]})
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == "features[0]"


@pytest.mark.parametrize(
    "body",
    [
        b'{"features": {"age": 1, "age": 2, "balance": 1, "plan": "pro", "region": "north", "products": 2}}',
        b'{"features": [1, 2, "pro", "north", 2], "features": [1, 2, "basic", "north", 2]}',
    ],
)
def test_a_key_sent_twice_is_refused_instead_of_silently_taking_the_last(
    body: bytes, server: str, serve: Serve
) -> None:
    answer = serve("churn", server).post(body)
    assert answer.status_code == 422
    assert "twice" in answer.json()["error"]["message"]


@pytest.mark.parametrize("depth", [900, 1000, 1020])
def test_a_body_nested_deeper_than_the_second_parser_goes_is_refused(depth: int, server: str, serve: Serve) -> None:
    body = b'{"features": %s%s, "features": [1, 2, 3, 4, 5, 6, 7, 8]}' % (b"[" * depth, b"]" * depth)
    answer = serve("linear", server).post(body)
    message = answer.json()["error"]["message"]
    assert (answer.status_code, message) == (400, "the body is nested too deep") or "twice" in message


def test_colons_inside_texts_are_not_taken_for_keys(server: str, serve: Serve) -> None:
    answer = serve("churn", server).post({"features": {**PERSON, "region": "a: b: {c: d}"}})
    assert answer.status_code == 200


def test_a_large_number_with_a_point_is_taken_as_it_is(server: str, serve: Serve) -> None:
    assert serve("linear", server).post(b'{"features": [1e300,0,0,0,0,0,0,0]}').status_code == 200
    assert serve("linear", server).post(b'{"features": [100000000000000000000.0,0,0,0,0,0,0,0]}').status_code == 200


def test_an_answer_that_is_no_finite_number_is_refused_not_sent_as_null(server: str, serve: Serve) -> None:
    service = serve("linear", server)
    answer = service.post({"instances": [NUMBERS, [1.7e308] * 8]})
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == "instances[1]"
    assert "finite" in answer.json()["error"]["message"]


def test_what_the_model_itself_refuses_comes_back_in_its_words(server: str, serve: Serve) -> None:
    answer = serve("forest", server).post({"features": [1e300] * 20})
    assert answer.status_code == 422
    assert "float32" in answer.json()["error"]["message"]


def test_a_compressed_body_is_refused_by_name(server: str, serve: Serve) -> None:
    body = gzip.compress(json.dumps({"features": NUMBERS}).encode())
    service = serve("linear", server)
    answer = service.client.post("/predict", content=body, headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 415
    assert "gzip" in answer.json()["error"]["message"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_another_method_is_told_how_to_ask(method: str, server: str, serve: Serve) -> None:
    answer = serve("linear", server).client.request(method, "/predict")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"
    assert "/predict answers POST" in answer.json()["error"]["message"]
    assert "instances" in answer.json()["error"]["fix"]


def test_an_unknown_path_is_told_the_nearest(server: str, serve: Serve) -> None:
    answer = serve("linear", server).get("/predct")
    assert answer.status_code == 404
    assert answer.json()["error"]["fix"] == "Did you mean /predict?"


def test_nothing_of_a_request_is_logged(server: str, serve: Serve) -> None:
    service = serve("churn", server)
    secret = "Geheimnis"
    for data in (
        {"features": {**PERSON, "plan": secret}},
        {"features": {**PERSON, secret: 1}},
        {"features": {**PERSON, "age": secret}},
        {secret: 1},
        f'{{"features": {secret}}}'.encode(),
    ):
        assert service.post(data).status_code in (400, 422)
    assert service.post({"features": {**PERSON, "region": secret}}).status_code == 200
    assert secret not in json.dumps(service.said())
