"""What the sample adds to the file: the file's knowledge stays, and the recorded rows become what the service takes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from wizard.errors import PlanError
from wizard.inspection import Column, Inspection, Kind, Layout, inspect_model
from wizard.recorded import Recorded, answers_for, recorded_beside, recorded_path_of, refined, write_recorded
from wizard.rehearsal import ParitySet

HOUSES = pd.DataFrame(
    {
        "area": [50.0, 80.0, 120.0, 65.0],
        "region": ["north", "south", "north", "south"],
        "garden": [True, False, True, True],
        "agent": ["A", "B", "C", "D"],
    }
)
PRICES = [100.0, 150.0, 260.0, 130.0]
SAMPLE = (
    Column("area", minimum=50.0, maximum=120.0, example=50.0),
    Column("region", Kind.CATEGORY, ("north", "south"), example="north"),
    Column("garden", Kind.BOOLEAN, example=True),
    Column("agent", Kind.TEXT, example="A"),
)


def saved(model: Any, folder: Path) -> Inspection:
    joblib.dump(model, folder / "model.pkl")
    return inspect_model(folder / "model.pkl")


def recorded(inspection: Inspection, columns: tuple[Column, ...], *rows: Any) -> Recorded:
    return Recorded(inspection.sha256, columns, ParitySet(rows, (1.0,) * len(rows), None, "the live model"))


@pytest.fixture
def frame(tmp_path: Path) -> Inspection:
    """A model that reads three of four columns, by name."""
    columns = ColumnTransformer(
        [
            ("kept", "passthrough", ["garden"]),
            ("kinds", OneHotEncoder(), ["region"]),
            ("sizes", StandardScaler(), ["area"]),
        ]
    )
    inspection = saved(make_pipeline(columns, LinearRegression()).fit(HOUSES, PRICES), tmp_path)
    assert inspection.layout is Layout.FRAME
    return inspection


@pytest.fixture
def array(tmp_path: Path) -> Inspection:
    """A model fitted with two columns that have no names."""
    return saved(LinearRegression().fit([[0.0, 1.0], [1.0, 0.0], [2.0, 5.0]], [1.0, 2.0, 3.0]), tmp_path)


def test_a_frame_learns_kinds_and_examples_and_keeps_what_the_file_knows(frame: Inspection) -> None:
    rows = [tuple(row) for row in HOUSES.astype(object).to_numpy().tolist()]
    after = refined(frame, recorded(frame, SAMPLE, *rows))
    known = {column.name: column for column in after.columns}
    assert [column.name for column in after.columns] == [column.name for column in frame.columns]
    assert known["garden"].kind is Kind.BOOLEAN
    assert known["garden"].example is True
    region = known["region"]
    assert (region.kind, region.closed, region.example) == (Kind.CATEGORY, True, "north")
    assert (known["area"].kind, known["area"].example) == (Kind.NUMBER, 50.0)


def test_refining_again_changes_nothing(frame: Inspection) -> None:
    record = recorded(frame, SAMPLE, (50.0, "north", True, "A"))
    once = refined(frame, record)
    assert refined(once, record) == once
    assert answers_for(once, record) == answers_for(frame, record)


def test_rows_become_the_models_columns_in_its_order(frame: Inspection) -> None:
    by_place = recorded(frame, SAMPLE, (50.0, "north", True, "A"))
    by_name = recorded(frame, (), {"agent": "A", "garden": True, "region": "north", "area": 50.0})
    shuffled = recorded(frame, SAMPLE[::-1], ("A", True, "north", 50.0))
    names = [column.name for column in frame.columns]
    expected = tuple({"area": 50.0, "region": "north", "garden": True}[str(name)] for name in names)
    for record in (by_place, by_name, shuffled):
        assert answers_for(refined(frame, record), record).rows == (expected,)


def test_an_array_learns_names_ranges_and_whole_numbers_and_gets_numbers_only(array: Inspection) -> None:
    columns = (Column("rooms", integer=True, minimum=1, maximum=7), Column("lift", Kind.BOOLEAN))
    record = recorded(array, columns, (3, True), (7, False))
    after = refined(array, record)
    assert after.layout is Layout.ARRAY
    assert after.columns == (
        Column("rooms", integer=True, minimum=1, maximum=7, example=3),
        Column("lift", example=1),
    )
    assert answers_for(after, record).rows == ((3, 1), (7, 0))


def test_a_missing_value_that_the_model_answered_is_one_it_handles(array: Inspection) -> None:
    after = refined(array, recorded(array, (), (1.0, 2.0), (1.0, None)))
    assert [column.missing for column in after.columns] == [False, True]


def test_a_file_that_tells_no_inputs_takes_the_samples(array: Inspection) -> None:
    silent = replace(array, columns=())
    named = refined(silent, recorded(silent, SAMPLE, (50.0, "north", True, "A")))
    assert (named.column_names, named.layout) == (("area", "region", "garden", "agent"), Layout.FRAME)
    assert "pandas" in {need.distribution for need in named.requirements}
    bare = refined(silent, recorded(silent, (), (1.0, 2.0, 3.0)))
    assert (len(bare.columns), bare.layout) == (3, Layout.ARRAY)


def test_a_text_model_gets_the_first_text_as_its_example(tmp_path: Path) -> None:
    model = make_pipeline(CountVectorizer(), LogisticRegression()).fit(["good day", "bad day"], [1, 0])
    inspection = saved(model, tmp_path)
    record = recorded(inspection, (Column("review", Kind.TEXT),), "what a day", "no")
    assert refined(inspection, record).columns[0].example == "what a day"
    assert answers_for(inspection, record).rows == ("what a day", "no")


def test_code_of_ones_own_behind_names_gets_texts_as_texts(tmp_path: Path) -> None:
    model = make_pipeline(FunctionTransformer(pd.get_dummies), LinearRegression()).fit(
        HOUSES[["area", "agent"]], PRICES
    )
    inspection = saved(model, tmp_path)
    after = refined(inspection, recorded(inspection, (SAMPLE[0], SAMPLE[3]), (50.0, "A")))
    assert after.layout is Layout.FRAME
    assert [column.kind for column in after.columns] == [Kind.NUMBER, Kind.TEXT]


@pytest.mark.parametrize(
    ("columns", "row", "said"),
    [
        ((), (1.0, 2.0, 3.0), "3 columns, and the model takes 2"),
        ((), "a text", "1 column, and the model takes 2"),
        ((Column("a"), Column("b"), Column("c")), (1.0, 2.0, 3.0), "3 columns"),
    ],
)
def test_another_number_of_columns_is_another_models_sample(
    array: Inspection, columns: tuple[Column, ...], row: Any, said: str
) -> None:
    with pytest.raises(PlanError, match="other columns than the model") as caught:
        refined(array, recorded(array, columns, row))
    assert said in caught.value.why
    assert caught.value.field == "model.recorded"


def test_other_names_are_told_by_name(frame: Inspection, tmp_path: Path) -> None:
    other = (replace(SAMPLE[0], name="size"), *SAMPLE[1:])
    with pytest.raises(PlanError) as caught:
        refined(frame, recorded(frame, other, (50.0, "north", True, "A")))
    assert "The sample lacks area." in caught.value.why
    numbers = saved(LinearRegression().fit(HOUSES[["area"]], PRICES), tmp_path)
    with pytest.raises(PlanError) as caught:
        refined(numbers, recorded(numbers, SAMPLE[:2], (50.0, "north")))
    assert "The model takes no region." in caught.value.why


def test_rows_of_different_lengths_are_refused(array: Inspection) -> None:
    with pytest.raises(PlanError):
        refined(array, recorded(array, (), (1.0, 2.0), (1.0,)))


def test_answers_beside_a_model_count_only_where_they_are_its_own(array: Inspection) -> None:
    path = recorded_path_of(Path(array.path))
    assert recorded_beside(array) is None
    record = recorded(array, (), (1.0, 2.0))
    write_recorded(path, record)
    assert recorded_beside(array) == record
    write_recorded(path, replace(record, model_sha256="0" * 64))
    assert recorded_beside(array) is None
    write_recorded(path, recorded(array, (), (1.0, 2.0, 3.0)))
    assert recorded_beside(array) is None
    path.write_text("{")
    assert recorded_beside(array) is None
