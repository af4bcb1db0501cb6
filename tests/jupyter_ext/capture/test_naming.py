"""What the file of a model is called."""

import pytest

from jupyter_ext.capture.naming import name_of, variable_of


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["churn_model"], "churn_model.pkl"),
        (["_", "_12", "churn"], "churn.pkl"),
        (["best", "model"], "model.pkl"),
        (["_"], "model.pkl"),
        ([], "model.pkl"),
    ],
)
def test_a_file_is_called_after_the_variable(names: list[str], expected: str) -> None:
    model = object()
    assert name_of(model, {"other": object(), **dict.fromkeys(names, model)}) == expected


def test_a_name_counts_for_the_very_object_only() -> None:
    assert variable_of([1], {"alike": [1]}) == "model"
