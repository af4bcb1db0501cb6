"""What a service is asked with, whatever form the rows come in, and what of its answer comes back."""

import datetime
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy
import pandas
import pytest

from jupyter_ext.result import Result, ask
from wizard.errors import SendoffError, TargetError
from wizard.targets import Reply

NAMED = {"input": {"columns": [{"name": "age", "kind": "number"}, {"name": "city", "kind": "text"}]}}
UNNAMED = {"input": {"columns": [{"name": None, "kind": "number"}, {"name": None, "kind": "number"}]}}


class Service:
    """Notes what it was asked, and answers each row with its number."""

    def __init__(self, bundle: Path) -> None:
        self.bundle = str(bundle)
        self.asked: list[Any] = []

    def predict(self, body: dict[str, Any], path: str = "/predict") -> Reply:
        json.dumps(body, allow_nan=False)
        begun = sum(len(one["instances"]) for one in self.asked)
        self.asked.append(body)
        return Reply(200, {"predictions": list(range(begun, begun + len(body["instances"])))}, 1.0)


@pytest.fixture
def named(tmp_path: Path) -> Any:
    (tmp_path / "service.json").write_text(json.dumps(NAMED))
    return Service(tmp_path)


@pytest.fixture
def unnamed(tmp_path: Path) -> Any:
    (tmp_path / "service.json").write_text(json.dumps(UNNAMED))
    return Service(tmp_path)


@pytest.mark.parametrize(
    "rows",
    [
        pandas.DataFrame({"age": [41], "city": ["Ulm"]}),
        pandas.DataFrame({"city": ["Ulm"], "age": [41]}),
        pandas.Series({"age": 41, "city": "Ulm"}),
        {"age": 41, "city": "Ulm"},
        [{"age": 41, "city": "Ulm"}],
        [[41, "Ulm"]],
        numpy.array([[41, "Ulm"]], dtype=object),
    ],
)
def test_one_row_in_any_form_is_asked_by_the_models_names(rows: Any, named: Any) -> None:
    assert ask(named, rows) == [0]
    assert named.asked == [{"instances": [{"age": 41, "city": "Ulm"}]}]


@pytest.mark.parametrize(
    "rows",
    [
        numpy.array([[1.0, 2.0], [3.0, 4.0]]),
        [[1.0, 2.0], [3.0, 4.0]],
        pandas.DataFrame({"left": [1.0, 3.0], "right": [2.0, 4.0]}),
    ],
)
def test_a_model_without_names_is_asked_by_position(rows: Any, unnamed: Any) -> None:
    assert ask(unnamed, rows) == [0, 1]
    assert unnamed.asked == [{"instances": [[1.0, 2.0], [3.0, 4.0]]}]


def test_what_is_missing_is_null_and_a_date_is_text(named: Any) -> None:
    ask(named, pandas.DataFrame({"age": [float("nan")], "city": [pandas.Timestamp(2024, 5, 6)]}))
    ask(named, {"age": None, "city": datetime.date(2024, 5, 6)})
    assert named.asked[0] == {"instances": [{"age": None, "city": "2024-05-06T00:00:00"}]}
    assert named.asked[1] == {"instances": [{"age": None, "city": "2024-05-06"}]}


def test_many_rows_are_asked_in_several_requests_and_answered_in_order(unnamed: Any) -> None:
    assert ask(unnamed, numpy.zeros((2_500, 2))) == list(range(2_500))
    assert [len(one["instances"]) for one in unnamed.asked] == [1_000, 1_000, 500]


def test_no_rows_have_no_answers(unnamed: Any) -> None:
    assert ask(unnamed, numpy.zeros((0, 2))) == []
    assert unnamed.asked == []


def test_what_the_service_refuses_is_said_in_its_words(tmp_path: Path) -> None:
    answer = {"error": {"message": "instances[0].age must be a number", "fix": "Send it without quotes: 41"}}
    service: Any = SimpleNamespace(bundle=str(tmp_path), predict=lambda body: Reply(422, answer, 1.0))
    with pytest.raises(TargetError) as caught:
        ask(service, [["41", "Ulm"]])
    assert "must be a number" in caught.value.why
    assert caught.value.fix == "Send it without quotes: 41"


@pytest.mark.parametrize("rows", [object(), [[object(), 1]], 41, [[float("inf"), 1.0]]])
def test_what_no_request_can_carry_is_refused_in_words(rows: Any, unnamed: Any) -> None:
    with pytest.raises(SendoffError) as caught:
        ask(unnamed, rows)
    assert caught.value.fix
    assert unnamed.asked == []


def test_a_result_says_where_it_answers() -> None:
    assert repr(Result("house", "http://127.0.0.1:9", "house-1", "", "", 1.0, True)) == (
        "<house answers at http://127.0.0.1:9>"
    )
