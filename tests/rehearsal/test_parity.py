"""A service that answers something else than the model is found, with the row, what was expected and what came."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rehearsal.small_service import SAMPLE, describe, small_inspection
from wizard.bundle.bundle import Bundle
from wizard.errors import RehearsalError
from wizard.events import silent
from wizard.inspection.inspection import Column, Inspection, Kind, Layout
from wizard.plan.plan import Plan
from wizard.rehearsal import Outcome, ParitySet, RehearsalReport, rehearse, require_passed
from wizard.rehearsal.parity import Asked, Unanswered, compare, difference
from wizard.rehearsal.reference import ask_the_model
from wizard.rehearsal.rows import COUNT, make_rows
from wizard.runtimes import ProcessRuntime

Rehearse = Callable[[Bundle], RehearsalReport]


@pytest.fixture
def rehearsed(planned: Callable[..., Plan], inspection: Inspection, process_runtime: ProcessRuntime) -> Rehearse:
    return lambda bundle: rehearse(planned(), inspection, bundle, process_runtime, silent(), load_seconds=0.1)


def edit(bundle: Bundle, old: str, new: str) -> Bundle:
    """The bundle with its handler.py edited by a person."""
    handler = Path(bundle.folder) / "handler.py"
    text = handler.read_text()
    assert old in text
    handler.write_text(text.replace(old, new))
    return describe(Path(bundle.folder), ("handler.py",))


def test_the_generated_handler_answers_what_the_model_alone_answers(rehearsed: Rehearse, bundle: Bundle) -> None:
    parity = rehearsed(bundle).parity
    assert parity is not None and parity.agrees
    assert parity.rows == COUNT
    assert parity.tolerance == 1e-12 and parity.largest_difference < 1e-12
    assert parity.reference == "the model loaded alone in the locked environment"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return rows\n", "return [[b, a, c] for a, b, c in rows]\n"),
        ("model.predict(rows).tolist()", "[round(one, 3) for one in model.predict(rows).tolist()]"),
        ("model.predict(rows).tolist()", "[float(one) for one in __import__('numpy').float32(model.predict(rows))]"),
    ],
    ids=["columns swapped", "rounded", "single precision"],
)
def test_a_handler_edited_wrongly_is_found_with_row_expected_and_got(
    rehearsed: Rehearse, bundle: Bundle, old: str, new: str
) -> None:
    report = rehearsed(edit(bundle, old, new))
    assert report.parity is not None and not report.parity.agrees
    assert all(word in report.parity.differences[0] for word in ("row ", "input [", "expected ", "got "))
    with pytest.raises(RehearsalError) as caught:
        require_passed(report)
    assert "model alone" in caught.value.what and "edited handler.py" in caught.value.why
    assert report.parity.differences[0] in caught.value.evidence


def test_a_handler_that_mixes_the_rows_of_a_batch_is_found(rehearsed: Rehearse, bundle: Bundle) -> None:
    old = "model.predict(rows).tolist()"
    report = rehearsed(edit(bundle, old, "sorted(model.predict(rows).tolist())"))
    broken = {check.name for check in report.checks if check.outcome is Outcome.FAILED}
    assert broken == {"answers-as-the-model", "batching-changes-nothing"}


def test_answers_recorded_elsewhere_replace_the_model_alone(
    planned: Callable[..., Plan], inspection: Inspection, bundle: Bundle, process_runtime: ProcessRuntime
) -> None:
    recorded = ParitySet(
        (tuple(SAMPLE),), (1 + 2 * 3.5 - 3 * 20.0 + 0.5 * 5.0,), None, "the live model in the notebook"
    )
    report = rehearse(planned(), inspection, bundle, process_runtime, silent(), expected=recorded, load_seconds=0.1)
    assert report.parity is not None and report.parity.agrees
    assert (report.parity.reference, report.parity.tolerance) == ("the live model in the notebook", 1e-9)


def test_a_model_that_cannot_be_loaded_alone_fails_the_check_and_not_the_rehearsal(
    rehearsed: Rehearse, bundle: Bundle
) -> None:
    (Path(bundle.folder) / "serving" / "loading.py").write_text("raise ImportError('no such thing')\n")
    (Path(bundle.folder) / "server.py").write_text(
        (Path(bundle.folder) / "server.py").read_text().replace("MODEL = load()", "MODEL = None")
    )
    report = rehearsed(bundle)
    [check] = [check for check in report.checks if check.outcome is Outcome.FAILED]
    assert check.name == "answers-as-the-model" and "no such thing" in check.evidence
    assert report.parity is None and not report.passed


def test_rows_the_model_itself_refuses_are_left_out(inspection: Inspection, process_runtime: ProcessRuntime) -> None:
    rows = [(1.0, 2.0, 3.0), (None, 2.0, 3.0), (1e308, 1e308, 1e308), (2.0, 2.0, 2.0)]
    expected = ask_the_model(rows, inspection, process_runtime, silent())
    assert rows[1] not in expected.rows and {rows[0], rows[3]} <= set(expected.rows)


def test_a_tree_model_must_agree_to_the_bit(inspection: Inspection, process_runtime: ProcessRuntime) -> None:
    claimed = replace(inspection, exact_batches=True)
    lone = [(1.0, 2.0, 3.0)]
    assert ask_the_model(lone, claimed, process_runtime, silent()).tolerance == 0
    assert ask_the_model(lone, inspection, process_runtime, silent()).tolerance == 1e-12


numbers = st.floats(allow_nan=False, allow_infinity=False)
cells = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | numbers | st.text()
rows = st.lists(cells, min_size=1, max_size=4).map(tuple) | st.dictionaries(st.text(), cells, max_size=4) | st.text()


@given(st.lists(st.tuples(rows, numbers | st.text() | st.lists(numbers)), min_size=1, max_size=8))
def test_a_parity_set_survives_being_written_and_read(pairs: list[tuple[Any, Any]]) -> None:
    there = ParitySet(tuple(row for row, _ in pairs), tuple(answer for _, answer in pairs), None, "here", 0.0)
    assert ParitySet.from_json(there.to_json()) == there


def test_a_parity_set_with_an_answer_missing_is_refused() -> None:
    with pytest.raises(ValueError, match="one answer for each row"):
        ParitySet(((1.0,), (2.0,)), (1.0,), None, "here")


@given(numbers, numbers)
def test_difference_is_symmetric_and_zero_only_for_equals(a: float, b: float) -> None:
    assert difference(a, b, 0.0) == difference(b, a, 0.0)
    assert (difference(a, b, 0.0) == 0) == (a == b)
    assert math.isfinite(difference(a, a, 1.0))


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        ("yes", "no"),
        (1, "1"),
        (1, True),
        ([1.0], [1.0, 2.0]),
        ([1.0], 1.0),
        ({"a": 1}, {"b": 1}),
        (1.0, None),
        (1.0, Unanswered("503")),
    ],
)
def test_what_is_no_number_must_be_equal(wanted: Any, got: Any) -> None:
    assert difference(wanted, got, 1.0) == math.inf


def test_a_sum_that_cancels_is_held_to_the_size_of_the_others() -> None:
    expected = ParitySet(((1,), (2,), (3,)), (250_000.0, 1e-11, 300_000.0), None, "here", 1e-12)
    assert compare(expected, [Asked("alone", (250_000.0, 2e-11, 300_000.0))]).agrees
    assert not compare(expected, [Asked("alone", (250_000.0, 1e-3, 300_000.0))]).agrees


def test_probabilities_are_compared_beside_labels() -> None:
    expected = ParitySet(((1,),), ("yes",), ([0.25, 0.75],), "here", 1e-12)
    assert compare(expected, [Asked("alone", ("yes",), ([0.25, 0.75],))]).agrees
    differs = compare(expected, [Asked("alone", ("yes",), ([0.75, 0.25],))])
    assert not differs.agrees and "probabilities" in differs.differences[0]


def test_a_refusal_is_shown_in_place_of_an_answer() -> None:
    expected = ParitySet(((1,),), (1.0,), None, "here")
    result = compare(expected, [Asked("as instances", (Unanswered("422 too long"),))])
    assert result.differences == ("row 1, asked as instances: input [1]; expected 1.0, got 422 too long",)


def columns() -> st.SearchStrategy[Column]:
    number = st.builds(
        Column,
        name=st.none(),
        missing=st.booleans(),
        minimum=st.none() | st.floats(-1e6, 0),
        maximum=st.none() | st.floats(0, 1e6),
        example=st.none() | st.floats(-1e6, 1e6),
        integer=st.booleans(),
    )
    category = st.builds(
        Column,
        name=st.none(),
        kind=st.just(Kind.CATEGORY),
        categories=st.lists(st.text(), min_size=1, max_size=4, unique=True).map(tuple),
        closed=st.booleans(),
        missing=st.booleans(),
    )
    return number | category


@given(st.lists(columns(), min_size=1, max_size=6).map(tuple))
def test_rows_fit_the_columns_they_are_made_for(of: tuple[Column, ...]) -> None:
    described = replace(small_inspection(), columns=of)
    made = make_rows(described, None)
    assert made == make_rows(described, None), "the same model gives the same rows"
    assert len(made) == COUNT
    for row in made:
        assert isinstance(row, tuple) and len(row) == len(of)
        for cell, column in zip(row, of, strict=True):
            assert cell is not None or column.missing
            if column.closed and cell is not None:
                assert cell in column.categories
            if column.kind is Kind.NUMBER and cell is not None:
                assert isinstance(cell, int | float) and math.isfinite(cell)


def test_every_known_category_and_a_missing_value_are_tried() -> None:
    column = Column("color", Kind.CATEGORY, ("red", "green", "blue"), closed=True, missing=True)
    tried = {
        row[0] for row in make_rows(replace(small_inspection(), columns=(column,)), None) if isinstance(row, tuple)
    }
    assert tried == {"red", "green", "blue", None}


def test_a_file_that_does_not_tell_its_columns_gives_rows_like_the_sample() -> None:
    made = make_rows(replace(small_inspection(), columns=()), [1.0, 2])
    assert made[0] == [1.0, 2] and len(set(map(tuple, made))) > 10
    assert make_rows(replace(small_inspection(), columns=()), None) == ()


def test_a_model_of_texts_is_given_texts() -> None:
    made = make_rows(replace(small_inspection(), columns=(), layout=Layout.TEXTS), ["hello"])
    assert len(made) == COUNT and all(isinstance(row, str) for row in made)
