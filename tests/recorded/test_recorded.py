"""Recorded answers on disk: what is written is read back to the bit, and what is no record is refused in words."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.errors import PlanError
from wizard.inspection import Column, Kind
from wizard.recorded import Recorded, read_recorded, recorded_for, recorded_path_of, write_recorded
from wizard.recorded.recorded import LARGEST
from wizard.rehearsal import ParitySet

DIGEST = "ab" * 32
REFERENCE = "the live model in the notebook"


def recorded(**changes: Any) -> Recorded:
    answers = {
        "rows": ((1.5, "north", None), (2.0, "south", True)),
        "predictions": (0.1 + 0.2, 4),
        "probabilities": None,
        "reference": REFERENCE,
    }
    columns = (
        Column("area", example=1.5, minimum=1.5, maximum=2.0),
        Column("region", Kind.CATEGORY, ("north", "south"), example="north"),
        Column("garden", Kind.BOOLEAN, missing=True),
    )
    return Recorded(DIGEST, columns, ParitySet(**{**answers, **changes}))


def damaged(**changes: Any) -> str:
    return json.dumps({**json.loads(recorded().to_json()), **changes})


FINITE = st.floats(allow_nan=False, allow_infinity=False)
CELLS = st.one_of(st.none(), st.booleans(), st.integers(-(2**60), 2**60), FINITE, st.text(max_size=5))


@given(
    rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=5),
    answers=st.data(),
    tolerance=st.floats(0, 1),
)
def test_what_is_written_is_read_back_to_the_bit(rows: list[Any], answers: st.DataObject, tolerance: float) -> None:
    one = st.one_of(FINITE, st.text(max_size=5), st.booleans(), st.lists(FINITE, max_size=3))
    predictions = answers.draw(st.lists(one, min_size=len(rows), max_size=len(rows)))
    kept = Recorded(DIGEST, (), ParitySet(tuple(rows), tuple(predictions), None, REFERENCE, tolerance))
    again = Recorded.from_json(kept.to_json())
    assert again == kept
    assert again.to_json() == kept.to_json()


def test_columns_and_rows_by_name_and_texts_survive(tmp_path: Path) -> None:
    path = tmp_path / "model.recorded.json"
    for value in (
        recorded(),
        Recorded(DIGEST, (Column("a"),), ParitySet(({"a": 1},), ([0.5],), ([0.25, 0.75],), REFERENCE, 0.0)),
        Recorded(DIGEST, (), ParitySet(("a text",), ("spam",), None, REFERENCE)),
    ):
        write_recorded(path, value)
        assert read_recorded(path) == value


def test_the_file_lies_beside_the_model_and_is_for_its_owner_only(tmp_path: Path) -> None:
    path = recorded_path_of(tmp_path / "house.prices.pkl")
    assert path == tmp_path / "house.prices.recorded.json"
    write_recorded(path, recorded())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_written_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "in-the-way").mkdir()
    with pytest.raises(PlanError, match="could not be written") as caught:
        write_recorded(tmp_path / "in-the-way", recorded())
    assert caught.value.fix
    assert list(tmp_path.iterdir()) == [tmp_path / "in-the-way"]


@pytest.mark.parametrize("answer", [float("nan"), float("inf")])
def test_an_answer_that_json_has_no_number_for_is_not_written(tmp_path: Path, answer: float) -> None:
    with pytest.raises(ValueError):
        write_recorded(tmp_path / "model.recorded.json", recorded(predictions=(answer, 1.0)))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        ("[]", "something else"),
        ("[" * 100_000, "nested too deeply"),
        (damaged(sendoff_recorded=2), "sendoff_recorded: 1"),
        (damaged(model_sha256="AB" * 32), "SHA-256"),
        (damaged(columns=None), "columns is no list"),
        (damaged(columns=[{"name": 3}]), "columns[0].name"),
        (damaged(columns=[{"name": "a", "kind": ["number"]}]), "columns[0].kind"),
        (damaged(columns=[{"name": "a", "code": "x"}]), "columns[0] does not describe"),
        (damaged(columns=[{"name": "a"}, {"name": "a"}, {"name": "b"}]), "the same name"),
        (damaged(columns=[{"name": "a", "minimum": "1"}]), "columns[0].minimum"),
        (damaged(rows=[]), "rows is no list"),
        (damaged(rows=[[1, 2]], predictions=[1]), "rows[0] has 2 values, and there are 3 columns"),
        (damaged(rows=[[1, 2, [3]]], predictions=[1]), "rows[0] is no row"),
        (damaged(rows=[{"area": 1, "region": "a", "gardn": True}], predictions=[1]), "names other columns"),
        (damaged(predictions=[1]), "one answer for each of 2 rows"),
        (damaged(predictions=[1, None]), "predictions[1]"),
        (damaged(probabilities=[[0.5]]), "one answer for each of 2 rows"),
        (damaged(predictions=[1, 2]).replace("[1, 2]", "[1, NaN]"), "NaN"),
        (damaged(predictions=[1, 2]).replace("[1, 2]", "[1, 1e999]"), "predictions[1]"),
        (damaged(predictions=[1, 2]).replace("[1, 2]", "[1, 1" + "0" * 400 + "]"), "predictions[1]"),
        (damaged(tolerance=-1), "tolerance"),
        (damaged(tolerance=True), "tolerance"),
        (damaged(reference=""), "reference"),
        (damaged(reference="x" * 1000), "reference"),
    ],
)
def test_what_is_no_record_is_refused_in_words(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "model.recorded.json"
    path.write_text(text)
    with pytest.raises(PlanError) as caught:
        read_recorded(path)
    assert why in caught.value.why
    assert (caught.value.field, bool(caught.value.fix)) == ("model.recorded", True)


def test_a_file_that_is_gone_no_text_or_too_large_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="cannot be read"):
        read_recorded(tmp_path / "gone.json")
    with pytest.raises(PlanError, match="cannot be read"):
        read_recorded(tmp_path)
    with pytest.raises(PlanError, match="cannot be read"):
        read_recorded(Path("no\0name"))
    binary = tmp_path / "binary.json"
    binary.write_bytes(b"\xff\xfe\xfd{")
    with pytest.raises(PlanError, match="holds no recorded answers"):
        read_recorded(binary)
    huge = tmp_path / "huge.json"
    with huge.open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(PlanError, match="too large"):
        read_recorded(huge)


def test_answers_of_another_model_file_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "model.recorded.json"
    write_recorded(path, recorded())
    assert recorded_for(path, DIGEST) == recorded()
    with pytest.raises(PlanError, match="another model file") as caught:
        recorded_for(path, "cd" * 32)
    assert "Record them again" in caught.value.fix


def test_a_reference_cannot_move_the_cursor_of_a_terminal() -> None:
    text = damaged(reference="the model\x1b[2J\nof yesterday")
    assert Recorded.from_json(text).answers.reference == r"the model\x1b[2J\nof yesterday"
