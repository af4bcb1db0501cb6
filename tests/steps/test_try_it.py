"""The form to try a service with: its fields are the model's inputs, and its request is one the service takes."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.plan.conftest import inspected as _inspected
from tests.steps.planning import planned
from wizard.bundle.sample import sample_request
from wizard.bundle.service import service_data
from wizard.errors import BundleError
from wizard.inspection.inspection import Column, Inspection, Layout, Task
from wizard.inspection.inspection import Kind as ColumnKind
from wizard.steps.fields import Kind
from wizard.steps.try_it import STEP, TryIt
from wizard.steps.views import FieldView

inspected = _inspected
"""The fixture that makes an inspection without a file behind it."""

Open = Callable[[Inspection], TryIt]

CHURN = (
    Column("age", ColumnKind.NUMBER, missing=True, integer=True, minimum=18.0, maximum=90.0, example=54),
    Column("charge", ColumnKind.NUMBER, example=56.7),
    Column("contract", ColumnKind.CATEGORY, categories=("monthly", "yearly"), closed=True),
    Column("floor", ColumnKind.CATEGORY, categories=(1, 2, 3), closed=True),
    Column("city", ColumnKind.CATEGORY, categories=("Bonn", "Köln")),
    Column("zone", ColumnKind.CATEGORY, categories=(10, 20)),
    Column("active", ColumnKind.BOOLEAN),
    Column("asked", ColumnKind.BOOLEAN, missing=True),
)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """Opens the form of a bundle that was made from an inspection."""
    forms: list[TryIt] = []

    def make(inspection: Inspection) -> TryIt:
        (tmp_path / "service.json").write_text(json.dumps(service_data(planned(), inspection)))
        (tmp_path / "sample.json").write_text(json.dumps(sample_request(inspection)))
        forms.append(TryIt(tmp_path))
        return forms[-1]

    yield make
    for form in forms:
        form.close()


@pytest.fixture
def churn(opened: Open, inspected: Callable[..., Inspection]) -> TryIt:
    return opened(inspected(layout=Layout.FRAME, columns=CHURN, task=Task.CLASSIFICATION, has_proba=True))


def field(form: TryIt, number: int) -> FieldView:
    return form.session.view(STEP).fields[number]


@pytest.mark.parametrize(
    ("layout", "columns"),
    [
        (Layout.ARRAY, (Column("income"), Column("age"))),
        (Layout.ARRAY, (Column(None), Column(None))),
        (Layout.FRAME, CHURN),
        (Layout.TEXTS, ()),
        (Layout.TEXTS, (Column("review", ColumnKind.TEXT),)),
        (Layout.ARRAY, ()),
    ],
)
def test_untouched_it_is_the_sample_request(
    opened: Open, inspected: Callable[..., Inspection], layout: Layout, columns: tuple[Column, ...]
) -> None:
    inspection = inspected(layout=layout, columns=columns)
    form = opened(inspection)
    assert form.body() == sample_request(inspection)
    assert not form.session.view(STEP).errors


def test_each_kind_of_input_has_the_control_that_fits_it(churn: TryIt) -> None:
    kinds = [view.field.kind for view in churn.session.view(STEP).fields]
    assert kinds == [
        Kind.NUMBER, Kind.NUMBER, Kind.CHOICE, Kind.CHOICE, Kind.TEXT, Kind.NUMBER, Kind.BOOL, Kind.CHOICE,
    ]  # fmt: skip
    assert [choice.value for choice in field(churn, 3).choices] == ["1", "2", "3"]


def test_what_training_saw_is_said_at_the_field(churn: TryIt) -> None:
    whys = [view.field.why for view in churn.session.view(STEP).fields]
    assert whys[0] == "Seen in training: 18 to 90. May be left empty."
    assert whys[2] == "One of: monthly, yearly."
    assert whys[4] == "Seen in training: Bonn, Köln."
    assert field(churn, 0).note == "From the sample request."


def test_what_is_typed_is_sent_in_the_type_the_model_knows(churn: TryIt) -> None:
    for number, raw in enumerate(["30", "12", "yearly", "2", "Ulm", "20", True, "false"]):
        churn.session.set(f"column.{number}", raw)
    row = churn.body()["features"]
    assert row == {
        "age": 30, "charge": 12.0, "contract": "yearly", "floor": 2, "city": "Ulm", "zone": 20, "active": True, "asked": False,
    }  # fmt: skip
    assert isinstance(row["charge"], float) and isinstance(row["floor"], int)


def test_an_input_that_may_be_missing_is_null_when_it_is_emptied(churn: TryIt) -> None:
    churn.session.set("column.0", "")
    churn.session.set("column.7", "")
    row = churn.body()["features"]
    assert row["age"] is None and row["asked"] is None


def test_what_is_no_number_is_an_error_at_its_field_and_is_sent_as_typed(churn: TryIt) -> None:
    churn.session.set("column.1", "twelve")
    assert field(churn, 1).error is not None
    assert churn.body()["features"]["charge"] == "twelve"


def test_a_whole_number_is_asked_for_where_the_model_was_trained_with_them(churn: TryIt) -> None:
    churn.session.set("column.0", "30.5")
    error = field(churn, 0).error
    assert error is not None and error.nearest == 30


def test_probabilities_can_be_asked_for_where_the_model_has_them(
    churn: TryIt, opened: Open, inspected: Callable[..., Inspection]
) -> None:
    assert churn.paths == ("/predict", "/predict_proba")
    assert opened(inspected()).paths == ("/predict",)


def test_columns_of_any_name_are_told_apart(opened: Open, inspected: Callable[..., Inspection]) -> None:
    names = ("a b", "a.b", "\x1b[2J", "{}")
    inspection = inspected(columns=tuple(Column(name) for name in names))
    form = opened(inspection)
    form.session.set("column.1", "5")
    assert form.body()["features"] == {"a b": 0.0, "a.b": 5.0, "\x1b[2J": 0.0, "{}": 0.0}
    assert field(form, 2).field.label == "\\x1b[2J"


def test_of_many_columns_those_behind_are_kept_out_of_sight(opened: Open, inspected: Callable[..., Inspection]) -> None:
    form = opened(inspected(columns=tuple(Column(None) for _ in range(784))))
    views = form.session.view(STEP).fields
    assert not views[0].field.advanced and views[783].field.advanced
    assert len(form.body()["features"]) == 784


def test_a_folder_that_is_no_bundle_is_refused_with_what_to_do(tmp_path: Path) -> None:
    files: tuple[tuple[str, Any], ...] = (
        ("service.json", None), ("service.json", "no json"), ("service.json", "[]"), ("service.json", "{}"),
        ("sample.json", "{}"), ("sample.json", '{"features": [1, 2, 3]}'),
    )  # fmt: skip
    right = {"service.json": '{"name": "x", "input": {"columns": [{"kind": "number"}]}, "output": {"proba": false}}'}
    for name, content in files:
        for other in ("service.json", "sample.json"):
            (tmp_path / other).write_text(right.get(other, '{"features": [1]}'))
        if content is None:
            (tmp_path / name).unlink()
        else:
            (tmp_path / name).write_text(content)
        with pytest.raises(BundleError) as raised:
            TryIt(tmp_path)
        assert raised.value.why and "sendoff bundle" in raised.value.fix
