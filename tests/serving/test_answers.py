"""What comes back for what the model takes: the model's own answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.serving.bundles import bundled
from tests.serving.conftest import Serve
from tests.serving.examples import EXAMPLES, Example
from tests.serving.running import running

Trained = Callable[[str], Example]


def same(answered: Any, expected: Any) -> bool:
    """Equal, or equal to rounding where the numbers went through BLAS."""
    if isinstance(expected, float):
        return bool(np.isclose(answered, expected, rtol=1e-12, atol=1e-12))
    if isinstance(expected, list):
        return len(answered) == len(expected) and all(map(same, answered, expected))
    return type(answered) is type(expected) and answered == expected


@pytest.mark.parametrize("name", EXAMPLES)
def test_many_rows_get_what_the_model_predicts_for_them(name: str, server: str, serve: Serve, trained: Trained) -> None:
    example = trained(name)
    answer = serve(name, server).post({"instances": example.rows})
    assert answer.status_code == 200, answer.text
    assert answer.json().keys() == {"predictions"}
    assert same(answer.json()["predictions"], example.predicted(example.rows).tolist())


@pytest.mark.parametrize("name", EXAMPLES)
def test_one_row_gets_one_prediction_not_a_list(name: str, server: str, serve: Serve, trained: Trained) -> None:
    example = trained(name)
    for row in example.rows[:4]:
        answer = serve(name, server).post({"features": row})
        assert answer.json().keys() == {"prediction"}
        assert same(answer.json()["prediction"], example.predicted([row]).tolist()[0])


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name not in ("linear", "outputs")])
def test_probabilities_come_with_the_classes_they_belong_to(
    name: str, server: str, serve: Serve, trained: Trained
) -> None:
    example = trained(name)
    expected = example.model.predict_proba(example.as_input(example.rows)).tolist()
    many = serve(name, server).post({"instances": example.rows}, "/predict_proba").json()
    one = serve(name, server).post({"features": example.rows[0]}, "/predict_proba").json()
    assert many["classes"] == one["classes"] == example.model.classes_.tolist()
    assert same(many["probabilities"], expected)
    assert same(one["probabilities"], expected[0])


def test_a_model_without_probabilities_says_so(server: str, serve: Serve) -> None:
    answer = serve("linear", server).post({"features": [0.0] * 8}, "/predict_proba")
    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == "this model gives no probabilities"


def test_rows_may_come_by_name_in_any_order_and_mixed_with_rows_by_position(
    server: str, serve: Serve, trained: Trained
) -> None:
    example = trained("churn")
    names = list(example.inspection.column_names or ())
    by_name = [dict(reversed(list(zip(names, row, strict=True)))) for row in example.rows]
    service = serve("churn", server)
    expected = example.predicted(example.rows).tolist()
    assert service.post({"instances": by_name}).json()["predictions"] == expected
    assert service.post({"instances": by_name[:5] + example.rows[5:]}).json()["predictions"] == expected
    assert service.post({"features": by_name[0]}).json()["prediction"] == expected[0]


def test_a_missing_value_is_imputed_where_the_model_can(server: str, serve: Serve, trained: Trained) -> None:
    example = trained("churn")
    row = [None, *example.rows[0][1:]]
    answer = serve("churn", server).post({"instances": [row, example.rows[1]]})
    assert answer.json()["predictions"] == example.predicted([row, example.rows[1]]).tolist()


def test_a_text_is_a_row_with_or_without_a_list_around_it(server: str, serve: Serve) -> None:
    service = serve("texts", server)
    assert service.post({"features": "a fine day"}).json() == {"prediction": "good"}
    assert service.post({"instances": ["a fine day", ["awful: food"]]}).json() == {"predictions": ["good", "bad"]}


def test_whole_numbers_and_numbers_with_a_point_are_the_same_to_the_model(
    server: str, serve: Serve, trained: Trained
) -> None:
    service = serve("linear", server)
    assert service.post({"features": [1] * 8}).json() == service.post({"features": [1.0] * 8}).json()


def test_the_body_is_read_whatever_its_content_type_says(server: str, serve: Serve) -> None:
    service = serve("linear", server)
    answer = service.client.post("/predict", content=b'{"features": [0,0,0,0,0,0,0,0]}')
    assert answer.status_code == 200
    answer = service.client.post(
        "/predict",
        content=b'{"features": [0,0,0,0,0,0,0,0]}',
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 200


def test_a_model_that_does_not_tell_its_inputs_is_served_and_judges_the_rows_itself(
    server: str, bundle: Path, trained: Trained
) -> None:
    example = trained("linear")
    bundled(replace(example, inspection=replace(example.inspection, columns=())), bundle, server)
    with running(bundle) as service:
        answered = service.ready().post({"instances": example.rows}).json()["predictions"]
        assert same(answered, example.predicted(example.rows).tolist())
        refused = service.post({"features": [1.0, 2.0]})
        assert refused.status_code == 422
        assert "8 features" in refused.json()["error"]["message"]
        assert service.post({"instances": [[1.0, 2.0], [1.0]]}).json()["error"]["field"] == "instances"
        assert service.post({"features": [1.0, "x"]}).json()["error"]["field"] == "features[1]"


def test_a_handler_may_answer_with_numpys_numbers_but_not_with_what_json_cannot_hold(
    server: str, bundle: Path, trained: Trained
) -> None:
    bundled(trained("linear"), bundle, server)
    handler = (bundle / "handler.py").read_text()
    (bundle / "handler.py").write_text(
        f"{handler}\n\ndef postprocess(result):\n    return [np.float32(1.5)] * len(result)\n"
    )
    with running(bundle) as service:
        assert service.ready().post({"features": [0.0] * 8}).json() == {"prediction": 1.5}
    (bundle / "handler.py").write_text(f"{handler}\n\ndef postprocess(result):\n    return [1j] * len(result)\n")
    with running(bundle) as service:
        assert service.ended() != 0
        assert "not JSON serializable: complex" in service.log[-1]["message"]
