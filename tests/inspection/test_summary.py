"""An inspection in words."""

import pickle
from pathlib import Path

import joblib
import numpy as np
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from tests.inspection.hostile import Payload
from wizard.inspection import Severity, inspect_model
from wizard.inspection.summary import summary

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def churn():
    return summary(inspect_model(EXAMPLES / "churn" / "model.joblib"))


def test_the_rows_say_what_the_file_is(churn):
    rows = dict(churn.rows)
    assert rows["file"].startswith("joblib")
    assert rows["framework"].startswith("scikit-learn ")
    assert rows["task"] == "classification"
    assert "columns, a data frame" in rows["inputs"]
    assert "scikit-learn==" in rows["needs"]


def test_the_tree_shows_a_step_a_line_each_level_further_in(churn):
    assert churn.tree[0].startswith("Pipeline")
    assert all(line.startswith("  ") for line in churn.tree[1:])
    assert len(churn.tree) > 3


def test_each_named_input_says_what_it_holds(churn):
    names = [name for name, _ in churn.columns]
    assert len(names) == len(set(names)) > 3
    assert any(text.startswith("category, ") for _, text in churn.columns)


def test_what_there_is_nothing_to_say_of_is_left_out():
    rows = dict(summary(inspect_model(EXAMPLES / "housing" / "model.pkl")).rows)
    assert "classes" not in rows
    assert "your code" not in rows


def test_a_dangerous_file_says_so(tmp_path):
    path = tmp_path / "evil.pkl"
    path.write_bytes(pickle.dumps(Payload("true")))
    findings = summary(inspect_model(path)).findings
    assert findings[0][0] is Severity.DANGEROUS
    assert "system" in findings[0][1]


def test_long_lists_are_cut_and_said_to_be(tmp_path):
    frame = np.eye(60)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(
        __import__("pandas").DataFrame(frame, columns=[f"c{number}" for number in range(60)]), np.arange(60) % 20
    )
    joblib.dump(model, tmp_path / "wide.pkl")
    told = summary(inspect_model(tmp_path / "wide.pkl"))
    assert len(told.columns) == 40
    assert told.more_columns == 20
    assert "(20 in all)" in dict(told.rows)["classes"]


def test_names_from_the_file_cannot_steer_a_terminal(tmp_path):
    pandas = __import__("pandas")
    table = pandas.DataFrame({"a\x1b[2J\nb": ["x\x1b]0;", "y", "x", "y"]})
    model = make_pipeline(make_column_transformer((OneHotEncoder(), list(table))), LogisticRegression())
    joblib.dump(model.fit(table, [0, 1, 0, 1]), tmp_path / "odd.pkl")
    told = summary(inspect_model(tmp_path / "odd.pkl"))
    texts = [text for row in (*told.rows, *told.columns) for text in row] + list(told.tree)
    assert not any(char < " " or char == "\x7f" for text in texts for char in text)
