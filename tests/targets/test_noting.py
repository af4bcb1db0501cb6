"""What is remembered of a service is written whole, whoever writes at the same time."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from wizard.errors import TargetError
from wizard.targets.noting import note_down


def test_writers_of_one_note_do_not_take_each_other_s_file_away(tmp_path: Path) -> None:
    path = tmp_path / "notes" / "housing.json"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: note_down(path, "housing", {"number": number}), range(400)))
    assert set(json.loads(path.read_text())) == {"number"}
    assert [one.name for one in path.parent.iterdir()] == ["housing.json"]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("a file, not a folder")
    with pytest.raises(TargetError, match="The service housing could not be noted down") as caught:
        note_down(tmp_path / "notes" / "housing.json", "housing", {})
    assert "SENDOFF_HOME" in caught.value.fix
