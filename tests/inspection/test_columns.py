"""Columns, layout and estimator tree of the compositions people serve."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, OneHotEncoder, OrdinalEncoder, StandardScaler

from tests.inspection.conftest import Models
from wizard.inspection import Column, Kind, Layout, inspect_model

ROWS = pd.DataFrame(
    {
        "rooms": [1.0, 2.0, 3.0, 6.0],
        "city": ["Bonn", "Aachen", "Bonn", "Celle"],
        "floor": [0, 1, 2, 3],
        "lift": [True, False, True, True],
    }
)
PRICE = np.array([1.0, 2.0, 3.0, 4.0])


def columns_of(saved, model) -> dict[str | None, Column]:
    found = inspect_model(saved(model))
    return {column.name: column for column in found.columns}


def test_a_column_transformer_by_name_takes_a_frame_of_only_the_columns_it_chooses(saved) -> None:
    chosen = ColumnTransformer([("n", StandardScaler(), ["rooms"]), ("c", OneHotEncoder(), ["city"])])
    found = inspect_model(saved(make_pipeline(chosen, LinearRegression()).fit(ROWS, PRICE)))
    assert found.layout is Layout.FRAME
    assert found.column_names == ("rooms", "city")
    assert "pandas" in [one.distribution for one in found.requirements]


def test_categories_are_listed_and_closed_where_the_encoder_refuses_others(saved) -> None:
    encoder = ColumnTransformer(
        [
            ("strict", OneHotEncoder(), ["city"]),
            ("lenient", OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), ["floor"]),
        ]
    )
    columns = columns_of(saved, make_pipeline(encoder, LinearRegression()).fit(ROWS, PRICE))
    assert columns["city"] == Column(
        "city", Kind.CATEGORY, ("Aachen", "Bonn", "Celle"), closed=True, missing=False, example="Aachen"
    )
    assert (columns["floor"].categories, columns["floor"].closed, columns["floor"].integer) == (
        (0, 1, 2, 3),
        False,
        True,
    )


def test_two_truth_values_are_a_boolean_column(saved) -> None:
    encoder = ColumnTransformer([("c", OneHotEncoder(), ["lift"])])
    assert columns_of(saved, make_pipeline(encoder, LinearRegression()).fit(ROWS, PRICE))["lift"].kind is Kind.BOOLEAN


def test_ranges_and_examples_come_from_scalers_and_imputers_in_the_inputs_own_units(saved) -> None:
    numbers = ColumnTransformer(
        [
            ("range", make_pipeline(SimpleImputer(strategy="median"), MinMaxScaler(), StandardScaler()), ["rooms"]),
            ("mean", StandardScaler(), ["floor"]),
        ]
    )
    columns = columns_of(saved, make_pipeline(numbers, LinearRegression()).fit(ROWS, PRICE))
    assert (columns["rooms"].minimum, columns["rooms"].maximum, columns["rooms"].example) == (1.0, 6.0, 2.5)
    assert columns["rooms"].missing
    assert (columns["floor"].example, columns["floor"].missing) == (1.5, False)


def test_the_most_frequent_category_is_the_example_where_an_imputer_kept_it(saved) -> None:
    words = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))
    model = make_pipeline(ColumnTransformer([("c", words, ["city"])]), LinearRegression()).fit(ROWS, PRICE)
    assert columns_of(saved, model)["city"].example == "Bonn"


def test_a_bare_array_model_has_nameless_columns(saved) -> None:
    found = inspect_model(saved(LinearRegression().fit(ROWS[["rooms", "floor"]].to_numpy(), PRICE)))
    assert found.layout is Layout.ARRAY
    assert found.columns == (Column(None, example=0.0), Column(None, example=0.0))
    assert found.column_names is None


def test_trees_give_examples_from_where_they_split(saved) -> None:
    rows = np.random.RandomState(0).rand(200, 2) * [1, 1000] + [5, 0]
    found = inspect_model(saved(RandomForestRegressor(5).fit(rows, rows.sum(axis=1))))
    small, large = (column.example for column in found.columns)
    assert 5 < small < 6
    assert 300 < large < 700


def test_names_of_a_numeric_model_are_kept_and_need_no_frame(saved) -> None:
    found = inspect_model(saved(LinearRegression().fit(ROWS[["rooms", "floor"]], PRICE)))
    assert (found.layout, found.column_names) == (Layout.ARRAY, ("rooms", "floor"))


def _double(rows: object) -> object:
    return rows


def test_a_function_of_ones_own_on_named_columns_gets_a_frame(saved) -> None:
    model = make_pipeline(FunctionTransformer(_double, validate=False), LinearRegression()).fit(ROWS[["rooms"]], PRICE)
    found = inspect_model(saved(model))
    assert found.layout is Layout.FRAME or found.column_names is None
    assert found.local_modules[0].names == ("inspection.test_columns._double",)


def test_an_unknown_step_hides_what_lies_behind_it(saved) -> None:
    """Its output may have other columns than its input, so what later steps were fitted with is not the input."""

    model = Pipeline([("own", Opaque()), ("model", LinearRegression())]).fit(ROWS[["rooms", "floor"]].to_numpy(), PRICE)
    found = inspect_model(saved(model))
    assert found.columns == ()
    assert not found.vectorised
    assert not found.exact_batches


class Opaque:
    def fit(self, rows: object, answers: object = None) -> "Opaque":
        return self

    def transform(self, rows: object) -> object:
        return rows


@pytest.mark.parametrize(
    ("name", "layout"),
    [("text", Layout.TEXTS), ("text-lower", Layout.TEXTS), ("text-union", Layout.TEXTS), ("text-column", Layout.FRAME)],
)
def test_text_models_take_texts_or_a_frame_with_a_text_column(
    current_models: Models, name: str, layout: Layout
) -> None:
    found = inspect_model(current_models.path(name))
    assert found.layout is layout
    assert Kind.TEXT in [column.kind for column in found.columns]


def test_the_tree_shows_steps_columns_and_telling_settings(current_models: Models) -> None:
    tree = inspect_model(current_models.path("churn")).tree
    assert tree is not None
    columns, forest = tree.children
    assert (forest.name, forest.detail) == ("forest", "10 trees")
    numbers, words = columns.children[:2]
    assert (numbers.name, numbers.columns) == ("numbers", ("age", "income"))
    assert [step.type.rpartition(".")[2] for step in words.children] == ["SimpleImputer", "OneHotEncoder"]
    assert words.children[1].detail == "unknown: ignore"


@pytest.mark.parametrize(
    ("name", "children"),
    [
        ("grid", ["best_estimator"]),
        ("vote-soft", ["tree", "line"]),
        ("stack", ["tree", "line", "final_estimator"]),
        ("calibrated", ["fold 1", "fold 2"]),
        ("target", ["regressor", "transformer"]),
        ("many-numbers", ["estimator 1", "estimator 2", "estimator 3"]),
    ],
)
def test_estimators_that_hold_estimators_show_them(current_models: Models, name: str, children: list[str]) -> None:
    tree = inspect_model(current_models.path(name)).tree
    assert tree is not None
    assert [child.name for child in tree.children] == children


def test_boosting_on_histograms_takes_missing_values_and_knows_its_ranges(current_models: Models) -> None:
    for column in inspect_model(current_models.path("hist")).columns:
        assert column.missing
        assert column.minimum is not None
        assert column.maximum is not None
        assert column.minimum < column.example < column.maximum


@pytest.mark.parametrize(
    "labels", [[0, 1, 0, 1], ["a", "b", "a", "b"], [True, False, True, False], [1.0, 2.0, 1.0, 2.0]]
)
def test_classes_keep_their_type(saved, labels: list[object]) -> None:
    rows = ROWS[["rooms", "floor"]].to_numpy()
    kinds = [np.array(labels)] + [np.array(labels, dtype=object)] * isinstance(labels[0], str)
    for answers in kinds:
        found = inspect_model(saved(LogisticRegression().fit(rows, answers)))
        assert list(found.classes) == sorted(set(labels))
        assert all(type(label) is type(labels[0]) for label in found.classes)
