"""Whatever is sent, the answer is a prediction or a refusal in JSON; whatever fits, the model's own answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.serving.conftest import Serve
from tests.serving.examples import Example
from tests.serving.running import Running
from tests.serving.test_answers import same

QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=-(2**70), max_value=2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(["NaN", "1", "pro", "north", ":", '"', "age"]),
)
names = st.sampled_from(["features", "instances", "age", "balance", "plan", "region", "products", "x"])
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=9), st.dictionaries(st.one_of(names, st.text(max_size=4)), inner, max_size=6)
    ),
    max_leaves=30,
)
finite = st.floats(min_value=-1e6, max_value=1e6)
people = st.fixed_dictionaries(
    {
        "age": st.one_of(st.none(), finite),
        "balance": st.one_of(st.none(), finite, st.integers(-(10**6), 10**6)),
        "plan": st.sampled_from(["basic", "plus", "pro"]),
        "region": st.one_of(st.none(), st.sampled_from(["north", "south"]), st.text()),
        "products": st.sampled_from([None, 1, 2, 3, 4, 5, 2.0]),
    }
)


def check_answer(service: Running, body: bytes) -> None:
    """A prediction, or a refusal with all its parts."""
    answer = service.post(body)
    assert answer.status_code == 200 or 400 <= answer.status_code < 500, (answer.status_code, answer.text)
    assert answer.headers["Content-Type"] == "application/json"
    if answer.status_code != 200:
        error = answer.json()["error"]
        assert error["message"]
        assert error.keys() <= {"message", "field", "fix"}


@pytest.mark.parametrize("name", ["linear", "churn", "texts"])
def test_any_json_is_answered_with_a_prediction_or_a_refusal(name: str, server: str, serve: Serve) -> None:
    service = serve(name, server)

    @QUICK
    @given(
        st.one_of(
            anything,
            st.fixed_dictionaries({"features": anything}),
            st.fixed_dictionaries({"instances": st.lists(anything, max_size=3)}),
        )
    )
    def check(data: Any) -> None:
        check_answer(service, json.dumps(data).encode())

    check()


def test_any_bytes_are_answered_with_a_prediction_or_a_refusal(server: str, serve: Serve) -> None:
    service = serve("linear", server)
    request = b'{"instances": [[0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]]}'

    @QUICK
    @given(st.one_of(st.binary(max_size=60), st.tuples(st.integers(0, len(request)), st.binary(max_size=4))))
    def check(change: bytes | tuple[int, bytes]) -> None:
        if isinstance(change, bytes):
            check_answer(service, change)
        else:
            at, what = change
            check_answer(service, request[:at] + what + request[at + len(what) :])

    check()


def test_valid_rows_of_numbers_get_what_the_model_predicts(
    server: str, serve: Serve, trained: Callable[[str], Example]
) -> None:
    service, example = serve("linear", server), trained("linear")

    @QUICK
    @given(
        st.lists(
            st.lists(st.one_of(finite, st.integers(-(10**6), 10**6)), min_size=8, max_size=8), min_size=1, max_size=5
        )
    )
    def check(rows: list[list[float]]) -> None:
        answered = service.post({"instances": rows}).json()["predictions"]
        assert same(answered, example.predicted(rows).tolist())

    check()


def test_valid_named_rows_get_what_the_model_predicts(
    server: str, serve: Serve, trained: Callable[[str], Example]
) -> None:
    service, example = serve("churn", server), trained("churn")

    @QUICK
    @given(st.lists(people, min_size=1, max_size=4))
    def check(rows: list[dict[str, Any]]) -> None:
        answered = service.post({"instances": rows})
        assert answered.status_code == 200, answered.text
        in_order = [[row[name] for name in example.inspection.column_names or ()] for row in rows]
        assert answered.json()["predictions"] == example.predicted(in_order).tolist()

    check()
