"""The housing lesson with a container engine: an image is built, rehearsed, pushed to the local registry, and runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.examples.lessons import check, classroom

pytestmark = [pytest.mark.engine, pytest.mark.registry, pytest.mark.index]


@pytest.mark.usefixtures("base_image")
def test_the_housing_lesson_builds_and_runs_an_image(tmp_path: Path) -> None:
    with classroom(tmp_path, "engine") as room:
        lesson = room.by_nbconvert("housing_lesson")
        check(lesson)
        shown = "".join(
            output.data["text/plain"]
            for cell in lesson.cells
            if cell.cell_type == "code"
            for output in cell.outputs
            if output.output_type == "display_data"
        )
        assert "locked environment, no image" not in shown
        assert room.sendoff("status")[0]["services"] == []
