"""Lessons run by papermill, on a machine without a container engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.examples.lessons import check, classroom

pytestmark = pytest.mark.index


@pytest.mark.parametrize("lesson", ["rescue", "rollback"])
def test_a_lesson_runs_from_top_to_bottom(lesson: str, tmp_path: Path) -> None:
    with classroom(tmp_path, "process", DOCKER_HOST=f"unix://{tmp_path}/no-engine.sock") as room:
        check(room.by_papermill(lesson))
        assert room.sendoff("status")[0]["services"] == []
