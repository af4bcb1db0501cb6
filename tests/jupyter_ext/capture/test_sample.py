"""A person's sample, in whatever form: the same rows as plain data, what they say, and errors that name the column."""

import datetime
import decimal
import json
import math
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_ext.capture.cells import described, plain
from jupyter_ext.capture.errors import CaptureError
from jupyter_ext.capture.sample import sample_of
from wizard.inspection.inspection import Kind

FRAME = pd.DataFrame(
    {
        "age": [31.5, 40.0, float("nan"), 22.0],
        "plan": ["basic", "plus", "basic", "plus"],
        "seats": [1, 2, 3, 4],
        "customer": [True, False, True, True],
    }
)
NAMES = list(FRAME.columns)


class Model:
    """What a fitted model says of its inputs."""

    def __init__(self, names: list[str] | None = None, count: int | None = None) -> None:
        if names is not None:
            self.feature_names_in_ = np.array(names, dtype=object)
        if count is not None or names is not None:
            self.n_features_in_ = count or len(names or ())


def test_a_frame_gives_rows_columns_and_itself() -> None:
    sample = sample_of(FRAME, Model(NAMES))
    assert sample.rows[0] == (31.5, "basic", 1, True)
    assert sample.rows[2] == (None, "basic", 3, True)
    assert sample.data.equals(FRAME)
    age, plan, seats, customer = sample.columns
    assert (age.name, age.kind, age.missing, age.minimum, age.maximum, age.integer) == (
        "age",
        Kind.NUMBER,
        True,
        22.0,
        40.0,
        False,
    )
    assert (plan.kind, plan.categories, plan.closed, plan.example) == (Kind.CATEGORY, ("basic", "plus"), False, "basic")
    assert (seats.kind, seats.integer, seats.example) == (Kind.NUMBER, True, 1)
    assert (customer.kind, customer.example) == (Kind.BOOLEAN, True)


def test_a_categorical_tells_all_its_categories() -> None:
    frame = pd.DataFrame({"size": pd.Categorical(["S", "M"], categories=["S", "M", "L"])})
    (size,) = sample_of(frame, Model(["size"])).columns
    assert (size.kind, size.categories) == (Kind.CATEGORY, ("S", "M", "L"))
    numbers = pd.DataFrame({"floor": pd.Categorical([1, None], categories=[1, 2])})
    sample = sample_of(numbers, Model(["floor"]))
    assert sample.columns[0].categories == (1, 2)
    assert sample.rows == ((1,), (None,))


def test_nullable_types_and_times_become_plain() -> None:
    frame = pd.DataFrame(
        {
            "whole": pd.array([1, None], dtype="Int64"),
            "flag": pd.array([True, None], dtype="boolean"),
            "text": pd.array(["a", None], dtype="string"),
            "when": [pd.Timestamp("2026-01-02T03:04:05"), pd.NaT],
        }
    )
    sample = sample_of(frame, Model())
    assert sample.rows == ((1, True, "a", "2026-01-02T03:04:05"), (None, None, None, None))
    assert len(sample.notices) == 1 and "Column 'when' holds times" in sample.notices[0]
    assert sample.columns[0].integer
    assert sample.columns[1].kind is Kind.BOOLEAN


@pytest.mark.parametrize(
    "given_rows",
    [
        [[1.0, 2.0], [3.0, 4.0]],
        [(1.0, 2.0), (3.0, 4.0)],
        [np.array([1.0, 2.0]), np.array([3.0, 4.0])],
        np.array([[1.0, 2.0], [3.0, 4.0]]),
        np.array([[1.0, 2.0], [3.0, 4.0]], dtype=np.float32),
        scipy.sparse.csr_matrix([[1.0, 2.0], [3.0, 4.0]]),
        scipy.sparse.coo_array([[1.0, 2.0], [3.0, 4.0]]),
        [{"a": 1.0, "b": 2.0}, {"b": 4.0, "a": 3.0}],
        {"a": [1.0, 3.0], "b": [2.0, 4.0]},
        pd.DataFrame({"a": [1.0, 3.0], "b": [2.0, 4.0]}),
        pd.DataFrame([[1.0, 2.0], [3.0, 4.0]]),
        np.array([(1.0, 2.0), (3.0, 4.0)], dtype=[("a", float), ("b", float)]),
    ],
)
def test_every_form_gives_the_same_rows(given_rows: Any) -> None:
    sample = sample_of(given_rows, Model(count=2))
    assert sample.rows == ((1.0, 2.0), (3.0, 4.0))
    assert [(column.minimum, column.maximum) for column in sample.columns] == [(1.0, 3.0), (2.0, 4.0)]


def test_rows_without_names_take_the_models_and_are_asked_with_them() -> None:
    sample = sample_of([[1.0, "x"], [2.0, "y"]], Model(["age", "plan"]))
    assert [column.name for column in sample.columns] == ["age", "plan"]
    assert list(sample.data.columns) == ["age", "plan"]
    assert sample.data["age"].dtype == float


def test_records_need_no_order() -> None:
    sample = sample_of([{"plan": "x", "age": 1.0}], Model(["age", "plan"]))
    assert sample.rows == ((1.0, "x"),)
    assert list(sample.data.columns) == ["age", "plan"]


@pytest.mark.parametrize("one", [FRAME.iloc[0], {"age": 31.5, "plan": "basic", "seats": 1, "customer": True}])
def test_one_row_is_a_sample(one: Any) -> None:
    assert sample_of(one, Model(NAMES)).rows == ((31.5, "basic", 1, True),)


def test_a_flat_list_is_one_row_or_one_column_as_the_model_has_inputs() -> None:
    assert sample_of([1.0, 2.0, 3.0], Model(count=3)).rows == ((1.0, 2.0, 3.0),)
    assert sample_of(np.array([1.0, 2.0, 3.0]), Model(count=1)).rows == ((1.0,), (2.0,), (3.0,))
    with pytest.raises(CaptureError, match="single values"):
        sample_of([1.0, 2.0, 3.0], Model())


@pytest.mark.parametrize(
    "texts", [["good", "bad"], pd.Series(["good", "bad"]), np.array(["good", "bad"]), ("good", "bad")]
)
def test_texts_are_rows_of_their_own(texts: Any) -> None:
    sample = sample_of(texts, Model())
    assert sample.rows == ("good", "bad")
    assert [column.kind for column in sample.columns] == [Kind.TEXT]
    assert list(sample.data) == ["good", "bad"]


def test_of_many_rows_the_first_and_others_are_drawn_the_same_each_time() -> None:
    many = np.arange(3000.0).reshape(1000, 3)
    sample = sample_of(many, Model(count=3))
    assert len(sample.rows) == 64
    assert sample.rows[0] == (0.0, 1.0, 2.0)
    assert sample.data.tolist() == [list(row) for row in sample.rows]
    assert sample_of(many, Model(count=3)).rows == sample.rows
    assert sample_of(many, Model(count=3), seed=1).rows != sample.rows
    assert sample.given == 1000
    assert sample.columns[0].maximum == 2997.0, "the columns are described from all rows"


def test_rows_with_infinite_numbers_are_left_out_and_said() -> None:
    sample = sample_of([[1.0, 2.0], [math.inf, 2.0]], Model(count=2))
    assert sample.rows == ((1.0, 2.0),)
    assert sample.data == [[1.0, 2.0]]
    assert "1 row of the sample had infinite numbers" in sample.notices[0]
    assert sample.columns[0].maximum == 1.0
    with pytest.raises(CaptureError, match="infinite"):
        sample_of([[math.inf]], Model(count=1))


def test_a_missing_column_is_named_with_the_nearest_right_name() -> None:
    with pytest.raises(CaptureError) as caught:
        sample_of(FRAME.rename(columns={"age": "Age"}), Model(NAMES))
    assert "'age'" in caught.value.why
    assert "rename(columns={'Age': 'age'})" in caught.value.fix


def test_nobody_is_told_to_select_a_column_that_the_sample_lacks() -> None:
    with pytest.raises(CaptureError) as caught:
        sample_of(FRAME.drop(columns=["plan"]), Model(NAMES))
    assert caught.value.fix == "Give rows that have every column the model was fitted with."


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (FRAME.drop(columns=["plan"]), "lacks columns"),
        (FRAME.assign(price=1.0), "'price'"),
        (FRAME[NAMES[::-1]], "another order"),
        (pd.DataFrame([[1, 2, 3, 4]], columns=["age", "age", "seats", "customer"]), "two columns of the same name"),
        (np.ones((3, 5)), "5 columns, and the model was fitted with 4"),
        (np.ones((3, 1)), "1 column, and the model was fitted with 4"),
    ],
)
def test_wrong_columns_are_an_error_that_names_them(frame: Any, said: str) -> None:
    with pytest.raises(CaptureError) as caught:
        sample_of(frame, Model(NAMES))
    assert said in str(caught.value)
    assert caught.value.fix


@pytest.mark.parametrize(
    ("nonsense", "said"),
    [
        (FRAME.head(0), "no rows"),
        ([], "no rows"),
        (np.ones((2, 2, 2)), "wrong shape"),
        ([[1, 2, 3, 4], [1, 2]], "same length"),
        ([[1, 2, 3, 4], 5], "same length"),
        ({"a": [1, 2], "b": [1]}, "same length"),
        (3, "nothing that has rows"),
        (object(), "nothing that has rows"),
        ((FRAME, FRAME["age"]), "pair of tables"),
        (pd.DataFrame({name: [[1, 2]] for name in NAMES}), "of the type list"),
        ([[1j, 2, 3, 4]], "of the type complex"),
        ([[b"x", 2, 3, 4]], "of the type bytes"),
    ],
)
def test_what_is_no_sample_is_an_error_with_a_way_out(nonsense: Any, said: str) -> None:
    with pytest.raises(CaptureError) as caught:
        sample_of(nonsense, Model(NAMES) if not isinstance(nonsense, dict) else Model())
    assert said in str(caught.value)
    assert caught.value.fix


def test_what_converts_itself_to_pandas_is_taken() -> None:
    class Polars:
        def to_pandas(self) -> pd.DataFrame:
            return FRAME

    assert sample_of(Polars(), Model(NAMES)).rows[0] == (31.5, "basic", 1, True)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float64("nan"), None),
        (np.int8(3), 3),
        (np.bool_(True), True),
        (np.str_("a"), "a"),
        (pd.NA, None),
        (pd.NaT, None),
        (np.datetime64("NaT"), None),
        (np.datetime64("2026-01-02"), "2026-01-02"),
        (datetime.date(2026, 1, 2), "2026-01-02"),
        (decimal.Decimal("1.5"), 1.5),
        (np.float32(0.5), 0.5),
    ],
)
def test_scalars_become_plain(value: Any, expected: Any) -> None:
    found = plain(value)
    assert found == expected
    assert type(found) is type(expected)


cells = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.dates(),
    st.decimals(allow_nan=False, allow_infinity=False),
)


@settings(max_examples=150, deadline=None)
@given(
    st.integers(1, 4).flatmap(
        lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=90)
    )
)
def test_whatever_the_cells_rows_are_json_and_columns_describe_them(rows: list[list[Any]]) -> None:
    try:
        sample = sample_of(rows, Model(count=len(rows[0])))
    except CaptureError as error:
        assert "infinite" in error.what
        return
    json.dumps(sample.rows, allow_nan=False)
    assert len(sample.rows) == len(sample.data) <= 64
    for at, column in enumerate(sample.columns):
        for row in sample.rows:
            cell = row[at]  # type: ignore[index]  # rows of values, here
            assert cell is not None or column.missing
            if column.kind is Kind.BOOLEAN:
                assert cell is None or isinstance(cell, bool)
            if column.kind is Kind.NUMBER and cell is not None:
                assert isinstance(cell, int | float) and not isinstance(cell, bool)
                assert (
                    column.minimum is None or column.maximum is None or column.minimum <= float(cell) <= column.maximum
                )
            if column.categories:
                assert cell is None or cell in column.categories


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from(
        [
            "float32",
            "float64",
            "int8",
            "int64",
            "uint16",
            "bool",
            "object",
            "str",
            "datetime64[ns]",
            "Int64",
            "category",
        ]
    ),
    st.lists(st.integers(0, 100), min_size=1, max_size=30),
)
def test_every_dtype_of_a_frame_is_read(dtype: str, numbers: list[int]) -> None:
    sample = sample_of(pd.DataFrame({"x": pd.Series(numbers).astype(dtype)}), Model(["x"]))
    assert len(sample.rows) == len(numbers)
    json.dumps(sample.rows, allow_nan=False)
    assert sample.columns[0].name == "x"


def test_many_different_texts_are_texts_and_few_are_categories() -> None:
    assert described("x", [f"text {at}" for at in range(50)]).kind is Kind.TEXT
    few = described("x", ["a", "b"] * 10)
    assert (few.kind, few.categories) == (Kind.CATEGORY, ("a", "b"))
    assert described("x", [1, "a"]).kind is Kind.CATEGORY
    assert described("x", [None, None]).missing


def test_reading_a_list_imports_neither_numpy_nor_pandas() -> None:
    script = (
        "import sys\nfrom jupyter_ext.capture.sample import sample_of\n"
        "class Model: n_features_in_ = 2\n"
        "assert sample_of([[1.0, 2.0]], Model()).rows == ((1.0, 2.0),)\n"
        "print([name for name in ('numpy', 'pandas', 'sklearn', 'joblib', 'pydantic') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_of_very_wide_data_fewer_rows_are_taken() -> None:
    sample = sample_of(np.ones((100, 20_000)), Model(count=20_000))
    assert len(sample.rows) == len(sample.data) == 10


def test_a_value_only_a_drawn_row_has_is_in_its_columns_description() -> None:
    many = np.ones((30_000, 1))
    for (place,) in sample_of(np.arange(30_000.0).reshape(-1, 1), Model(count=1)).data.tolist():
        many[int(place)] = 7.0 if place % 3 else 1.0  # every third row is looked at in any case
    assert sample_of(many, Model(count=1)).columns[0].maximum == 7.0
