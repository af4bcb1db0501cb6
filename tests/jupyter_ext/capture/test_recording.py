"""The live model's own answers: asked when it is saved, recorded beside it."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from jupyter_ext.capture.errors import CaptureError
from jupyter_ext.capture.exporting import export
from jupyter_ext.capture.recording import REFERENCE, Recording, record
from jupyter_ext.capture.sample import sample_of
from wizard.events import silent
from wizard.inspection import inspect_model

DICE = np.random.default_rng(7)
X = DICE.random((200, 4)) * [1, 10, 100, 1000]
Y = X @ [1.0, 0.5, 0.25, 0.01]
FRAME = pd.DataFrame(
    {
        "age": X[:, 0] * 80,
        "income": X[:, 1] * 10_000,
        "plan": np.array(["basic", "plus", "team"], dtype=object)[(X[:, 2] // 34).astype(int)],
        "seats": (X[:, 3] // 100).astype(int),
    }
)
TEXTS = [f"{word} {other}" for word, other in itertools.product(["good", "bad", "fine"], ["box", "paper", "service"])]


def churn() -> Any:
    columns = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), ["age", "income", "seats"]),
            ("plan", OneHotEncoder(handle_unknown="ignore"), ["plan"]),
        ]
    )
    return make_pipeline(columns, LogisticRegression()).fit(FRAME, np.median(Y) < Y)


def recording(model: Any, folder: Path, sample: Any = None) -> Recording:
    exported = export(model, folder, "model.pkl", silent())
    given = sample_of(sample, model) if sample is not None else None
    return record(model, given, exported, inspect_model(exported.path))


def test_a_regression_answers_its_sample(tmp_path: Path) -> None:
    model = LinearRegression().fit(X, Y)
    recorded = recording(model, tmp_path, X[:10]).recorded
    assert recorded is not None
    assert recorded.answers.predictions == tuple(model.predict(X[:10]).tolist())
    assert recorded.answers.probabilities is None
    assert recorded.answers.reference == REFERENCE
    assert recorded.answers.rows == tuple(map(tuple, X[:10].tolist()))
    assert len(recorded.columns) == 4
    assert recorded.model_sha256 == inspect_model(tmp_path / "model.pkl").sha256


@pytest.mark.parametrize("make", [RandomForestClassifier, DecisionTreeClassifier, LogisticRegression])
def test_a_classifier_gives_probabilities_too(make: Any, tmp_path: Path) -> None:
    model = make().fit(X, np.array(["low", "high"])[(np.median(Y) < Y).astype(int)])
    recorded = recording(model, tmp_path, X[:10]).recorded
    assert recorded is not None
    assert recorded.answers.predictions == tuple(model.predict(X[:10]).tolist())
    assert recorded.answers.probabilities == tuple(model.predict_proba(X[:10]).tolist())


def test_several_outputs_give_each_row_all_its_answers(tmp_path: Path) -> None:
    model = RandomForestClassifier(5).fit(X, np.column_stack([Y > 5, Y > 30]).astype(int))
    recorded = recording(model, tmp_path, X[:3]).recorded
    assert recorded is not None and recorded.answers.probabilities is not None
    assert len(recorded.answers.predictions) == len(recorded.answers.probabilities) == 3
    assert recorded.answers.probabilities[0][1] == model.predict_proba(X[:3])[1][0].tolist()


def test_a_pipeline_on_a_frame_is_asked_with_the_frame(tmp_path: Path) -> None:
    model = churn()
    recorded = recording(model, tmp_path, FRAME).recorded
    assert recorded is not None
    assert len(recorded.answers.rows) == 64
    assert [column.name for column in recorded.columns] == list(FRAME.columns)
    assert recorded.columns[2].categories == ("basic", "plus", "team")


def test_texts_are_asked_as_texts_and_a_frame_around_them_is_explained(tmp_path: Path) -> None:
    model = make_pipeline(TfidfVectorizer(), Ridge()).fit(TEXTS, range(9))
    recorded = recording(model, tmp_path, pd.Series(TEXTS)).recorded
    assert recorded is not None
    assert recorded.answers.rows == tuple(TEXTS)
    with pytest.raises(CaptureError) as caught:
        recording(model, tmp_path, pd.DataFrame({"text": TEXTS}))
    assert "1 answers to 9 rows" in caught.value.what
    assert "sample=X_test['text']" in caught.value.fix


@pytest.mark.parametrize(
    "make",
    [
        lambda: LinearRegression().fit(X, Y),
        lambda: RandomForestRegressor(5).fit(FRAME[["age", "income"]], Y),
        churn,
        lambda: make_pipeline(TfidfVectorizer(), Ridge()).fit(TEXTS, range(9)),
        lambda: make_pipeline(ColumnTransformer([("p", OneHotEncoder(), ["plan"])]), Ridge()).fit(FRAME, Y),
    ],
)
def test_without_a_sample_rows_are_made_up_and_those_it_refuses_left_out(make: Any, tmp_path: Path) -> None:
    recorded = recording(make(), tmp_path).recorded
    assert recorded is not None
    assert len(recorded.answers.rows) >= 8
    assert recorded.columns == (), "made-up rows say nothing about the data"


class Odd:
    """A model of a person's own."""

    n_features_in_ = 2

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def predict(self, rows: Any) -> Any:
        return self.answer(rows)


CALLS = itertools.count()


def by_chance(rows: Any) -> Any:
    return [float(next(CALLS)) for _ in rows]


def failing(rows: Any) -> Any:
    raise RuntimeError("Traceback\n\n  the table\nof rates is gone")


def first_is_nan(rows: Any) -> Any:
    return np.array([np.nan, *np.ones(len(rows) - 1)])


def all_nan(rows: Any) -> Any:
    return np.full(len(rows), np.nan)


def dates(rows: Any) -> Any:
    return np.array(["2026-01-01"] * len(rows), dtype="datetime64[D]")


def one_number(rows: Any) -> Any:
    return 3


def test_a_model_of_chance_is_known_for_it(tmp_path: Path) -> None:
    found = recording(Odd(by_chance), tmp_path, [[1, 2], [3, 4]])
    assert "two answers to the same rows" in found.notices[0]
    assert found.recorded is not None


def test_rows_answered_with_nan_are_left_out(tmp_path: Path) -> None:
    found = recording(Odd(first_is_nan), tmp_path, [[1, 2], [3, 4]])
    assert found.recorded is not None
    assert found.recorded.answers.rows == ((3, 4),)
    assert "1 of 2 rows" in found.notices[0]


@pytest.mark.parametrize(
    ("answer", "what", "evidence"),
    [
        (failing, "cannot answer the sample", "of rates is gone"),
        (all_nan, "NaN or infinity", ""),
        (dates, "no plain data", ""),
        (one_number, "not one answer for each row", ""),
    ],
)
def test_a_model_that_cannot_answer_is_an_error_with_its_own_last_word(
    answer: Any, what: str, evidence: str, tmp_path: Path
) -> None:
    with pytest.raises(CaptureError) as caught:
        recording(Odd(answer), tmp_path, [[1, 2], [3, 4]])
    assert what in caught.value.what
    assert evidence in "\n".join(caught.value.evidence)
    assert caught.value.fix
    assert "Traceback" not in str(caught.value)


def test_a_pipeline_put_together_of_an_unfitted_step_is_told_so(tmp_path: Path) -> None:
    model = make_pipeline(StandardScaler(), LinearRegression().fit(X, Y))
    with pytest.raises(CaptureError) as caught:
        recording(model, tmp_path, X[:5])
    assert "is not fitted" in caught.value.what


def test_a_model_whose_file_says_nothing_and_no_sample_records_nothing(tmp_path: Path) -> None:
    class_without_facts = Odd(by_chance)
    found = recording(class_without_facts, tmp_path)
    assert found.recorded is None
    assert "sample=X_test" in found.notices[0]
